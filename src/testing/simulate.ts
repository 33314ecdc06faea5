// simulate: plays a scenario on many seeds, each with its own interleaving and faults, and names the run that breaks.
import type { App } from '../app.ts';
import { TroupeError } from '../runtime/errors.ts';
import type { Json } from '../runtime/message/json.ts';
import { toMs, type Duration } from '../runtime/message/duration.ts';
import { Fingerprint } from '../runtime/platform/fingerprint.ts';
import type { Moment } from '../runtime/platform/iso-time.ts';
import { systemPlatform } from '../runtime/platform/system-platform.ts';
import { DEFAULT_START, toStart } from './test-options.ts';
import { everyCrash, pairsOfCrashes } from './exploration.ts';
import { faultKinds, formatFault, type Fault, type FaultKind } from './faults.ts';
import type { Invariant } from './invariants.ts';
import { formatRerun, keepRerun, parseRerun, readReruns, type Rerun } from './seeds-file.ts';
import { shrink } from './shrink.ts';
import { playRun, type RunOptions, type RunResult, type Scenario } from './simulated-run.ts';
import { Tally, type SimulationReport } from './tally.ts';
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
  /** How much virtual time may pass. Default 30 days. */
  readonly horizon?: Duration | undefined;
  /** Virtual time at the start. Default 2026-01-01T00:00:00Z. */
  readonly now?: Moment | undefined;
  /** Where failing runs are kept, to be run first. Default `troupe-seeds.json`; false: nowhere. */
  readonly seedsFile?: string | false | undefined;
  readonly onProgress?: ((progress: SimulationProgress) => void) | undefined;
}

/** A run of a simulation has broken an invariant. */
export class SimulationFailedError extends TroupeError {
  override readonly name: string = 'SimulationFailedError';
  readonly seed: number;
  /** Those that are needed, `crash-after-commit#17`. */
  readonly faults: readonly string[];
  readonly invariant: string;
  /** What to run to see it again. */
  readonly rerun: string;

  constructor(name: string, { seed, faults, problem, timeline }: RunResult, drawn: number) {
    const list = faults.map(fault => formatFault(fault));
    const rerun = `TROUPE_SEED='${name}@${formatRerun({ seed, faults })}' ${commandLine()}`;
    const needed = list.length === 0 ? 'none is needed: the interleaving does it' : list.join(', ');
    super(
      'simulation-failed',
      `${name} fails at seed ${seed}: ${problem?.invariant ?? ''}: ${problem?.problem ?? ''}\n` +
        `faults (${list.length} of ${drawn}): ${needed}\nrun it again: ${rerun}\n\n${timeline}`,
    );
    this.seed = seed;
    this.faults = list;
    this.invariant = problem?.invariant ?? '';
    this.rerun = rerun;
  }
}

const DEFAULT_SEEDS = 100;
const DEFAULT_HORIZON = '30d';
const DEFAULT_FILE = 'troupe-seeds.json';
const TWICE_EVERY = 100;
/** With so many runs a kind of fault that never struck means that it cannot. */
const ENOUGH_RUNS = 500;

/**
 * Plays a scenario once per seed. The seed decides the interleaving of addresses and tasks, how long things take, and
 * which faults strike when (FoundationDB's simulation, TigerBeetle's VOPR); when the scenario is over faults end, and
 * everything must come to rest.
 *
 * @example
 * ```ts
 * await simulate(app, async ({ client }) => {
 *   await client.publish(OrderPlaced, { orderId: '1', cents: 4200 });
 * }, { seeds: 500, invariants: [once(PaymentCharged).per('key')] });
 * ```
 *
 * @throws SimulationFailedError `simulation-failed`, with the seed, the faults that are needed, and a timeline
 * @throws TroupeError `invalid-options`
 */
export async function simulate(
  app: App | (() => App),
  scenario: Scenario,
  options: SimulateOptions = {},
): Promise<SimulationReport> {
  return new Simulation(app, scenario, options).run();
}

class Simulation {
  readonly #options: SimulateOptions;
  readonly #name: string;
  readonly #tally = new Tally();
  readonly #fingerprint = new Fingerprint();
  readonly #startedMs = systemPlatform.monotonicMs();
  readonly #file: string | undefined;
  readonly #runOptions: (seed: number, planned?: readonly Fault[]) => RunOptions;

