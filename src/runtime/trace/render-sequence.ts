// Renders a trace as a sequence diagram in text: lifelines down, commands solid, events and replies dashed.
import { toSequence, type Arrow, type Note, type Step } from './sequence-steps.ts';
import type { Trace } from './trace.ts';
import { toDuration } from './words.ts';

const WIDTH = 120;
const TIME_WIDTH = 9;
const WIDEST = 30;
const NARROWEST = 13;
const MOST_STEPS = 400;
const HEADER_EVERY = 60;
const REST = 'others';

/** Readable at 120 columns; actors beyond the eighth share a lifeline, steps beyond 400 are counted only. */
export function renderSequence(trace: Trace): string {
  const { lifelines, steps } = toSequence(trace);
  const page = new Page(lifelines);
  steps.slice(0, MOST_STEPS).forEach((step, index) => {
    if (index % HEADER_EVERY === 0) page.header();
    page.draw(step);
  });
  if (steps.length > MOST_STEPS) page.lines.push(`… ${steps.length - MOST_STEPS} more steps`);
  if (trace.truncated) page.lines.push('… the conversation has more messages than were read');
  return page.lines.join('\n');
}

class Page {
  readonly lines: string[] = [];
  readonly #names: readonly string[];
  readonly #at: ReadonlyMap<string, number>;
  readonly #gap: number;
  #lastTime = '';

  constructor(lifelines: readonly string[]) {
    const most = Math.floor((WIDTH - TIME_WIDTH) / NARROWEST);
    const own = lifelines.length > most ? lifelines.slice(0, most - 1) : lifelines;
    this.#names = lifelines.length > most ? [...own, REST] : own;
    this.#gap = Math.min(WIDEST, Math.floor((WIDTH - TIME_WIDTH) / Math.max(1, this.#names.length)));
    const place = (index: number): number => TIME_WIDTH + Math.floor(this.#gap / 2) + index * this.#gap;
    const at = new Map(this.#names.map((name, index) => [name, place(index)]));
    for (const name of lifelines) if (!at.has(name)) at.set(name, place(this.#names.length - 1));
    this.#at = at;
  }

  header(): void {
    const row = new Row(WIDTH);
    for (const name of this.#names) {
      const text = cut(name, this.#gap - 1);
      row.write(this.#x(name) - Math.floor(text.length / 2), text);
    }
    this.lines.push(row.text());
    this.#lastTime = '';
  }

  draw(step: Step): void {
    if (step.kind === 'note') this.#note(step);
    else if (this.#x(step.from) === this.#x(step.to)) this.#loop(step);
    else this.#arrow(step);
  }

  #arrow({ kind, from, to, text, atMs }: Arrow): void {
    const [start, end] = [this.#x(from), this.#x(to)];
    const [left, right] = [Math.min(start, end) + 1, Math.max(start, end) - 1];
    const isInline = text.length + 6 <= right - left;
    if (!isInline) this.#push(this.#row(atMs), row => row.write(left + 1, cut(text, WIDTH - left - 1)));
    this.#push(this.#row(atMs), row => {
      for (let x = left; x <= right; x++) row.write(x, kind === 'command' ? '─' : (x - left) % 2 === 0 ? '-' : ' ');
      row.write(start < end ? right : left, start < end ? '>' : '<');
      if (isInline) row.write(Math.floor((left + right - text.length - 1) / 2), ` ${text} `);
    });
  }

  #loop({ to, text, atMs }: Arrow): void {
    const x = this.#x(to);
    this.#push(this.#row(atMs), row => row.write(x, '├─┐ ').write(x + 4, cut(text, WIDTH - x - 4)));
    this.#push(this.#row(atMs), row => row.write(x, '│<┘'));
  }

  #note({ at, text, atMs }: Note): void {
    const x = this.#x(at);
    const said = `* ${text}`;
    this.#push(this.#row(atMs), row => {
      if (x + 2 + said.length <= WIDTH) row.write(x + 2, said);
      else if (x - 1 - said.length > TIME_WIDTH) row.write(x - 1 - said.length, said);
      else row.write(TIME_WIDTH + 1, cut(said, WIDTH - TIME_WIDTH - 1));
    });
  }

  /** A row with every lifeline, and the time where it is another than in the row above. */
  #row(atMs: number): Row {
    const row = new Row(WIDTH);
    for (const name of this.#names) row.write(this.#x(name), '│');
    const time = `+${toDuration(Math.max(0, atMs))}`;
    if (time !== this.#lastTime) row.write(0, time.padStart(TIME_WIDTH - 1));
    this.#lastTime = time;
    return row;
  }

  #push(row: Row, draw: (row: Row) => void): void {
    draw(row);
    this.lines.push(row.text());
  }

  #x(name: string): number {
    return this.#at.get(name) ?? TIME_WIDTH;
  }
}

class Row {
  readonly #cells: string[];

  constructor(width: number) {
    this.#cells = Array.from<string>({ length: width }).fill(' ');
  }

  write(x: number, text: string): this {
    Array.from(text).forEach((char, index) => {
      if (x + index >= 0 && x + index < this.#cells.length) this.#cells[x + index] = char;
    });
    return this;
  }

  text(): string {
    return this.#cells.join('').trimEnd();
  }
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1))}…`;
}
