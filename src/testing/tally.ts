// Tally: what all runs of a simulation have come to: how many, which faults, which invariants.
import { builtIn } from './books.ts';
import { faultKinds, type FaultKind } from './faults.ts';
import type { RunResult } from './simulated-run.ts';

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

function count(counts: Map<string, number>, of: string, by: number): void {
  counts.set(of, (counts.get(of) ?? 0) + by);
}
