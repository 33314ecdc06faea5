// Tally: what all runs of a simulation have come to: how many, which faults, which invariants.
import { Digest } from '../runtime/platform/digest.ts';
import { builtIn } from './books.ts';
import { faultKinds, type FaultKind } from './faults.ts';
import type { RunResult } from './run-options.ts';

/** What a simulation has done. */
export interface SimulationReport {
  readonly name: string;
  readonly runs: number;
  /** Runs that were made a second time, to see that they are the same. */
  readonly twice: number;
  readonly commits: number;
  readonly turns: number;
  /** Real time, in seconds. */
  readonly seconds: number;
  /** How often each kind of fault has struck, and how often it could have. */
  readonly faults: Readonly<Record<string, { readonly struck: number; readonly opportunities: number }>>;
  /** How often each built-in invariant was looked at. */
  readonly invariants: Readonly<Record<string, number>>;
  /** Fingerprint over those of all runs: the same on every machine. */
  readonly fingerprint: string;
  /** Tasks that waited for the real world: their runs cannot be repeated exactly. */
  readonly uncontrolled: readonly string[];
}

/** With so many runs a kind of fault that never struck means that it cannot. */
export const ENOUGH_RUNS = 500;

export class Tally {
  runs = 0;
  twice = 0;
  #commits = 0;
  #turns = 0;
  readonly #struck = new Map<string, number>();
  readonly #opportunities = new Map<string, number>();
  readonly #checked = new Map<string, number>();
  readonly #uncontrolled = new Set<string>();

  add({ faults, opportunities, checked, commits, turns, uncontrolled }: RunResult): void {
    this.runs += 1;
    this.#commits += commits;
    this.#turns += turns;
    for (const { kind } of faults) count(this.#struck, kind, 1);
    for (const [kind, times] of opportunities) count(this.#opportunities, kind, times);
    for (const [invariant, times] of checked) count(this.#checked, invariant, times);
    for (const task of uncontrolled) this.#uncontrolled.add(task);
  }

  /** Kinds that could have struck and never did. */
  missed(kinds: readonly FaultKind[]): readonly FaultKind[] {
    return kinds.filter(kind => !this.#struck.has(kind) && (this.#opportunities.get(kind) ?? 0) > 0);
  }

  report(of: { readonly name: string; readonly seconds: number; readonly fingerprint: string }): SimulationReport {
    const faults = faultKinds.map(kind => [
      kind,
      { struck: this.#struck.get(kind) ?? 0, opportunities: this.#opportunities.get(kind) ?? 0 },
    ]);
    return {
      ...of,
      runs: this.runs,
      twice: this.twice,
      commits: this.#commits,
      turns: this.#turns,
      faults: Object.fromEntries(faults) as SimulationReport['faults'],
      invariants: Object.fromEntries(builtIn.map(name => [name, this.#checked.get(name) ?? 0])),
      uncontrolled: [...this.#uncontrolled],
    };
  }
}

/** One report of many; its fingerprint is that of theirs, in order. */
export function addReports(name: string, reports: readonly SimulationReport[]): SimulationReport {
  const fingerprint = new Digest();
  for (const report of reports) fingerprint.add(report.fingerprint);
  const sum = (of: (report: SimulationReport) => number): number => reports.reduce((total, one) => total + of(one), 0);
  const faults = faultKinds.map(kind => [
    kind,
    {
      struck: sum(report => report.faults[kind]?.struck ?? 0),
      opportunities: sum(report => report.faults[kind]?.opportunities ?? 0),
    },
  ]);
  return {
    name,
    runs: sum(({ runs }) => runs),
    twice: sum(({ twice }) => twice),
    commits: sum(({ commits }) => commits),
    turns: sum(({ turns }) => turns),
    seconds: sum(({ seconds }) => seconds),
    faults: Object.fromEntries(faults) as SimulationReport['faults'],
    invariants: Object.fromEntries(builtIn.map(one => [one, sum(({ invariants }) => invariants[one] ?? 0)])),
    fingerprint: fingerprint.toString(),
    uncontrolled: [...new Set(reports.flatMap(({ uncontrolled }) => uncontrolled))],
  };
}

function count(counts: Map<string, number>, of: string, by: number): void {
  counts.set(of, (counts.get(of) ?? 0) + by);
}
