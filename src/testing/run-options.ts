// One run of a simulation: what it is made of, and what comes of it.
import type { App } from '../app.ts';
import type { Json } from '../runtime/message/json.ts';
import type { RuntimeOptions } from '../runtime/options.ts';
import type { BuiltIn } from './books.ts';
import type { Client } from './client.ts';
import type { Fault, FaultKind } from './faults.ts';
import type { Invariant } from './invariants.ts';
import type { CommitObserver } from './observer.ts';
import type { Random } from './seeded-random.ts';
import type { TestRuntime } from './test-runtime.ts';

/** Why a run failed. */
export interface Problem {
  readonly invariant: string;
  readonly problem: string;
}

/** What a scenario is given. */
export interface ScenarioTools {
  /** Calls from outside that are made again until they are answered. */
  readonly client: Client;
  /** The runtime itself, to set stubs or to look at; its calls reject when the process dies. */
  readonly runtime: TestRuntime;
  /** Numbers in [0, 1) from the seed. */
  readonly random: Random;
}

/** What clients do in one run. */
export type Scenario = (tools: ScenarioTools) => Promise<unknown>;

/** What a run is made of. */
export interface RunOptions {
  /** A function makes it anew for every run. */
  readonly app: App | (() => App);
  readonly scenario: Scenario;
  readonly seed: number;
  readonly kinds: readonly FaultKind[];
  /** These faults and no others. */
  readonly planned?: readonly Fault[] | undefined;
  readonly invariants: readonly Invariant[];
  readonly startMs: number;
  readonly horizonMs: number;
  readonly limits?: RuntimeOptions['limits'];
  readonly observer?: CommitObserver | undefined;
  /** What the end of a run amounts to, for comparing runs. */
  readonly end?: ((runtime: TestRuntime) => Json) | undefined;
}

/** What came of a run. */
export interface RunResult {
  readonly seed: number;
  /** The same for the same seed, on any machine. */
  readonly fingerprint: string;
  readonly faults: readonly Fault[];
  readonly opportunities: ReadonlyMap<FaultKind, number>;
  readonly checked: ReadonlyMap<BuiltIn, number>;
  readonly commits: number;
  readonly turns: number;
  readonly problem: Problem | undefined;
  /** Tasks that waited for the real world. */
  readonly uncontrolled: readonly string[];
  readonly end: string;
  readonly timeline: string;
}
