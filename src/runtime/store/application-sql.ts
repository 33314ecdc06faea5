// The application's own SQL inside a turn: a guarded database and a savepoint made on first use (K9, K10).
import type { Database, Statement } from 'better-sqlite3';
import { TroupeError } from '../errors.ts';
import { isStoreFailure, toStoreError } from './store-errors.ts';

/** The whole transaction ended inside one turn: the drain has to start over without that turn. */
export class TransactionLostError extends TroupeError {
  override readonly name: string = 'TransactionLostError';

  constructor(cause: unknown) {
    super(
      'sql-refused',
      'SQL of this handler ended the transaction of all turns around it. Do not use ON CONFLICT ROLLBACK.',
      { cause },
    );
  }
}

const REFUSED = new Set([
  'begin',
  'commit',
  'end',
  'rollback',
  'savepoint',
  'release',
  'pragma',
  'attach',
  'detach',
  'vacuum',
]);

/** Refuses statements that would reach beyond the turn. Comments and string literals are not looked into. */
export function assertAllowed(sql: string): void {
  const bare = sql
    .replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]/g, ' ')
    .toLowerCase();
  for (const statement of bare.split(';')) {
    const first = /[a-z]+/.exec(statement)?.[0] ?? '';
    if (REFUSED.has(first) || /\bor\s+rollback\b|\bon\s+conflict\s+rollback\b/.test(statement)) {
      throw new TroupeError(
        'sql-refused',
        `ctx.sql refuses ${first.toUpperCase()}${REFUSED.has(first) ? '' : ' … ROLLBACK'}: the turn's ` +
          'transaction is shared with other turns. Use ctx.sql.transaction() for a nested one.',
      );
    }
  }
}

/**
 * A Database that cannot leave its turn: no transaction control, no PRAGMA, no ATTACH, no open iterators, no closing.
 */
function guard(database: Database, isOpen: () => boolean): Database {
  const allowed = new Set<string>();
  const assertOpen = (): void => {
    if (!isOpen()) {
      throw new TroupeError(
        'ctx-closed',
        'ctx.sql was used outside of its turn. Use it inside the handler, or runtime.transaction().',
      );
    }
    if (!database.inTransaction) throw new TransactionLostError(undefined);
  };
  const check = (sql: string): void => {
    assertOpen();
    if (allowed.has(sql)) return;
    assertAllowed(sql);
    allowed.add(sql);
  };
  const prepare = (sql: string): Statement => {
    check(sql);
    const statement = database.prepare(sql);
    statement.run = whileOpen(statement.run.bind(statement), assertOpen);
    statement.get = whileOpen(statement.get.bind(statement), assertOpen);
    statement.all = whileOpen(statement.all.bind(statement), assertOpen);
    statement.iterate = (...params: unknown[]) => statement.all(...params)[Symbol.iterator]();
    return statement;
  };
  const overrides: Readonly<Record<string, unknown>> = {
    prepare,
    exec: (sql: string): Database => {
      check(sql);
      database.exec(sql);
      return guarded;
    },
    ...Object.fromEntries(
      ['pragma', 'backup', 'serialize', 'close', 'loadExtension', 'defaultSafeIntegers', 'unsafeMode', 'table'].map(
        name => [
          name,
          () => {
            throw new TroupeError(
              'sql-refused',
              `ctx.sql.${name}() is not for handlers. Do it on your own handle, outside of turns.`,
            );
          },
        ],
      ),
    ),
  };
  const guarded: Database = new Proxy(database, {
    get(target, name) {
      if (typeof name === 'string' && Object.hasOwn(overrides, name)) return overrides[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return guarded;
}

/** A prepared statement outlives its turn; running it outside would write beside every transaction. */
function whileOpen<Params extends unknown[], Result>(
  run: (...params: Params) => Result,
  assertOpen: () => void,
): (...params: Params) => Result {
  return (...params) => {
    assertOpen();
    return run(...params);
  };
}

export interface ApplicationSqlOptions {
  /**
   * Whether application code may hold the handle itself; nobody else can write behind our back or end a transaction.
   */
  readonly isShared: boolean;
  readonly foreignChanges: () => number;
  readonly onUndeclared: () => void;
}

export class ApplicationSql {
  readonly #database: Database;
  readonly #guarded: Database;
  readonly #made = new Map<(database: Database) => unknown, unknown>();
  #open = false;
  #savepoint = false;
  readonly #isShared: boolean;
  readonly #onUndeclared: () => void;
  readonly #foreignChanges: () => number;
  #before = 0;
  #used = false;

  constructor(database: Database, options: ApplicationSqlOptions) {
    this.#database = database;
    this.#isShared = options.isShared;
    this.#foreignChanges = options.foreignChanges;
    this.#onUndeclared = options.onUndeclared;
    this.#guarded = guard(database, () => this.#open);
  }

  /** What `make` builds of the guarded database, once per runtime; opens this turn's savepoint. */
  inTurn<T>(make: (database: Database) => T): T {
    if (!this.#savepoint) {
      this.#database.exec('savepoint troupe_turn');
      this.#savepoint = true;
      this.#used = true;
    }
    this.#open = true;
    return this.#make(make);
  }

  /** The same inside a transaction of the application, which has no savepoint of its own. */
  inTransaction<T>(make: (database: Database) => T): T {
    this.#open = true;
    this.#used = true;
    return this.#make(make);
  }

  /** At the begin of a drain. */
  watch(): void {
    this.#used = false;
    if (this.#isShared) this.#before = this.#foreignChanges();
  }

  /**
   * Before the commit: reports writes though no handler used SQL as declared; a closure over the handle made them
   * (K9).
   */
  report(): void {
    if (this.#isShared && !this.#used && this.#foreignChanges() > this.#before) this.#onUndeclared();
  }

  /** The transaction is gone, and the savepoint with it. */
  forget(): void {
    this.#open = false;
    this.#savepoint = false;
  }

  /** The turn is kept. */
  keep(): void {
    this.#open = false;
    if (!this.#isShared && !this.#savepoint) return;
    if (!this.#database.inTransaction) throw new TransactionLostError(undefined);
    if (!this.#savepoint) return;
    this.#savepoint = false;
    try {
      this.#database.exec('release troupe_turn');
    } catch (error) {
      throw toStoreError(error, 'ending the savepoint of a turn');
    }
  }

  /**
   * The turn is dropped with its SQL. Throws `cause` again where the store failed the turn and not the other way
   * round.
   */
  drop(cause: unknown): void {
    this.#open = false;
    if (!this.#database.inTransaction) throw new TransactionLostError(cause);
    if (!this.#savepoint) return;
    this.#savepoint = false;
    if (isStoreFailure(cause)) throw cause;
    this.#database.exec('rollback to troupe_turn; release troupe_turn');
  }

  #make<T>(make: (database: Database) => T): T {
    if (!this.#made.has(make)) this.#made.set(make, make(this.#guarded));
    return this.#made.get(make) as T;
  }
}
