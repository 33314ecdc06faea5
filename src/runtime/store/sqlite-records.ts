// Records in SQLite: dead letters, idempotency keys and holds.
import type { DeadLetterRow, HoldRow, IdempotencyRow } from './records.ts';
import type { DeadLetters, Holds, Idempotency } from './store.ts';
import type { Statements } from './statements.ts';

const DEAD_LETTER = 'message, subscription, name, key, reason, attempts, crashes, time, delivery, failures, lane';

export class SqliteDeadLetters implements DeadLetters {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  add(row: Omit<DeadLetterRow, 'id'>): number {
    const sql = `insert into troupe_dead_letters (${DEAD_LETTER}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
    const { message, subscription, name, key, reason, attempts, crashes, time, delivery, failures, lane } = row;
    const values = [message, subscription, name, key, reason, attempts, crashes, time, delivery, failures, lane];
    return this.#sql.run(sql, ...values).id;
  }

  get(id: number): DeadLetterRow | undefined {
    return this.#sql.get(`select id, ${DEAD_LETTER} from troupe_dead_letters where id = ?`, id);
  }

  list(limit: number, before: number): DeadLetterRow[] {
    return this.#sql.all(
      `select id, ${DEAD_LETTER} from troupe_dead_letters where id < ? order by id desc limit ?`,
      before,
      limit,
    );
  }

  holding(name: string, key: string, time: number): DeadLetterRow | undefined {
    const where = `where name = ? and key = ? and time = ? and reason = 'attempts-exhausted' and lane is null
      order by id desc limit 1`;
    return this.#sql.get(`select id, ${DEAD_LETTER} from troupe_dead_letters ${where}`, name, key, time);
  }

  isAt(subscriptions: readonly number[], key: string): boolean {
    const where = 'where key = ? and subscription in (select value from json_each(?)) limit 1';
    return (
      this.#sql.get(`select 1 from troupe_dead_letters ${where}`, key, JSON.stringify(subscriptions)) !== undefined
    );
  }

  remove(id: number): void {
    this.#sql.run('delete from troupe_dead_letters where id = ?', id);
  }

  removeOf(subscription: number): void {
    this.#sql.run('delete from troupe_dead_letters where subscription = ?', subscription);
  }

  count(): number {
    return this.#sql.get<{ n: number }>('select count(*) as n from troupe_dead_letters')?.n ?? 0;
  }
}

export class SqliteIdempotency implements Idempotency {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  get(key: string): IdempotencyRow | undefined {
    return this.#sql.get('select key, position, time, outcome, reply from troupe_idempotency where key = ?', key);
  }

  add(key: string, position: number, time: number): void {
    this.#sql.run('insert into troupe_idempotency (key, position, time) values (?, ?, ?)', key, position, time);
  }

  place(key: string, position: number): void {
    this.#sql.run('update troupe_idempotency set position = ? where key = ?', position, key);
  }

  settle(key: string, outcome: string, reply: string | null): void {
    this.#sql.run('update troupe_idempotency set outcome = ?, reply = ? where key = ?', outcome, reply, key);
  }

  count(): number {
    return this.#sql.get<{ n: number }>('select count(*) as n from troupe_idempotency')?.n ?? 0;
  }
}

export class SqliteHolds implements Holds {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  all(): HoldRow[] {
    return this.#sql.all('select name, key, handler, reason, error, since from troupe_holds');
  }

  put(row: HoldRow): void {
    const sql =
      'insert or replace into troupe_holds (name, key, handler, reason, error, since) values (?, ?, ?, ?, ?, ?)';
    this.#sql.run(sql, row.name, row.key, row.handler, row.reason, row.error, row.since);
  }

  remove(name: string, key: string, handler: string): boolean {
    return (
      this.#sql.run('delete from troupe_holds where name = ? and key = ? and handler = ?', name, key, handler).changes >
      0
    );
  }
}
