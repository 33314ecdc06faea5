// The log in SQLite: messages and the turns that handled them.
import type { Database } from 'better-sqlite3';
import type { LoggedMessage, TurnRow } from './records.ts';
import type { Messages, TurnsAt } from './store.ts';
import { BulkWriter, type Target } from './rows.ts';
import type { Statements } from './statements.ts';

const MESSAGE = `position, type, version, kind, key, source, correlation, cause, time, hops, expires,
  idempotency_key as idempotencyKey, reply_to as replyTo, headers, direct, data as text`;
const TURN = `t.message, t.turn, t.subscription, t.attempt, t.key, t.at, t.queue_us as queueUs, t.run_us as runUs,
  t.outcome, t.error, t.detail, t.visit`;

const MESSAGES: Target = {
  table: 'troupe_messages',
  columns: [
    ['position'],
    ['type'],
    ['version', 1],
    ['kind'],
    ['key'],
    ['source', 'edge'],
    ['correlation', null],
    ['cause', null],
    ['time'],
    ['hops', 0],
    ['expires', null],
    ['idempotency_key', null],
    ['reply_to', null],
    ['headers', null],
    ['direct', 0],
    ['data'],
  ],
};
const TURNS: Target = {
  table: 'troupe_turns',
  columns: [
    ['message'],
    ['turn'],
    ['subscription'],
    ['attempt', 1],
    ['key', null],
    ['at'],
    ['queue_us'],
    ['run_us'],
    ['outcome', 'done'],
    ['error', null],
    ['detail', null],
    ['visit', null],
  ],
};

export class SqliteLog implements Messages {
  readonly messages: BulkWriter<LoggedMessage>;
  readonly turns: BulkWriter<TurnRow>;
  readonly #sql: Statements;

  constructor(database: Database, sql: Statements) {
    this.#sql = sql;
    this.messages = new BulkWriter(database, MESSAGES, (row, into, at) => {
      into[at] = row.position;
      into[at + 1] = row.type;
      into[at + 2] = row.version;
      into[at + 3] = row.kind;
      into[at + 4] = row.key;
      into[at + 5] = row.source;
      into[at + 6] = row.correlation;
      into[at + 7] = row.cause;
      into[at + 8] = row.time;
      into[at + 9] = row.hops;
      into[at + 10] = row.expires;
      into[at + 11] = row.idempotencyKey;
      into[at + 12] = row.replyTo;
      into[at + 13] = row.headers;
      into[at + 14] = row.direct;
      into[at + 15] = row.text;
    });
    this.turns = new BulkWriter(database, TURNS, (row, into, at) => {
      into[at] = row.message;
      into[at + 1] = row.turn;
      into[at + 2] = row.subscription;
      into[at + 3] = row.attempt;
      into[at + 4] = row.key;
      into[at + 5] = row.at;
      into[at + 6] = row.queueUs;
      into[at + 7] = row.runUs;
      into[at + 8] = row.outcome;
      into[at + 9] = row.error;
      into[at + 10] = row.detail;
      into[at + 11] = row.visit;
    });
  }

  get(position: number): LoggedMessage | undefined {
    return this.#sql.get(`select ${MESSAGE} from troupe_messages where position = ?`, position);
  }

  routedAfter(after: number, upTo: number, limit: number): LoggedMessage[] {
    const where = `where position > ? and position <= ? and kind in ('event', 'command') and direct = 0
      order by position limit ?`;
    return this.#sql.all(`select ${MESSAGE} from troupe_messages ${where}`, after, upTo, limit);
  }

  /** `root` is the position of the first message, or the caller's own correlation id. */
  conversation(root: number | string, limit: number): LoggedMessage[] {
    const where = 'where position = ? or correlation = ? order by position limit ?';
    return this.#sql.all(
      `select ${MESSAGE} from troupe_messages ${where}`,
      typeof root === 'number' ? root : -1,
      root,
      limit,
    );
  }

  turnsOf(position: number): TurnRow[] {
    return this.#sql.all(`select ${TURN} from troupe_turns t where message = ? order by turn`, position);
  }

  turnsAt(
    { subscriptions, key, conversation }: TurnsAt,
    { limit, after }: { readonly limit: number; readonly after: number },
  ): TurnRow[] {
    const ids = JSON.stringify(subscriptions);
    const here = `t.subscription in (select value from json_each(?))`;
    const page = 'turn > ? order by turn limit ?';
    const all = `select ${TURN} from troupe_turns t join troupe_messages m on m.position = t.message
      where ${here} and coalesce(t.key, m.key) = ?`;
    if (conversation === undefined) return this.#sql.all(`${all} and ${page}`, ids, key, after, limit);
    const own = `${all} and (m.position = ? or m.correlation = ?)`;
    const visits = `select ${TURN} from troupe_turns t where ${here} and t.visit = ?`;
    const root = typeof conversation === 'number' ? conversation : -1;
    const sql = `select * from (${own} union ${visits}) where ${page}`;
    return this.#sql.all(sql, ids, key, root, conversation, ids, key, after, limit);
  }

  causedBy(
    root: number | string,
    { source, causes }: { readonly source: string; readonly causes: readonly number[] },
  ): LoggedMessage[] {
    const where = `where correlation = ? and source = ? and cause in (select value from json_each(?))
      order by position`;
    return this.#sql.all(`select ${MESSAGE} from troupe_messages ${where}`, root, source, JSON.stringify(causes));
  }

  first(): number | undefined {
    const row = this.#sql.get<{ first: number | null }>('select min(position) as first from troupe_messages');
    return row?.first ?? undefined;
  }

  list(limit: number, before: number): LoggedMessage[] {
    return this.#sql.all(
      `select ${MESSAGE} from troupe_messages where position < ? order by position desc limit ?`,
      before,
      limit,
    );
  }
}
