// One simulation at work: plays its runs, tallies them, and fails at the first that breaks an invariant.
import type { App } from '../app.ts';
import { TroupeError } from '../runtime/errors.ts';
import { toMs } from '../runtime/message/duration.ts';
import { Digest } from '../runtime/platform/digest.ts';
import { realMs } from '../runtime/platform/real-time.ts';
import { DEFAULT_START, toStart } from './test-options.ts';
import { everyCrash, pairsOfCrashes } from './exploration.ts';
import { faultKinds, type Fault } from './faults.ts';
import { eventually, type Invariant } from './invariants.ts';
import { keepRerun, parseRerun, readReruns, type Rerun } from './seeds-file.ts';
import { shrink } from './shrink.ts';
import { checkOptions, type SimulateOptions } from './simulate-options.ts';
import { toComparable } from './run-text.ts';
import type { RunOptions, RunResult, Scenario } from './run-options.ts';
import { playRun } from './simulated-run.ts';
import type { TestRuntime } from './test-runtime.ts';
import { SimulationFailedError } from './simulation-failed-error.ts';
import { ENOUGH_RUNS, Tally, type SimulationReport } from './tally.ts';

const DEFAULT_SEEDS = 100;
const DEFAULT_HORIZON = '30d';
/** Where failing runs are kept. */
export const DEFAULT_FILE = 'troupe-seeds.json';
const TWICE_EVERY = 100;

interface PlayOptions {
  /** Whether it is played again, to see that it is the same. */
  readonly isDouble?: boolean;
  readonly invariants?: readonly Invariant[];
}

export class SimulationPlay {
  readonly #options: SimulateOptions;
  readonly #name: string;
  readonly #tally = new Tally();
  readonly #fingerprint = new Digest();
  readonly #startedMs = realMs();
  readonly #file: string | undefined;
  readonly #runOptions: (seed: number, planned?: readonly Fault[]) => RunOptions;

