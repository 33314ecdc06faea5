// Store on better-sqlite3: one connection, one transaction per drain.
import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import Database, { type Statement } from 'better-sqlite3';
import { TroupeError } from '../errors.ts';
import { invariant } from '../invariant.ts';
import { fileIdentity, type FileLock } from './lock.ts';
import type { Opened } from './open.ts';
import { prune, START, type Place } from './prune.ts';
import { isHandleBusy, classify, toStoreError } from './store-errors.ts';
import { SqliteClaims } from './sqlite-claims.ts';
import { SqliteConversations } from './sqlite-conversations.ts';
import { SqliteEffects } from './sqlite-effects.ts';
import { SqliteLog } from './sqlite-log.ts';
import { SqliteDeadLetters, SqliteHolds, SqliteIdempotency } from './sqlite-records.ts';
import { SqliteSchedules, SqliteTasks, SqliteTimers } from './sqlite-time.ts';
import { SqliteDeliveries, SqliteStates, SqliteSubscriptions } from './sqlite-work.ts';
import { assertOpen, Statements } from './statements.ts';
import { storedWork } from './stored-work.ts';
import type { EpochRow } from './records.ts';
import type { Batch, Pruned, RetentionPolicy, Store, StoredWork, StoreInfo } from './store.ts';

/** A short WAL is written over and over in the page cache: 4 MiB was faster than 32 MiB, with shorter stalls. */
const WAL_PAGES = 1_000;
/** Readers that overlap keep a WAL growing: past this they are waited for. */
const WAL_FORCED_PAGES = 8_000;
const COMMITS_BETWEEN_LOOKS = 16;
const EPOCH = 'epoch, incarnation, first, last, opened, time, clean';

export class SqliteStore implements Store {
  readonly info: StoreInfo;
  readonly messages: SqliteLog;
  readonly conversations: SqliteConversations;
  readonly states: SqliteStates;
  readonly deliveries: SqliteDeliveries;
  readonly subscriptions: SqliteSubscriptions;
  readonly timers: SqliteTimers;
  readonly tasks: SqliteTasks;
  readonly deadLetters: SqliteDeadLetters;
  readonly idempotency: SqliteIdempotency;
  readonly claims: SqliteClaims;
  readonly effects: SqliteEffects;
  readonly holds: SqliteHolds;
  readonly schedules: SqliteSchedules;
  readonly database: Database.Database;
  readonly #file: string | undefined;
  readonly #identity: string | undefined;
  readonly #lock: FileLock | undefined;
  readonly #sql: Statements;
  readonly #begin: Statement<[]>;
  readonly #commit: Statement<[]>;
  readonly #rollback: Statement<[]>;
  readonly #walPages: Statement<[], { readonly log: number; readonly checkpointed: number }>;
  #epochs: EpochRow[] = [];
  #epoch = 0;
  #commits = 0;
  /** How far the pass of retention is that goes on. */
  #pruned: Place = START;

  constructor(opened: Opened, lock: FileLock | undefined) {
    const { database } = opened;
    this.database = database;
    this.#file = opened.file;
    this.#lock = lock;
    this.#identity = lock?.identity;
    const sql = new Statements(database);
    this.#sql = sql;
    this.#begin = database.prepare('begin immediate');
    this.#commit = database.prepare('commit');
    this.#rollback = database.prepare('rollback');
    this.#walPages = database.prepare('pragma wal_checkpoint(NOOP)');
    this.messages = new SqliteLog(database, sql);
    this.conversations = new SqliteConversations(sql);
    this.states = new SqliteStates(database, sql);
    this.deliveries = new SqliteDeliveries(database, sql);
    this.subscriptions = new SqliteSubscriptions(sql);
    this.timers = new SqliteTimers(sql);
    this.tasks = new SqliteTasks(sql);
    this.deadLetters = new SqliteDeadLetters(sql);
    this.idempotency = new SqliteIdempotency(sql);
    this.claims = new SqliteClaims(sql);
    this.effects = new SqliteEffects(sql);
    this.holds = new SqliteHolds(sql);
    this.schedules = new SqliteSchedules(sql);
    const storeId = sql.get<{ value: string }>(`select value from troupe_meta where name = 'store_id'`)?.value;
    invariant(storeId !== undefined, `${database.name} has a schema but no store id`);
    this.info = {
      file: opened.file ?? ':memory:',
      durability: opened.durability,
      powerSafe: opened.powerSafe,
      storeId,
      sqlite: sql.get<{ v: string }>('select sqlite_version() as v')?.v ?? '',
      ownsHandle: opened.ownsHandle,
    };
  }

  get epochs(): readonly EpochRow[] {
    return this.#epochs;
  }

  get inTransaction(): boolean {
    return this.database.inTransaction;
  }

  begin(): boolean {
    if (this.database.inTransaction) return false;
    try {
      this.#begin.run();
      return true;
    } catch (error) {
      if (isHandleBusy(error) || classify(error) === 'transient') return false;
      throw toStoreError(error, 'beginning a transaction');
    }
  }

  commit(batch: Batch, written?: () => void): void {
    this.messages.messages.write(batch.messages);
    this.messages.turns.write(batch.turns);
    this.states.rows.write(batch.states);
    this.deliveries.rows.write(batch.opened);
    this.deliveries.rows.write(batch.changed);
    for (const id of batch.closed) this.deliveries.close(id);
    this.#advance(batch);
    written?.();
    this.#commit.run();
    this.#commits += 1;
  }

