// Bulk writes: many rows per statement, prepared once, with the parameters laid out flat.
import type { Database, Statement } from 'better-sqlite3';

/** A value SQLite takes as a parameter. */
export type Param = string | number | null;

const ROWS_PER_STATEMENT = 32;

/**
 * Writes rows of one shape with `VALUES (…), (…)`, 32 at a time: a quarter faster than one by one (performance notes,
 * section 2.4).
 */
export class BulkWriter<Row> {
  readonly #many: Statement<Param[]>;
  readonly #one: Statement<Param[]>;
  readonly #width: number;
  readonly #bind: (row: Row, into: Param[], at: number) => void;
  readonly #buffer: Param[];

  constructor(
    database: Database,
    sql: { readonly head: string; readonly columns: number; readonly tail?: string },
    bind: (row: Row, into: Param[], at: number) => void,
  ) {
    const tuple = `(${Array.from({ length: sql.columns }, () => '?').join(', ')})`;
    const prepare = (rows: number): Statement<Param[]> =>
      database.prepare<Param[]>(
        `${sql.head} values ${Array.from({ length: rows }, () => tuple).join(', ')} ${sql.tail ?? ''}`,
      );
    this.#many = prepare(ROWS_PER_STATEMENT);
    this.#one = prepare(1);
    this.#width = sql.columns;
    this.#bind = bind;
    this.#buffer = Array.from<Param>({ length: sql.columns * ROWS_PER_STATEMENT }).fill(null);
  }

  write(rows: readonly Row[]): void {
    const whole = rows.length - (rows.length % ROWS_PER_STATEMENT);
    for (let start = 0; start < whole; start += ROWS_PER_STATEMENT) {
      for (let i = 0; i < ROWS_PER_STATEMENT; i++) this.#bind(rows[start + i] as Row, this.#buffer, i * this.#width);
      this.#many.run(...this.#buffer);
    }
    if (whole === rows.length) return;
    const single: Param[] = [];
    for (let i = whole; i < rows.length; i++) {
      this.#bind(rows[i] as Row, single, 0);
      this.#one.run(...single);
    }
  }
}