  constructor(app: App | (() => App), scenario: Scenario, options: SimulateOptions) {
    checkOptions(options);
    if (typeof scenario !== 'function') {
      throw new TroupeError('invalid-options', 'simulate got no scenario. Pass an async function of { client }.');
    }
    const { name = 'simulation', faults = faultKinds, invariants = [], now = DEFAULT_START, end, coverage } = options;
    const horizonMs = toMs(options.horizon ?? DEFAULT_HORIZON, 'horizon');
    this.#options = options;
    this.#name = name;
    this.#file = options.seedsFile === false ? undefined : (options.seedsFile ?? DEFAULT_FILE);
    this.#runOptions = (seed, planned) => ({
      app,
      scenario,
      seed,
      kinds: faults,
      planned,
      invariants,
      startMs: toStart(now),
      horizonMs,
      limits: options.limits,
      observer: coverage,
      end,
    });
  }

  /** Everything: what the environment asks for, or what has failed before and then what the options say. */
  async run(): Promise<SimulationReport> {
    const asked = await this.playAsked();
    if (asked) return asked;
    await this.playKept();
    if (this.#options.explore) return this.playCrashes();
    const { seed: first = 1, seconds, faults = faultKinds } = this.#options;
    const report = await this.playSeeds(
      first,
      this.#options.seeds ?? (seconds === undefined ? DEFAULT_SEEDS : Infinity),
    );
    const missed = this.#tally.missed(faults);
    if (this.#tally.runs < ENOUGH_RUNS || missed.length === 0) return report;
    const problem = `In ${this.#tally.runs} runs of ${this.#name} these faults never struck: ${missed.join(', ')}.`;
    throw new TroupeError('simulation-failed', `${problem} Make the scenario longer, or leave them out of faults.`);
  }

  /** The run `TROUPE_SEED` asks for; a report of nothing where it asks for another simulation. */
  async playAsked(): Promise<SimulationReport | undefined> {
    const asked = askedRun(this.#name);
    if (!asked) return undefined;
    if (asked !== 'another') await this.#playAgain(asked);
    return this.#report();
  }

  /** The runs that have failed before. */
  async playKept(): Promise<SimulationReport> {
    for (const rerun of this.#file === undefined ? [] : readReruns(this.#file, this.#name)) {
      await this.#playAgain(rerun);
    }
    return this.#report();
  }

  /** So many seeds from this one, as far as time allows; one in a hundred twice. */
  async playSeeds(first: number, seeds: number): Promise<SimulationReport> {
    const { seconds = Infinity, onProgress } = this.#options;
    for (let done = 0; done < seeds && this.#seconds < seconds; done++) {
      await this.#play({ seed: first + done, faults: undefined }, { isDouble: done % TWICE_EVERY === 0 });
      onProgress?.({ done: done + 1, total: seeds === Infinity ? undefined : seeds });
    }
    return this.#report();
  }

  /** One run for every point at which the process can die. */
  async playCrashes(): Promise<SimulationReport> {
    const { seed = 1, pairs = 0, onProgress } = this.#options;
    const base = await this.#play({ seed, faults: [] }, { isDouble: true });
    const invariants = this.#endsLike(base);
    const plans = [...everyCrash(base), ...pairsOfCrashes(base, pairs)];
    for (const [index, faults] of plans.entries()) {
      await this.#play({ seed, faults }, { invariants });
      onProgress?.({ done: index + 1, total: plans.length });
    }
    return this.#report();
  }

  /** A run that is known; what an exploration has found is held to the end without a crash again. */
  async #playAgain(rerun: Rerun): Promise<void> {
    const { explore, end } = this.#options;
    const isExplored = explore && end && rerun.faults;
    const invariants = isExplored ? this.#endsLike(await playRun(this.#runOptions(rerun.seed, []))) : [];
    await this.#play(rerun, { invariants });
  }

  #endsLike(base: RunResult): readonly Invariant[] {
    const { end } = this.#options;
    if (!end) return [];
    const compare = (runtime: TestRuntime): void => {
      const text = toComparable(end(runtime));
      if (text !== base.end) throw new Error(`it is ${text}, without a crash ${base.end}`);
    };
    return [{ ...eventually('', compare), name: 'the same end with a crash' }];
  }

  async #play({ seed, faults }: Rerun, { isDouble = false, invariants = [] }: PlayOptions = {}): Promise<RunResult> {
    const usual = this.#runOptions(seed, faults);
    const options = { ...usual, invariants: [...usual.invariants, ...invariants] };
    const result = await playRun(options);
    this.#tally.add(result);
    this.#fingerprint.add(result.fingerprint);
    if (result.problem) await this.#fail(options, result);
    if (!isDouble || result.uncontrolled.length > 0) return result;
    const again = await playRun(this.#runOptions(seed, faults));
    this.#tally.twice += 1;
    if (again.fingerprint === result.fingerprint) return result;
    throw new TroupeError(
      'simulation-failed',
      `Seed ${seed} of ${this.#name} is not the same run twice (${result.fingerprint}, ${again.fingerprint}). Take ` +
        'time, randomness and ids from ctx, and make the app anew for each run: simulate(() => makeApp(), …).',
    );
  }

  async #fail(options: RunOptions, result: RunResult): Promise<never> {
    const smallest = await shrink(options, result);
    throw this.#kept(smallest, result.faults.length);
  }

  #kept(result: RunResult, drawn: number): SimulationFailedError {
    if (this.#file !== undefined) keepRerun(this.#file, this.#name, { seed: result.seed, faults: result.faults });
    return new SimulationFailedError(this.#name, result, drawn);
  }

  get #seconds(): number {
    return (realMs() - this.#startedMs) / 1000;
  }

  #report(): SimulationReport {
    return this.#tally.report({
      name: this.#name,
      seconds: this.#seconds,
      fingerprint: this.#fingerprint.toString(),
    });
  }
}

/** The run that the environment asks for: `TROUPE_SEED='name@17:restart#1'`. */
export function askedRun(name: string): Rerun | 'another' | undefined {
  const text = process.env['TROUPE_SEED'];
  if (text === undefined || text === '') return undefined;
  const at = text.lastIndexOf('@');
  if (at >= 0 && text.slice(0, at) !== name) return 'another';
  return parseRerun(text.slice(at + 1));
}
