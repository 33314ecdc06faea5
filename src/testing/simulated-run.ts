// One simulated run: a scenario on one seed, with faults while it lasts, and everything that must hold in it.
import { Digest } from '../runtime/platform/digest.ts';
import type { Receipt } from '../runtime/ingress.ts';
import { nextMacrotask } from '../runtime/platform/macrotask.ts';
import type { Audited } from './audit.ts';
import { Books } from './books.ts';
import { awaitsSchedulesOnly } from './balance.ts';
import { Client } from './client.ts';
import { drawTurns, testOptions } from './create-test-runtime.ts';
import { Disturbances } from './disturbances.ts';
import { Faults, formatFault } from './faults.ts';
import { Journal } from './journal.ts';
import { Delays, failWithIoError, meddleWithCommits, meddleWithHandlers } from './meddling.ts';
import type { Commit, CommitObserver } from './observer.ts';
import { Rig } from './rig.ts';
import { drawBelow, randomStream, type Random } from './seeded-random.ts';
import type { Problem, RunOptions, RunResult } from './run-options.ts';
import { atHorizon, drawTimeline, textOf, toComparable, withoutStacks } from './run-text.ts';
import { ShuffledQueue } from './shuffled-queue.ts';
import { TestRuntime } from './test-runtime.ts';
import { UserChecks } from './user-checks.ts';
import { VirtualMachine } from './virtual-machine.ts';

const MOST_STEPS = 200_000;
/** An audit reads the whole log, so a long run has them now and then only. */
const AUDITED_COMMITS = 500;
const AUDITED_PART = 0.05;
const REHYDRATED_PART = 0.25;
/** A scenario that has not gone on after so many macrotasks waits for the real world. */
const SPINS_OF_A_SCENARIO = 32;

/** Plays one run to its end. */
export async function playRun(options: RunOptions): Promise<RunResult> {
  const run = new SimulatedRun(options);
  return run.play();
}

class SimulatedRun implements CommitObserver {
  readonly #options: RunOptions;
  readonly #faults: Faults;
  readonly #schedule: Random;
  readonly #audits: Random;
  readonly #machine: VirtualMachine;
  readonly #rig: Rig;
  readonly #books: Books;
  readonly #disturbances: Disturbances;
  readonly #journal = new Journal();
  readonly #fingerprint = new Digest();
  readonly #checks: UserChecks;
  #problem: Problem | undefined = undefined;
  readonly #failed: Promise<void>;
  #end: () => void = () => {};
  #commits = 0;
  #turns = 0;
  #steps = 0;
  #lookedAt = 0;
  #auditedAt = 0;
  #runtime: TestRuntime | undefined = undefined;

  constructor(options: RunOptions) {
    const { app, seed, kinds, planned, startMs, invariants, observer } = options;
    this.#options = options;
    this.#failed = new Promise(resolve => (this.#end = resolve));
    this.#faults = new Faults(seed, kinds, planned);
    this.#schedule = randomStream(seed, 'schedule');
    this.#audits = randomStream(seed, 'audits');
    this.#machine = new VirtualMachine({ seed, startMs, pick: count => drawBelow(this.#schedule, count) });
    this.#books = new Books(problem => this.#fail(problem));
    this.#checks = new UserChecks(invariants, problem => this.#fail(problem));
    this.#rig = new Rig({
      app: typeof app === 'function' ? app() : app,
      machine: this.#machine,
      runtime: { ...testOptions(), limits: options.limits },
      database: ':memory:',
      turnsPerDrain: drawTurns(seed),
      makeQueue: () => new ShuffledQueue(this.#schedule),
      alwaysRehydrate: this.#schedule() < REHYDRATED_PART,
      observers: [this.#books, this.#journal, this, ...(observer ? [observer] : [])],
    });
    this.#disturbances = new Disturbances(this.#faults, this.#rig, this.#schedule);
    this.#meddle();
  }

