// simulateCommand: plays the simulations of a project from a command line, on several cores, and sums them up.
import { availableParallelism } from 'node:os';
import type { App } from '../app.ts';
import { TroupeError } from '../runtime/errors.ts';
import { realMs } from '../runtime/platform/real-time.ts';
import { parseCommandLine, usage, type CommandLine } from './simulate-command-line.ts';
import { isJob, serveParent, startJob, type Job, type Part, type Play } from './simulate-jobs.ts';
import type { SimulateOptions } from './simulate-options.ts';
import { blindSpots, formatSummary, ProgressBar } from './simulate-summary.ts';
import type { Scenario } from './run-options.ts';
import { askedRun, DEFAULT_FILE, SimulationPlay } from './simulation-play.ts';
import { readReruns } from './seeds-file.ts';
import { addReports, type SimulationReport } from './tally.ts';

/** One simulation of a project. */
export interface Simulation {
  /** Names it on the command line, in reports and in `TROUPE_SEED`. */
  readonly name: string;
  /** A function makes it anew for each run. */
  readonly app: App | (() => App);
  readonly scenario: Scenario;
  /** Without what the command line decides, and what one process only would note. */
  readonly options?:
    | Omit<SimulateOptions, 'name' | 'seeds' | 'seconds' | 'seed' | 'explore' | 'seedsFile' | 'coverage' | 'onProgress'>
    | undefined;
}

/** Where text goes. */
export interface Writable {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** Options of `simulateCommand`. */
export interface SimulateCommandOptions {
  /** What was typed behind the program: `process.argv.slice(2)`. */
  readonly argv: readonly string[];
  readonly stdout: Writable;
  /** Where failing runs are kept, to be run first. Default `troupe-seeds.json`; false: nowhere. */
  readonly seedsFile?: string | false | undefined;
  /** The program a job runs: the one that calls this. Default `process.argv[1]`. */
  readonly program?: string | undefined;
}

const DEFAULT_SEEDS = 1_000;
const MOST_JOBS = 4;
/** Fixed, so that what is played, and its fingerprint, do not depend on the number of jobs. */
const SEEDS_OF_A_PART = 100;

/**
 * Plays simulations as a program of their own: `--seeds 2000 --jobs 4`. Resolves with the exit code: 1 where a run has
 * failed, or where in at least 500 runs a kind of fault has never struck or a built-in invariant was never looked at.
 *
 * @example
 * ```ts
 * const simulations = [{ name: 'checkout', app, scenario, options: { invariants: [noDeadLetters()] } }];
 * process.exitCode = await simulateCommand(simulations, { argv: process.argv.slice(2), stdout: process.stdout });
 * ```
 */
export async function simulateCommand(
  simulations: readonly Simulation[],
  options: SimulateCommandOptions,
): Promise<number> {
  const { stdout, argv } = options;
  if (isJob()) return serveParent(playerOf(simulations, options));
  try {
    const line = parseCommandLine(argv);
    if (line.help) {
      stdout.write(usage(simulations.map(({ name }) => name)));
      return 0;
    }
    return await new Command(simulations, line, options).run();
  } catch (error) {
    if (!(error instanceof TroupeError)) throw error;
    stdout.write(`${error.message}\n`);
    return 1;
  }
}

/** Plays a part in this process. */
function playerOf(simulations: readonly Simulation[], { seedsFile }: SimulateCommandOptions): Play {
  return async ({ simulation, what, first, seeds }, onRuns) => {
    const found = simulations.find(({ name }) => name === simulation);
    if (!found) throw new TroupeError('not-found', `There is no simulation ${simulation}.`);
    const { name, app, scenario, options = {} } = found;
    const onProgress = ({ done }: { readonly done: number }): void => onRuns(done);
    const play = new SimulationPlay(app, scenario, { ...options, name, seedsFile, seed: first, onProgress });
    if (what === 'seeds') return play.playSeeds(first, seeds);
    if (what === 'crashes') return play.playCrashes();
    return (what === 'asked' ? await play.playAsked() : undefined) ?? play.playKept();
  };
}

class Command {
  readonly #simulations: readonly Simulation[];
  readonly #line: CommandLine;
  readonly #options: SimulateCommandOptions;
  readonly #startedMs = realMs();
  readonly #reports: SimulationReport[] = [];
  readonly #bar: ProgressBar;

  constructor(all: readonly Simulation[], line: CommandLine, options: SimulateCommandOptions) {
    const { only } = line;
    this.#simulations = only === undefined ? all : all.filter(({ name }) => name === only);
    if (this.#simulations.length === 0) {
      const names = all.map(({ name }) => name).join(', ');
      throw new TroupeError('invalid-options', `There is no simulation '${only ?? ''}'. Use ${names}.`);
    }
    this.#line = line;
    this.#options = options;
    this.#bar = new ProgressBar(options.stdout, this.#runs);
  }

