// Reads a CSV file into named cells; a broken row is reported with file and line, and the rest goes on.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'csv-parse/sync';

/** What is wrong with one row. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
  /** The first cell, as far as it can be read. */
  readonly first: string;
}

export interface Row {
  readonly file: string;
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
}

export interface Table {
  readonly rows: readonly Row[];
  readonly problems: readonly Problem[];
  /** Rows whose free text had a comma that nobody quoted. */
  readonly mended: number;
}

export interface TableOptions {
  /** The columns the file must have. */
  readonly columns: readonly string[];
  /** The column that takes the surplus cells of a row: its text may hold commas without quotes. */
  readonly freeText?: string;
}

/** @throws Error where the file is missing or is no such table at all */
export function readTable(path: string, options: TableOptions): Table {
  return parseTable(readFileSync(path, 'utf8'), { ...options, file: basename(path) });
}

/** One row per line: a quote that is never closed breaks its own row, and not the rest of the file. */
export function parseTable(text: string, { file, columns, freeText }: TableOptions & { readonly file: string }): Table {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const cellsAt = makeParser(lines);
  const header = cellsAt(0);
  const missing = columns.filter(column => !header.includes(column));
  if (missing.length > 0) throw new Error(`${file} has no column ${missing.join(', ')} in its first line.`);

  const rows: Row[] = [];
  const problems: Problem[] = [];
  let mended = 0;
  for (const [index, source] of lines.entries()) {
    if (index === 0 || source.trim() === '') continue;
    const line = index + 1;
    try {
      const found = cellsAt(index);
      const cells = freeText === undefined ? found : mend(found, header, freeText);
      if (cells.length !== header.length) throw new Error(`has ${cells.length} of ${header.length} cells`);
      if (cells !== found) mended++;
      rows.push({ file, line, cells: Object.fromEntries(header.map((column, at) => [column, cells[at] ?? ''])) });
    } catch (error) {
      problems.push({ file, line, message: withoutPlace(error), first: source.split(',')[0] ?? '' });
    }
  }
  return { rows, problems, mended };
}

/** Without a quote nothing can reach beyond its line, and one pass over the file is ten times faster. */
function makeParser(lines: readonly string[]): (index: number) => string[] {
  const parseAll = (text: string): string[][] => parse(text, { relax_column_count: true, record_delimiter: '\n' });
  const all = lines.some(line => line.includes('"')) ? undefined : parseAll(lines.join('\n'));
  return index => (all ? all[index] : parseAll(lines[index] ?? '')[0]) ?? [];
}

/** Joins the surplus cells of a row into the column that may hold commas. */
function mend(cells: string[], header: readonly string[], column: string): string[] {
  const surplus = cells.length - header.length;
  if (surplus <= 0) return cells;
  const at = header.indexOf(column);
  return cells.toSpliced(at, surplus + 1, cells.slice(at, at + surplus + 1).join(','));
}

/** The parser saw one line only, and would call it line 1. */
function withoutPlace(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/ (?:at|on) line \d+.*$/s, '');
}