  /**
   * Moves the persisted sequence and clock, and proves in the same statement that no newer owner has come
   * (P8).
   */
  #advance(batch: Batch): void {
    const sql = `update troupe_epochs set last = ?, time = ? where epoch = ?
      and not exists (select 1 from troupe_epochs where epoch > ?)`;
    if (this.#sql.run(sql, batch.last, batch.time, this.#epoch, this.#epoch).changes === 1) return;
    throw new TroupeError(
      'store-fenced',
      `${this.info.file} was taken over by another runtime. This one stops; nothing of this commit was kept.`,
    );
  }

  rollback(): void {
    if (this.database.inTransaction) this.#rollback.run();
  }

  foreignChanges(): number {
    return (this.#sql.get<{ n: number }>('select total_changes() as n')?.n ?? 0) - this.#sql.changes;
  }

  work(): StoredWork {
    return storedWork(this.#sql);
  }

  hasIncarnation(incarnation: string): boolean {
    return this.#sql.get('select 1 from troupe_epochs where incarnation = ?', incarnation) !== undefined;
  }

  openEpoch(incarnation: string, now: number): EpochRow {
    const previous = this.#sql.get<EpochRow>(`select ${EPOCH} from troupe_epochs order by epoch desc limit 1`);
    const last = previous?.last ?? 0;
    const sql = 'insert into troupe_epochs (incarnation, first, last, opened, time) values (?, ?, ?, ?, ?)';
    this.#epoch = this.#sql.run(sql, incarnation, last + 1, last, now, now).id;
    this.#epochs = this.#sql.all(`select ${EPOCH} from troupe_epochs order by epoch`);
    const own = this.#epochs.at(-1);
    invariant(own?.epoch === this.#epoch, 'the newest epoch is the one just opened');
    return own;
  }

  /** The clock when the database was last written; 0 for a new one. */
  lastTime(): number {
    return this.#sql.get<{ time: number | null }>('select max(time) as time from troupe_epochs')?.time ?? 0;
  }

  /** Commits what is open without a batch. */
  commitNow(): void {
    this.#commit.run();
  }

  closeEpoch(now: number): void {
    this.#sql.run('update troupe_epochs set clean = 1, time = ? where epoch = ?', now, this.#epoch);
  }

  rename(from: string, to: string): void {
    this.#sql.run(
      `update troupe_states set address = ? || substr(address, ?) where address >= ? || '/' and address < ? || '0'`,
      to,
      from.length + 1,
      from,
      from,
    );
    this.#sql.run('update troupe_subscriptions set name = ? where name = ?', to, from);
    this.#sql.run('update troupe_timers set name = ? where name = ?', to, from);
    this.#sql.run('update troupe_holds set name = ? where name = ?', to, from);
    this.#sql.run('update troupe_dead_letters set name = ? where name = ?', to, from);
    this.#sql.run('update troupe_claims set saga = ? where saga = ?', to, from);
  }

  prune(policy: RetentionPolicy, now: number, slice: number): Pruned {
    if (!this.begin()) return { more: false, keys: 0 };
    let pruned: Pruned;
    try {
      const slices = prune(this.#sql, { policy, now, slice, after: this.#pruned });
      this.#commit.run();
      pruned = slices;
      this.#pruned = slices.more ? slices.next : START;
    } finally {
      this.rollback();
    }
    if (this.info.ownsHandle && !pruned.more) this.database.pragma('incremental_vacuum(200)');
    return pruned;
  }

  get isCheckpointDue(): boolean {
    return this.#commits >= COMMITS_BETWEEN_LOOKS;
  }

  checkpoint(idle: boolean): void {
    if (this.#file === undefined || !this.info.ownsHandle) return;
    this.#commits = 0;
    this.#checkIdentity(this.#file);
    const { log, checkpointed } = this.#walPages.get() ?? { log: 0, checkpointed: 0 };
    const pages = log - checkpointed;
    if (pages > WAL_FORCED_PAGES) this.database.pragma('wal_checkpoint(RESTART)');
    else if (pages > (idle ? 0 : WAL_PAGES)) this.database.pragma('wal_checkpoint(PASSIVE)');
  }

  /** SQLite goes on writing to a deleted or replaced file without an error. */
  #checkIdentity(file: string): void {
    const found = statSync(file, { throwIfNoEntry: false }) ? fileIdentity(file) : 'gone';
    if (this.#identity === undefined || found === this.#identity) return;
    throw new TroupeError(
      'store-failed',
      `${file} was deleted or replaced while the runtime ran. It stops; newer commits are lost.`,
    );
  }

  backup(file: string): void {
    const draft = `${file}.part`;
    rmSync(draft, { force: true });
    this.#sql.run('vacuum into ?', draft);
    const copy = new Database(draft);
    const check = copy.pragma('quick_check(1)', { simple: true });
    const id = copy
      .prepare<[], { value: string }>(`select value from troupe_meta where name = 'store_id'`)
      .get()?.value;
    copy.close();
    if (check !== 'ok' || id !== this.info.storeId) {
      throw new TroupeError(
        'store-failed',
        `The backup ${file} did not verify (${String(check)}). Nothing was replaced.`,
      );
    }
    const handle = openSync(draft, 'r+');
    fsyncSync(handle);
    closeSync(handle);
    renameSync(draft, file);
  }

  serialize(): Uint8Array {
    assertOpen(this.database);
    return this.database.serialize();
  }

  close(): void {
    if (this.info.ownsHandle && this.database.open) {
      if (this.#file !== undefined && !this.database.inTransaction) this.database.pragma('wal_checkpoint(TRUNCATE)');
      this.database.close();
    }
    this.#lock?.release();
  }
}
