// A better-sqlite3 handle whose COMMIT (or any statement) fails on demand, before or after it took effect.
import Database from 'better-sqlite3';

interface Fault {
  readonly code: string;
  /** The statement takes effect and throws all the same: the in-doubt case. */
  readonly after: boolean;
  /** SQLite ended the transaction by itself, as it does for some FULL and IOERR. */
  readonly rollback: boolean;
  left: number;
  times: number;
}

export class FaultyDatabase {
  readonly handle: Database.Database;
  readonly #faults = new Map<string, Fault>();
  /** How often each statement ran that a fault was planned for. */
  commits = 0;

  constructor(source: string | Uint8Array = ':memory:') {
    this.handle = new Database(typeof source === 'string' ? source : Buffer.from(source));
    const prepare = this.handle.prepare.bind(this.handle);
    this.handle.prepare = ((sql: string) => this.#watch(sql, prepare(sql))) as Database.Database['prepare'];
  }

  /** The `nth` run from now of statements starting with `sql` throws a SqliteError with `code`, `times` times in a row. */
  fail(
    sql: string,
    code: string,
    {
      nth = 1,
      times = 1,
      after = false,
      rollback = false,
    }: { nth?: number; times?: number; after?: boolean; rollback?: boolean } = {},
  ): void {
    this.#faults.set(sql, { code, after, rollback, left: nth, times });
  }

  failCommit(code: string, options?: Parameters<FaultyDatabase['fail']>[2]): void {
    this.fail('commit', code, options);
  }

  heal(): void {
    this.#faults.clear();
  }

  #watch(sql: string, statement: Database.Statement): Database.Statement {
    const run = statement.run.bind(statement);
    statement.run = (...params: unknown[]) => {
      const fault = this.#next(sql);
      if (sql === 'commit') this.commits += 1;
      if (!fault) return run(...params);
      if (fault.after) run(...params);
      else if (fault.rollback) this.handle.exec('rollback');
      throw new Database.SqliteError(`planned ${fault.code}`, fault.code);
    };
    return statement;
  }

  #next(sql: string): Fault | undefined {
    for (const [start, fault] of this.#faults) {
      if (!sql.startsWith(start)) continue;
      fault.left -= 1;
      if (fault.left > 0) continue;
      fault.times -= 1;
      if (fault.times <= 0) this.#faults.delete(start);
      return fault;
    }
    return undefined;
  }
}