  #meddle(): void {
    const rig = this.#rig;
    const gate = meddleWithCommits(this.#faults, rig, { lastWords: count => (rig.lastWords = count) });
    rig.gate = failWithIoError(this.#faults, gate, () => rig.isOpening);
    rig.interference.meddler = meddleWithHandlers(this.#faults);
    rig.interference.onAttempt = (messageId, type) => this.#books.attempted(messageId, type);
    rig.onStep = () => this.#look();
    new Delays(this.#faults, rig).begin();
  }

  async play(): Promise<RunResult> {
    const rig = this.#rig;
    await rig.start();
    const runtime = new TestRuntime({ rig, journal: this.#journal, seed: this.#options.seed, settles: false });
    this.#runtime = runtime;
    const forget = rig.onDied;
    rig.onDied = () => {
      forget();
      rig.lastWords = Infinity;
      this.#machine.pass(this.#disturbances.downtimeMs());
    };
    try {
      // On a machine that is halted what was waited for may never come.
      await Promise.race([this.#liveToTheEnd(runtime), this.#failed]);
      await this.#machine.settle();
    } catch (error) {
      // A start that throws, of the app's own code mostly: it must work however often a process dies.
      this.#fail({ invariant: 'the run goes on', problem: textOf(error) });
    }
    const timeline = this.#problem ? drawTimeline(runtime) : '';
    const end = this.#problem || !this.#options.end ? '' : toComparable(this.#options.end(runtime));
    const faults = this.#faults.struck.map(fault => formatFault(fault));
    this.#fingerprint.add(JSON.stringify([faults, this.#problem?.invariant, end, this.#machine.monotonicMs]));
    this.#machine.halt();
    rig.close();
    return {
      seed: this.#options.seed,
      fingerprint: this.#fingerprint.toString(),
      faults: this.#faults.struck,
      opportunities: this.#faults.opportunities,
      checked: this.#books.checked,
      commits: this.#commits,
      turns: this.#turns,
      problem: this.#problem,
      uncontrolled: rig.uncontrolled,
      end,
      timeline,
    };
  }

  committed(commit: Commit): void {
    const { batch } = commit;
    this.#commits += 1;
    this.#turns += batch.turns.length;
    this.#fingerprint.add(JSON.stringify(batch, withoutStacks));
    this.#checks.committed(commit);
  }

  async #liveToTheEnd(runtime: TestRuntime): Promise<void> {
    await this.#liveThrough(runtime);
    if (!this.#problem) await this.#comeToRest(runtime);
  }

  /** The scenario with faults, until its clients are done and nothing is armed any more. */
  async #liveThrough(runtime: TestRuntime): Promise<void> {
    const state = { isOver: false };
    this.#begin(runtime).then(
      () => (state.isOver = true),
      (error: unknown) => {
        state.isOver = true;
        this.#fail({ invariant: 'the scenario ends', problem: textOf(error) });
      },
    );
    const until = this.#machine.monotonicMs + this.#options.horizonMs;
    for (;;) {
      await this.#settle();
      if (this.#problem) return;
      if (this.#commits < AUDITED_COMMITS || this.#audits() < AUDITED_PART) this.#audit();
      await this.#disturbances.strike(runtime);
      if (state.isOver && this.#isBarren) break;
      if (await this.#machine.ringNext(until)) continue;
      if (state.isOver || !(await this.#goesOn(state, until))) break;
    }
    if (!state.isOver) this.#fail({ invariant: 'the scenario ends', problem: this.#whyItWaits() });
  }

  /** A scenario that replaces its process, or lets time pass itself, goes on some macrotasks later. */
  async #goesOn(state: { readonly isOver: boolean }, until: number): Promise<boolean> {
    for (let spins = 0; spins < SPINS_OF_A_SCENARIO; spins++) {
      await nextMacrotask();
      if (state.isOver || (this.#machine.nextAlarmMs ?? Infinity) <= until) return true;
    }
    return false;
  }

  #whyItWaits(): string {
    if (this.#machine.nextAlarmMs === undefined) {
      return 'A client of the scenario waits, and nothing is armed. Await only what client and runtime return.';
    }
    return `A client of the scenario still waits after ${this.#options.horizonMs} ms, the horizon. Raise horizon.`;
  }

  async #begin(runtime: TestRuntime): Promise<unknown> {
    const { scenario, seed } = this.#options;
    return scenario({ client: this.#makeClient(runtime), runtime, random: randomStream(seed, 'scenario') });
  }

  /** Liveness: with faults over everything comes to rest, and another process finds it so. */
  async #comeToRest(runtime: TestRuntime): Promise<void> {
    this.#faults.enabled = false;
    this.#rig.withheld.clear();
    this.#rig.releaseWithheld();
    await this.#runOut();
    if (this.#problem) return;
    this.#books.rest(this.#audited);
    if (this.#problem) return;
    this.#rig.kill();
    await this.#rig.revive();
    await this.#runOut();
    if (this.#problem) return;
    this.#books.finish(this.#audited);
    this.#checks.end(runtime);
    if (this.#problem) this.#problem = atHorizon(this.#problem, runtime.timers()[0]);
  }

  async #runOut(): Promise<void> {
    const until = this.#machine.monotonicMs + this.#options.horizonMs;
    await this.#settle();
    while (!this.#problem && !this.#isBarren && (await this.#machine.ringNext(until))) await this.#settle();
  }

  /** Whether nothing but slots of schedules is to come: a scenario that wants them sleeps until then. */
  get #isBarren(): boolean {
    return this.#rig.isServing && awaitsSchedulesOnly(this.#audited);
  }

  async #settle(): Promise<void> {
    await this.#machine.settle();
    // A process that replaces one which has stopped itself may do the same before it comes to rest.
    do {
      await this.#rig.revive();
      await this.#rig.settle();
    } while (this.#rig.hasFailed);
  }

  /** What the process has in memory is what is on disk: the faults of this run must not have come between them. */
  #audit(): void {
    if (this.#rig.current.kernel.scheduler.state !== 'running' || this.#auditedAt === this.#commits) return;
    this.#auditedAt = this.#commits;
    this.#books.audit(this.#audited);
  }

  get #audited(): Audited {
    const { current, withheld } = this.#rig;
    return { kernel: current.kernel, store: current.store, from: 1, withheld: withheld.ids };
  }

  #makeClient(bus: TestRuntime): Client {
    return new Client({
      bus,
      random: randomStream(this.#options.seed, 'client'),
      sleep: ms => new Promise(resolve => this.#rig.later(ms, () => resolve())),
      repeats: () => this.#faults.strikes('duplicate') !== undefined,
      acknowledged: (key: string, receipt: Receipt | undefined) => {
        if (receipt?.position !== 0) this.#books.acknowledged(key);
        const outcome = receipt ? undefined : this.#rig.outcomeOf(key);
        if (outcome !== undefined) this.#books.replied(key, outcome);
      },
      repeated: (key, first, second) => this.#books.repeated(key, first, second),
      asks: asked => this.#checks.asks(asked),
    });
  }

  /** After every macrotask. */
  #look(): void {
    this.#steps += 1;
    if (this.#steps > MOST_STEPS) {
      this.#fail({ invariant: 'nothing stuck', problem: `The run does not come to rest in ${MOST_STEPS} steps.` });
    }
    if (this.#lookedAt !== this.#commits && this.#runtime && this.#rig.isServing) this.#check(this.#runtime);
    if (this.#faults.strikes('crash-between-turns')) this.#rig.kill();
  }

  /** Who looks may write a transaction, which no fault strikes. */
  #check(runtime: TestRuntime): void {
    const { enabled } = this.#faults;
    this.#faults.enabled = false;
    this.#checks.step(runtime);
    this.#faults.enabled = enabled;
    this.#lookedAt = this.#commits;
  }

  #fail(problem: Problem): void {
    this.#problem ??= problem;
    this.#machine.halt();
    this.#end();
  }
}
