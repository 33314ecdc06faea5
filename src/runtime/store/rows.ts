// Bulk writes: many rows per statement, which is prepared once and binds only what differs from row to row.
import type { Database, Statement } from 'better-sqlite3';

/** A value SQLite takes as a parameter. */
export type Param = string | number | null;

/** A column, and the value most rows have there if there is one. */
export type Column = readonly [name: string, common?: Param];

/** Where rows go; `tail` is for `on conflict`. */
export interface Target {
  readonly table: string;
  readonly columns: readonly Column[];
  readonly tail?: string;
}

interface Prepared {
  readonly statement: Statement<Param[]>;
  readonly params: Param[];
}

/** Rows per statement, largest first: 32 is a quarter faster than one by one, more is not (docs/performance.md). */
const SIZES = [32, 8, 1];
const MOST_ROWS = 32;
/** Sets of bound columns with statements of their own; applications make a handful. */
const MOST_SHAPES = 8;

/** Writes rows of one table. Binding a null takes as long as two numbers: what all rows share stands in the text. */
export class BulkWriter<Row> {
  readonly #database: Database;
  readonly #target: Target;
  readonly #commons: readonly (Param | undefined)[];
  readonly #width: number;
  readonly #bind: (row: Row, into: Param[], at: number) => void;
  readonly #values: Param[];
  readonly #shapes = new Set<number>();
  readonly #prepared = new Map<number, Prepared>();

  constructor(database: Database, target: Target, bind: (row: Row, into: Param[], at: number) => void) {
    this.#database = database;
    this.#target = target;
    this.#commons = target.columns.map(([, common]) => common);
    this.#width = target.columns.length;
    this.#bind = bind;
    this.#values = Array.from<Param>({ length: this.#width * MOST_ROWS }).fill(null);
  }

  write(rows: readonly Row[]): void {
    let from = 0;
    for (const size of SIZES) {
      for (; from + size <= rows.length; from += size) this.#writeSome(rows, from, size);
    }
  }

  #writeSome(rows: readonly Row[], from: number, size: number): void {
    const values = this.#values;
    const width = this.#width;
    for (let i = 0; i < size; i++) this.#bind(rows[from + i] as Row, values, i * width);
    const shape = this.#shapeOf(size);
    const { statement, params } = this.#prepare(shape, size);
    let to = 0;
    for (let start = 0; start < size * width; start += width) {
      for (let column = 0; column < width; column++) {
        if ((shape & (1 << column)) !== 0) params[to++] = values[start + column] as Param;
      }
    }
    // Spread, not the array: better-sqlite3 reads arguments faster than items.
    statement.run(...params);
  }

  /** The columns in which some row differs from what is common, as bits. */
  #shapeOf(size: number): number {
    const values = this.#values;
    const width = this.#width;
    let shape = 0;
    for (let column = 0; column < width; column++) {
      const common = this.#commons[column];
      let isCommon = common !== undefined;
      for (let at = column; isCommon && at < size * width; at += width) isCommon = values[at] === common;
      if (!isCommon) shape |= 1 << column;
    }
    if (this.#shapes.has(shape)) return shape;
    if (this.#shapes.size >= MOST_SHAPES) return (1 << width) - 1;
    this.#shapes.add(shape);
    return shape;
  }

  #prepare(shape: number, size: number): Prepared {
    const id = shape * (MOST_ROWS + 1) + size;
    let prepared = this.#prepared.get(id);
    if (!prepared) {
      const { table, columns, tail = '' } = this.#target;
      const names = columns.map(([name]) => name).join(', ');
      const tuple = columns.map(([, common], at) => ((shape & (1 << at)) === 0 ? toSql(common) : '?')).join(', ');
      const tuples = Array.from({ length: size }, () => `(${tuple})`).join(', ');
      const statement = this.#database.prepare<Param[]>(`insert into ${table} (${names}) values ${tuples} ${tail}`);
      prepared = { statement, params: [] };
      this.#prepared.set(id, prepared);
    }
    return prepared;
  }
}

function toSql(value: Param | undefined): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}
