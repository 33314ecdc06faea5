// Open work in SQLite: states, deliveries and subscriptions.
import type { Database } from 'better-sqlite3';
import type { InstanceCountRow, DeliveryRow, StateRow, SubscriptionRow } from './records.ts';
import type { Deliveries, States, Subscriptions } from './store.ts';
import { BulkWriter, type Target } from './rows.ts';
import type { Statements } from './statements.ts';

const STATE = 'id, address, version, incarnation, status, conversation, updated, data';
const DELIVERY = 'id, message, subscription, key, status, attempts, crashes, due, timer, generation, failures';

const STATES: Target = {
  table: 'troupe_states',
  columns: [
    ['id'],
    ['address'],
    ['version', 1],
    ['incarnation'],
    ['status', null],
    ['conversation', null],
    ['updated'],
    ['data'],
  ],
  tail: `on conflict (id) do update set version = excluded.version, incarnation = excluded.incarnation,
    status = excluded.status, updated = excluded.updated, data = excluded.data`,
};
const DELIVERIES: Target = {
  table: 'troupe_deliveries',
  columns: [
    ['id'],
    ['message'],
    ['subscription'],
    ['key'],
    ['status', 'open'],
    ['attempts', 0],
    ['crashes', 0],
    ['due', 0],
    ['timer', null],
    ['generation', null],
    ['failures', null],
  ],
  tail: `on conflict (id) do update set status = excluded.status, attempts = excluded.attempts,
    crashes = excluded.crashes, due = excluded.due, failures = excluded.failures`,
};

export class SqliteStates implements States {
  readonly rows: BulkWriter<StateRow>;
  readonly #sql: Statements;

  constructor(database: Database, sql: Statements) {
    this.#sql = sql;
    this.rows = new BulkWriter(database, STATES, (row, into, at) => {
      into[at] = row.id;
      into[at + 1] = row.address;
      into[at + 2] = row.version;
      into[at + 3] = row.incarnation;
      into[at + 4] = row.status;
      into[at + 5] = row.conversation;
      into[at + 6] = row.updated;
      into[at + 7] = row.data;
    });
  }

  get(address: string): StateRow | undefined {
    return this.#sql.get(`select ${STATE} from troupe_states where address = ?`, address);
  }

  list(prefix: string, limit: number, after: string): StateRow[] {
    // '0' is the character after '/', so it ends the addresses that start with the prefix.
    const end = `${prefix.slice(0, -1)}0`;
    const where = 'where address > ? and address < ? order by address limit ?';
    return this.#sql.all(`select ${STATE} from troupe_states ${where}`, after, end, limit);
  }

  remove(id: number): void {
    this.#sql.run('delete from troupe_states where id = ?', id);
  }

  removeAll(prefix: string): void {
    this.#sql.run('delete from troupe_states where address >= ? and address < ?', prefix, `${prefix.slice(0, -1)}0`);
  }

  outdated(prefix: string, version: number): string[] {
    const rows = this.#sql.all<{ address: string }>(
      `select address from troupe_states where address >= ? and address < ? and status = 'running' and version < ?
       order by address`,
      prefix,
      `${prefix.slice(0, -1)}0`,
      version,
    );
    return rows.map(({ address }) => address);
  }

  counts(): InstanceCountRow[] {
    return this.#sql.all(
      `select substr(address, 1, instr(address, '/') - 1) as name, status, count(*) as instances
       from troupe_states group by 1, 2 order by 1, 2`,
    );
  }

  waiting(): { name: string; count: number }[] {
    return this.#sql.all(
      `select name, count(*) as count from (
         select s.name from troupe_deliveries d join troupe_subscriptions s on s.id = d.subscription
         union all select s.name from troupe_tasks t join troupe_subscriptions s on s.id = t.subscription
         union all select name from troupe_timers where name <> '' and fired = 0
       ) group by name order by name`,
    );
  }

  lastId(): number {
    return this.#sql.get<{ id: number | null }>('select max(id) as id from troupe_states')?.id ?? 0;
  }
}

export class SqliteDeliveries implements Deliveries {
  readonly rows: BulkWriter<DeliveryRow>;
  readonly #sql: Statements;

  constructor(database: Database, sql: Statements) {
    this.#sql = sql;
    this.rows = new BulkWriter(database, DELIVERIES, (row, into, at) => {
      into[at] = row.id;
      into[at + 1] = row.message;
      into[at + 2] = row.subscription;
      into[at + 3] = row.key;
      into[at + 4] = row.status;
      into[at + 5] = row.attempts;
      into[at + 6] = row.crashes;
      into[at + 7] = row.due;
      into[at + 8] = row.timer;
      into[at + 9] = row.generation;
      into[at + 10] = row.failures;
    });
  }

  all(): DeliveryRow[] {
    return this.#sql.all(`select ${DELIVERY} from troupe_deliveries order by id`);
  }

  of(subscriptions: readonly number[], key: string): DeliveryRow[] {
    const where = 'where key = ? and subscription in (select value from json_each(?)) order by id';
    return this.#sql.all(`select ${DELIVERY} from troupe_deliveries ${where}`, key, JSON.stringify(subscriptions));
  }

  ofSubscription(subscription: number): DeliveryRow[] {
    return this.#sql.all(`select ${DELIVERY} from troupe_deliveries where subscription = ? order by id`, subscription);
  }

  ofMessages(positions: readonly number[]): DeliveryRow[] {
    const where = 'where message in (select value from json_each(?)) order by id';
    return this.#sql.all(`select ${DELIVERY} from troupe_deliveries ${where}`, JSON.stringify(positions));
  }

  deferredOf(message: number): DeliveryRow | undefined {
    return this.#sql.get(
      `select ${DELIVERY} from troupe_deliveries where message = ? and status = 'deferred'`,
      message,
    );
  }

  isOpen(message: number): boolean {
    const sql = `select 1 from troupe_deliveries where message = ?
      union all select 1 from troupe_tasks where message = ? limit 1`;
    return this.#sql.get(sql, message, message) !== undefined;
  }

  close(id: number): void {
    this.#sql.run('delete from troupe_deliveries where id = ?', id);
  }
}

export class SqliteSubscriptions implements Subscriptions {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  all(): SubscriptionRow[] {
    return this.#sql.all('select id, name, handler, cursor, seen from troupe_subscriptions order by id');
  }

  add(row: Omit<SubscriptionRow, 'id'>): SubscriptionRow {
    const sql = 'insert into troupe_subscriptions (name, handler, cursor, seen) values (?, ?, ?, ?)';
    return { ...row, id: this.#sql.run(sql, row.name, row.handler, row.cursor, row.seen).id };
  }

  setCursor(id: number, cursor: number | null): void {
    this.#sql.run('update troupe_subscriptions set cursor = ? where id = ?', cursor, id);
  }

  setSeen(id: number, seen: number): void {
    this.#sql.run('update troupe_subscriptions set seen = ? where id = ?', seen, id);
  }

  rename(id: number, name: string, handler: string): void {
    this.#sql.run('update troupe_subscriptions set name = ?, handler = ? where id = ?', name, handler, id);
  }

  remove(id: number): void {
    this.#sql.run('delete from troupe_subscriptions where id = ?', id);
  }
}
