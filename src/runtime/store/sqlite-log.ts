// The log in SQLite: messages and the turns that handled them.
import type { Database } from 'better-sqlite3';
import type { LoggedMessage, TurnRow } from './records.ts';
import type { Messages } from './store.ts';
import { BulkWriter, type Target } from './rows.ts';
import type { Statements } from './statements.ts';

const MESSAGE = `position, type, version, kind, key, source, correlation, cause, time, hops, expires,
  idempotency_key as idempotencyKey, reply_to as replyTo, headers, direct, data as text`;
const TURN =
  'message, turn, subscription, attempt, key, at, queue_us as queueUs, run_us as runUs, outcome, error, detail';

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
    return this.#sql.all(`select ${TURN} from troupe_turns where message = ? order by turn`, position);
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
