// Statements: every SQL text of a connection, prepared on first use and once.
import type { Database, Statement } from 'better-sqlite3';
import { TroupeError } from '../errors.ts';
import type { Param } from './rows.ts';

/** Runs SQL by its text. Integers are read as numbers whatever the owner of the handle has set (K11). */
export class Statements {
  readonly #database: Database;
  readonly #prepared = new Map<string, Statement<Param[]>>();

  /** Rows changed by `run` since this was made. */
  changes = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  run(sql: string, ...params: Param[]): { readonly changes: number; readonly id: number } {
    const { changes, lastInsertRowid } = this.#prepare(sql).run(...params);
    this.changes += changes;
    return { changes, id: Number(lastInsertRowid) };
  }

  get<Row>(sql: string, ...params: Param[]): Row | undefined {
    return this.#prepare(sql).get(...params) as Row | undefined;
  }

  all<Row>(sql: string, ...params: Param[]): Row[] {
    return this.#prepare(sql).all(...params) as Row[];
  }

  #prepare(sql: string): Statement<Param[]> {
    assertOpen(this.#database);
    let statement = this.#prepared.get(sql);
    if (!statement) {
      statement = this.#database.prepare<Param[]>(sql);
      if (statement.reader) statement.safeIntegers(false);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }
}

/** A runtime closes its database when it stops. */
export function assertOpen(database: Database): void {
  if (database.open) return;
  throw new TroupeError('stopped', `${database.name} was closed: the runtime has stopped. Create a new one.`);
}
