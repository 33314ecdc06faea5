// What simulateCommand shows: a bar while it plays, the figures at the end, and what they are blind to.
import { faultKinds } from './faults.ts';
import { realMs } from '../runtime/platform/real-time.ts';
import type { Writable } from './simulate-command.ts';
import { ENOUGH_RUNS, type SimulationReport } from './tally.ts';

const BAR_WIDTH = 30;
const EVERY_MS = 200;

/** Shows on a terminal how far all jobs are. */
export class ProgressBar {
  readonly #stdout: Writable;
  readonly #total: number | undefined;
  /** By job: runs of the part it is at. */
  readonly #current = new Map<number, number>();
  #done = 0;
  #shownMs = -Infinity;

  constructor(stdout: Writable, total: number | undefined) {
    this.#stdout = stdout;
    this.#total = total;
  }

  show(job: number, runs: number): void {
    this.#current.set(job, runs);
    const now = realMs();
    if (this.#stdout.isTTY !== true || now - this.#shownMs < EVERY_MS) return;
    this.#shownMs = now;
    const runsOfJobs = [...this.#current.values()].reduce((sum, one) => sum + one, this.#done);
    this.#stdout.write(`\r${this.#draw(runsOfJobs)}`);
  }

  /** A part is over. */
  add(job: number, runs: number): void {
    this.#current.delete(job);
    this.#done += runs;
  }

  end(): void {
    if (this.#stdout.isTTY === true) this.#stdout.write('\r\u001B[K');
  }

  #draw(runs: number): string {
    if (this.#total === undefined) return `${runs} runs`;
    const filled = Math.min(BAR_WIDTH, Math.round((BAR_WIDTH * runs) / this.#total));
    return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${runs}/${this.#total}`;
  }
}

/** Kinds of faults that never struck and invariants never looked at, where so many runs should have had them. */
export function blindSpots(
  { runs, faults, invariants }: SimulationReport,
  kinds: ReadonlySet<string> = new Set(faultKinds),
): string | undefined {
  if (runs < ENOUGH_RUNS) return undefined;
  const missing = [...kinds].filter(kind => faults[kind]?.struck === 0);
  const unseen = Object.entries(invariants).flatMap(([name, times]) => (times === 0 ? [name] : []));
  const problems = [
    ...(missing.length > 0 ? [`these faults never struck: ${missing.join(', ')}`] : []),
    ...(unseen.length > 0 ? [`these invariants were never looked at: ${unseen.join(', ')}`] : []),
  ];
  if (problems.length === 0) return undefined;
  return `In ${runs} runs ${problems.join('; ')}. Make a scenario longer, or leave the faults out of its options.`;
}

/** The figures as a table. */
export function formatSummary(
  all: SimulationReport,
  each: readonly SimulationReport[],
  problem: string | undefined,
): string {
  const rows = [
    ['simulation', 'runs', 'twice', 'commits', 'turns', 'runs/s', 'fingerprint'],
    ...each.map(one => [
      one.name,
      ...[one.runs, one.twice, one.commits, one.turns].map(String),
      rate(one.runs, one.seconds),
      one.fingerprint,
    ]),
  ];
  const faults = [
    ['fault', 'struck', 'of'],
    ...Object.entries(all.faults).map(([kind, { struck, opportunities }]) => [kind, `${struck}`, `${opportunities}`]),
  ];
  const invariants = [
    ['invariant', 'looked at'],
    ...Object.entries(all.invariants).map(([name, times]) => [name, `${times}`]),
  ];
  const uncontrolled = all.uncontrolled.map(task => `not repeatable, as it waits for the real world: ${task}`);
  const last =
    `${all.runs} seeds, ${all.commits} commits, ${all.turns} turns in ${all.seconds.toFixed(1)} s ` +
    `(${rate(all.runs, all.seconds)} seeds/s), fingerprint ${all.fingerprint}`;
  const tables = [rows, faults, invariants].map(table => formatTable(table));
  return [...tables, ...uncontrolled, ...(problem === undefined ? [] : [problem]), last].join('\n\n');
}

function rate(runs: number, seconds: number): string {
  return seconds > 0 ? (runs / seconds).toFixed(0) : '0';
}

/** The first column to the left, all others to the right. */
function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map(row => (row[at] ?? '').length)));
  return rows
    .map(row =>
      row.map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
    )
    .join('\n');
}
