// Options of simulate, and what they may be.
import { TroupeError } from '../runtime/errors.ts';
import type { Duration } from '../runtime/message/duration.ts';
import type { Json } from '../runtime/message/json.ts';
import type { RuntimeOptions } from '../runtime/options.ts';
import type { Moment } from '../runtime/platform/iso-time.ts';
import { Coverage } from './coverage.ts';
import { faultKinds, type FaultKind } from './faults.ts';
import type { Invariant } from './invariants.ts';
import type { TestRuntime } from './test-runtime.ts';

/** How far a simulation is. */
export interface SimulationProgress {
  readonly done: number;
  /** Undefined where only time bounds it. */
  readonly total: number | undefined;
}

/** Options of `simulate`. */
export interface SimulateOptions {
  /** Names it in reports and in `TROUPE_SEED`. Default `simulation`. */
  readonly name?: string | undefined;
  /** How many seeds. Default 100; without limit where `seconds` is given. */
  readonly seeds?: number | undefined;
  /** Ends it after this much real time. */
  readonly seconds?: number | undefined;
  /** The first seed; the others follow it. Default 1. */
  readonly seed?: number | undefined;
  /** The kinds of faults. Default: all. */
  readonly faults?: readonly FaultKind[] | undefined;
  /** What must hold besides the built-in invariants. */
  readonly invariants?: readonly Invariant[] | undefined;
  /**
   * `every-commit`: one run without faults, then one for each point at which the process can die, all on the first
   * seed.
   */
  readonly explore?: 'every-commit' | undefined;
  /** With `explore`: how many runs with two crashes, drawn. Default 0. */
  readonly pairs?: number | undefined;
  /** With `explore`: what the end of a run amounts to; with a crash it must be what it is without. */
  readonly end?: ((runtime: TestRuntime) => Json) | undefined;
  /**
   * How much virtual time the scenario may take, and how much there is to come to rest, twice. What is due later never
   * happens. Default 30 days.
   */
  readonly horizon?: Duration | undefined;
  /** Notes what the runs in this process exercise, as `measureCoverage` does for tests. Default: nothing. */
  readonly coverage?: Coverage | undefined;
  /** Bounds of the runtime: small ones let subscriptions fall behind. Default: those of production. */
  readonly limits?: RuntimeOptions['limits'];
  /** Virtual time at the start. Default 2026-01-01T00:00:00Z. */
  readonly now?: Moment | undefined;
  /** Where failing runs are kept, to be run first. Default `troupe-seeds.json`; false: nowhere. */
  readonly seedsFile?: string | false | undefined;
  readonly onProgress?: ((progress: SimulationProgress) => void) | undefined;
}

const OPTIONS: Readonly<Record<keyof SimulateOptions, true>> = {
  name: true,
  seeds: true,
  seconds: true,
  seed: true,
  faults: true,
  invariants: true,
  explore: true,
  pairs: true,
  end: true,
  horizon: true,
  coverage: true,
  limits: true,
  now: true,
  seedsFile: true,
  onProgress: true,
};

/** The names of all options. */
export const simulateOptions: readonly string[] = Object.keys(OPTIONS);

/**
 * Refuses what is not an option, or not a value of it.
 *
 * @throws TroupeError `invalid-options`
 */
export function checkOptions(options: SimulateOptions): void {
  for (const option of Object.keys(options)) {
    if (!Object.hasOwn(OPTIONS, option)) {
      throw refuse(`simulate has no option '${option}'`, simulateOptions.join(', '));
    }
  }
  for (const [option, { isRight, use }] of Object.entries(RULES)) {
    const value: unknown = options[option as keyof SimulateOptions];
    if (value !== undefined && !isRight(value)) throw refuse(`${option} is ${JSON.stringify(value)}`, use);
  }
}

const isAtLeast =
  (least: number) =>
  (value: unknown): boolean =>
    Number.isSafeInteger(value) && Number(value) >= least;

const isInvariant = (value: Partial<Invariant> | undefined): boolean => typeof value?.begin === 'function';
const isFunction = (value: unknown): boolean => typeof value === 'function';

/** What a value must be, where its type does not say it. */
const RULES: Readonly<Partial<Record<keyof SimulateOptions, { isRight: (value: unknown) => boolean; use: string }>>> = {
  seeds: { isRight: isAtLeast(1), use: 'a whole number from 1' },
  seconds: { isRight: value => typeof value === 'number' && value > 0, use: 'a number above 0' },
  seed: { isRight: Number.isSafeInteger, use: 'a whole number' },
  pairs: { isRight: isAtLeast(0), use: 'a whole number from 0' },
  faults: {
    isRight: value => Array.isArray(value) && value.every(kind => faultKinds.includes(kind as FaultKind)),
    use: `a list of ${faultKinds.join(', ')}`,
  },
  name: { isRight: value => typeof value === 'string' && value !== '', use: 'a text' },
  invariants: {
    isRight: value => Array.isArray(value) && value.every(isInvariant),
    use: "a list of what always, eventually, once(…).per('key'), leadsTo and noDeadLetters return",
  },
  end: { isRight: isFunction, use: 'a function of the runtime' },
  onProgress: { isRight: isFunction, use: 'a function' },
  coverage: { isRight: value => value instanceof Coverage, use: 'what measureCoverage returned' },
  seedsFile: { isRight: value => value === false || typeof value === 'string', use: 'a path, or false' },
  explore: { isRight: value => value === 'every-commit', use: "'every-commit'" },
};

function refuse(problem: string, instead: string): TroupeError {
  return new TroupeError('invalid-options', `${problem}. Use ${instead}.`);
}