  async run(): Promise<number> {
    try {
      await this.#playAll();
    } catch (error) {
      if (!(error instanceof TroupeError)) throw error;
      this.#bar.end();
      this.#print(error.message);
      return 1;
    }
    this.#bar.end();
    const problem = this.#isWhole ? blindSpots(this.#sum(), this.#faults) : undefined;
    this.#print(problem);
    return problem === undefined ? 0 : 1;
  }

  /** How many runs are to be made, where that is known. */
  get #runs(): number | undefined {
    const { seeds, seconds, explore } = this.#line;
    if (explore || asksForOne()) return undefined;
    return seeds ?? (seconds === undefined ? DEFAULT_SEEDS : undefined);
  }

  /** One simulation alone may have no place for some fault, and an exploration strikes with crashes only. */
  get #isWhole(): boolean {
    return this.#line.only === undefined && !this.#line.explore && !asksForOne();
  }

  get #faults(): ReadonlySet<string> | undefined {
    const lists = this.#simulations.map(({ options }) => options?.faults);
    return lists.includes(undefined) ? undefined : new Set(lists.flatMap(list => list ?? []));
  }

  async #playAll(): Promise<void> {
    const parts = this.#parts();
    const jobs = this.#startJobs();
    const end = (): Promise<unknown> => Promise.all(jobs.map(job => job.end()));
    const onSignal = (signal: NodeJS.Signals): void => {
      void end().then(() => process.kill(process.pid, signal));
    };
    const signals = jobs.length > 1 ? (['SIGINT', 'SIGTERM'] as const) : [];
    for (const signal of signals) process.once(signal, onSignal);
    let index = 0;
    try {
      await Promise.all(
        jobs.map(async (job, at) => {
          for (let next = parts.next(); next.done !== true; next = parts.next()) {
            const place = index++;
            this.#reports[place] = await job.play(next.value, runs => this.#bar.show(at, runs));
            this.#bar.add(at, this.#reports[place].runs);
          }
        }),
      );
    } finally {
      await end();
      for (const signal of signals) process.off(signal, onSignal);
    }
  }

  #startJobs(): readonly Job[] {
    const { jobs = Math.min(availableParallelism(), MOST_JOBS) } = this.#line;
    if (jobs === 1 || asksForOne()) {
      return [{ play: playerOf(this.#simulations, this.#options), end: () => Promise.resolve() }];
    }
    const program = this.#options.program ?? process.argv[1] ?? '';
    return Array.from({ length: jobs }, () => startJob(program));
  }

  /** What failed before comes first; then every simulation in turn. */
  *#parts(): Generator<Part, undefined> {
    const { explore, seed: start = 1 } = this.#line;
    const names = this.#simulations.map(({ name }) => name);
    if (asksForOne()) {
      const asked = names.find(name => askedRun(name) !== 'another');
      if (asked === undefined) throw new TroupeError('not-found', 'TROUPE_SEED names none of these simulations.');
      yield { simulation: asked, what: 'asked', first: start, seeds: 1 };
      return undefined;
    }
    const { seedsFile = DEFAULT_FILE } = this.#options;
    for (const simulation of names) {
      const isKept = seedsFile !== false && readReruns(seedsFile, simulation).length > 0;
      if (isKept) yield { simulation, what: 'kept', first: start, seeds: 0 };
    }
    if (explore) {
      for (const simulation of names) yield { simulation, what: 'crashes', first: start, seeds: 0 };
      return undefined;
    }
    yield* this.#seedParts(names);
    return undefined;
  }

  *#seedParts(names: readonly string[]): Generator<Part, undefined> {
    const { seed: start = 1, seconds = Infinity } = this.#line;
    const each = Math.ceil((this.#runs ?? Infinity) / names.length);
    for (let done = 0; done < each; done += SEEDS_OF_A_PART) {
      for (const simulation of names) {
        if (done > 0 && this.#seconds > seconds) return undefined;
        yield { simulation, what: 'seeds', first: start + done, seeds: Math.min(SEEDS_OF_A_PART, each - done) };
      }
    }
    return undefined;
  }

  get #seconds(): number {
    return (realMs() - this.#startedMs) / 1000;
  }

  #sum(): SimulationReport {
    return { ...addReports('all', this.#done), seconds: this.#seconds };
  }

  /** A part that was cut short has no report. */
  get #done(): readonly SimulationReport[] {
    return this.#reports.filter(report => report !== undefined);
  }

  #print(problem: string | undefined): void {
    const each = this.#simulations.map(({ name }) =>
      addReports(
        name,
        this.#done.filter(one => one.name === name),
      ),
    );
    const all = this.#sum();
    const text = this.#line.json
      ? JSON.stringify({ ok: problem === undefined, problem, seedsPerSecond: all.runs / all.seconds, all, each })
      : formatSummary(all, each, problem);
    this.#options.stdout.write(`${text}\n`);
  }
}

function asksForOne(): boolean {
  return (process.env['TROUPE_SEED'] ?? '') !== '';
}