  constructor(app: App | (() => App), scenario: Scenario, options: SimulateOptions) {
    checkOptions(options);
    const { name = 'simulation', faults = faultKinds, invariants = [], now = DEFAULT_START, end } = options;
    const horizonMs = toMs(options.horizon ?? DEFAULT_HORIZON, 'horizon');
    this.#options = options;
    this.#name = name;
    this.#file = options.seedsFile === false ? undefined : (options.seedsFile ?? DEFAULT_FILE);
    this.#runOptions = (seed, planned) => ({
      app: typeof app === 'function' ? app() : app,
      scenario,
      seed,
      kinds: faults,
      planned,
      invariants,
      startMs: toStart(now),
      horizonMs,
      end,
    });
  }

  async run(): Promise<SimulationReport> {
    const asked = askedFor(this.#name);
    if (asked === 'another') return this.#report();
    if (asked) await this.#play(asked);
    else {
      for (const rerun of this.#file === undefined ? [] : readReruns(this.#file, this.#name)) await this.#play(rerun);
      await (this.#options.explore ? this.#explore() : this.#sample());
    }
    return this.#report();
  }

  async #sample(): Promise<void> {
    const { seed: first = 1, seconds, faults = faultKinds } = this.#options;
    const seeds = this.#options.seeds ?? (seconds === undefined ? DEFAULT_SEEDS : Infinity);
    for (let done = 0; done < seeds && this.#seconds < (seconds ?? Infinity); done++) {
      await this.#play({ seed: first + done, faults: undefined }, done % TWICE_EVERY === 0);
      this.#options.onProgress?.({ done: done + 1, total: seeds === Infinity ? undefined : seeds });
    }
    const missed = this.#tally.missed(faults);
    if (this.#tally.runs < ENOUGH_RUNS || missed.length === 0) return;
    const problem = `In ${this.#tally.runs} runs of ${this.#name} these faults never struck: ${missed.join(', ')}.`;
    throw new TroupeError('simulation-failed', `${problem} Make the scenario longer, or leave them out of faults.`);
  }

  async #explore(): Promise<void> {
    const { seed = 1, pairs = 0, onProgress } = this.#options;
    const base = await this.#play({ seed, faults: [] }, true);
    const plans = [...everyCrash(base), ...pairsOfCrashes(base, pairs)];
    for (const [index, faults] of plans.entries()) {
      const { end } = await this.#play({ seed, faults });
      if (end !== base.end) this.#differ({ seed, faults, end, without: base.end });
      onProgress?.({ done: index + 1, total: plans.length });
    }
  }

  async #play({ seed, faults }: Rerun, isDouble: boolean = false): Promise<RunResult> {
    const options = this.#runOptions(seed, faults);
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

  #differ({ seed, faults, end, without }: Rerun & { readonly end: string; readonly without: string }): never {
    const problem = { invariant: 'the same end with a crash', problem: `it is ${end}, without a crash ${without}` };
    const result = { seed, faults: faults ?? [], problem, timeline: '' } as unknown as RunResult;
    throw this.#kept(result, result.faults.length);
  }

  #kept(result: RunResult, drawn: number): SimulationFailedError {
    if (this.#file !== undefined) keepRerun(this.#file, this.#name, { seed: result.seed, faults: result.faults });
    return new SimulationFailedError(this.#name, result, drawn);
  }

  get #seconds(): number {
    return (systemPlatform.monotonicMs() - this.#startedMs) / 1000;
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
function askedFor(name: string): Rerun | 'another' | undefined {
  const text = process.env['TROUPE_SEED'];
  if (text === undefined || text === '') return undefined;
  const at = text.lastIndexOf('@');
  if (at >= 0 && text.slice(0, at) !== name) return 'another';
  return parseRerun(text.slice(at + 1));
}

/** What started this process, as it may be typed again. */
function commandLine(): string {
  if (process.env['VITEST'] !== undefined) return 'npx vitest run';
  const { npm_lifecycle_event: script } = process.env;
  if (script !== undefined && script !== 'npx') return `npm run ${script}`;
  return ['node', ...process.execArgv, ...process.argv.slice(1)].join(' ');
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
  now: true,
  seedsFile: true,
  onProgress: true,
};

function checkOptions(options: SimulateOptions): void {
  for (const option of Object.keys(options)) {
    if (!(option in OPTIONS)) throw refuse(`simulate has no option '${option}'`, Object.keys(OPTIONS).join(', '));
  }
  const { seeds = 1, seconds = 1, seed = 1, pairs = 0, faults = [], explore } = options;
  if (!Number.isInteger(seeds) || seeds < 1) throw refuse(`seeds is ${seeds}`, 'a whole number from 1');
  if (!(seconds > 0)) throw refuse(`seconds is ${seconds}`, 'a number above 0');
  if (!Number.isSafeInteger(seed)) throw refuse(`seed is ${seed}`, 'a whole number');
  if (!Number.isInteger(pairs) || pairs < 0) throw refuse(`pairs is ${pairs}`, 'a whole number from 0');
  const unknown = faults.find(kind => !faultKinds.includes(kind));
  if (unknown !== undefined) throw refuse(`There is no fault '${String(unknown)}'`, faultKinds.join(', '));
  if (explore !== undefined && explore !== 'every-commit') {
    throw refuse(`explore is '${String(explore)}'`, "'every-commit'");
  }
}

function refuse(problem: string, instead: string): TroupeError {
  return new TroupeError('invalid-options', `${problem}. Use ${instead}.`);
}
