// Rig: one app on one virtual machine; opens its processes one after the other, kills them, and tells what they commit.
import type { App } from '../app.ts';
import { compile, restoreSagas } from '../create-runtime.ts';
import { TroupeError } from '../runtime/errors.ts';
import { resolveOptions, type RuntimeOptions } from '../runtime/options.ts';
import { nextMacrotask } from '../runtime/platform/macrotask.ts';
import { start, type Program } from '../runtime/start.ts';
import type { Flight } from '../runtime/store/flight-file.ts';
import type { FileLock } from '../runtime/store/lock.ts';
import type { Opened } from '../runtime/store/open.ts';
import type { Batch } from '../runtime/store/store.ts';
import type { Kernel } from '../runtime/turn/kernel.ts';
import type { WorkQueue } from '../runtime/turn/work-queue.ts';
import { PlannedFailure, type CommitFailure } from './commit-failure.ts';
import { Interference, type Waiting } from './interference.ts';
import type { CommitObserver } from './observer.ts';
import { Patience } from './patience.ts';
import { VirtualProcess, type VirtualMachine } from './virtual-machine.ts';
import { WatchedStore, type CommitGate } from './watched-store.ts';
import { Withheld } from './withheld.ts';

export interface RigOptions {
  readonly app: App;
  readonly machine: VirtualMachine;
  readonly runtime: Omit<RuntimeOptions, 'database'>;
  /** A path, `:memory:` or an image. */
  readonly database: string | Uint8Array;
  readonly turnsPerDrain: () => number;
  readonly makeQueue?: (() => WorkQueue) | undefined;
  readonly alwaysRehydrate: boolean;
  readonly observers: readonly CommitObserver[];
  /** How long a body may wait for the real world, in real ms. */
  readonly patienceMs?: number | undefined;
  /** The clock starts when the database was last written, where that is later. */
  readonly startsAtStore?: boolean | undefined;
}

/** One process of an app. */
export interface Running {
  readonly kernel: Kernel;
  readonly store: WatchedStore;
  readonly process: VirtualProcess;
  /** Attempts, by their signal, that wait in a stub or a delay. */
  readonly waits: ReadonlySet<AbortSignal>;
}

/** Thrown out of a commit in which the process dies: the kernel would try it again, and never gets there. */
export class ProcessDied extends TroupeError {
  constructor() {
    super('store-busy', 'The process died in this commit.', { retryable: true });
  }
}

const NO_FLIGHT: Flight = { alone: false, deliveries: [] };

export class Rig {
  readonly machine: VirtualMachine;
  readonly program: Program;
  readonly interference: Interference = new Interference();
  readonly withheld: Withheld = new Withheld();
  /** Asked around every commit; what it throws fails the commit. */
  gate: CommitGate | undefined = undefined;
  /** Told when a process has died, before the next one opens. */
  onDied: () => void = () => {};
  /** Told after every macrotask of a process that is up. */
  onStep: () => void = () => {};
  /** How many outcomes a process that has died still gives out: they were released before. */
  lastWords: number = Infinity;
  /** Told when a process is up that replaces another. */
  onReopened: (running: Running) => void = () => {};
  readonly #options: RigOptions;
  readonly #outside: VirtualProcess;
  #current: Running | undefined = undefined;
  #opening: WatchedStore | undefined = undefined;
  #next: { readonly database: string | Uint8Array; readonly flight: Flight };
  #hasOpened = false;
  #reopening: Promise<Running> | undefined = undefined;
  #hasDied = false;
  /** A planned failure has hit a start: whoever looks after the process starts it again. */
  #hasFailedToOpen = false;
  /** Commits of a process that is not up yet. */
  readonly #early: Batch[] = [];
  #planned: PlannedFailure | undefined = undefined;
  #activity = 0;
  readonly #patience: Patience;

  constructor(options: RigOptions) {
    this.#options = options;
    this.machine = options.machine;
    this.#patience = new Patience(options.patienceMs);
    this.program = compile(options.app);
    this.#outside = new VirtualProcess(this.machine);
    this.#next = { database: options.database, flight: NO_FLIGHT };
    this.machine.isQuiet = () => this.#isQuiet();
    this.machine.afterStep = () => this.#afterStep();
  }

  get current(): Running {
    if (!this.#current) throw new TroupeError('stopped', 'The test runtime is not running. Make a new one.');
    return this.#current;
  }

  /** Whether a process has died or stopped, and the next one is not up yet. */
  get isBetween(): boolean {
    return this.#hasDied || this.#reopening !== undefined;
  }

  /** False once a process could not be opened. */
  get isOpen(): boolean {
    return this.#current !== undefined;
  }

  /** Whether the database can be read; not once the runtime was stopped. */
  get isReadable(): boolean {
    return this.#current?.store.database.open === true;
  }

  /** How many messages and turns all processes have committed. */
  get activity(): number {
    return this.#activity;
  }

  /** Whether a process is about to open: it recovers. */
  get isOpening(): boolean {
    return this.#opening !== undefined;
  }

  /** Whether a process runs and takes calls. */
  get isServing(): boolean {
    return !this.#hasDied && this.#current?.kernel.scheduler.state === 'running';
  }

  /** Whether a process has stopped itself, after an I/O error, and waits to be replaced. */
  get hasFailed(): boolean {
    return !this.#hasDied && this.#current?.kernel.scheduler.state === 'failed';
  }

  /** Tasks that waited for something outside of their ctx: such a run is not repeatable. */
  get uncontrolled(): readonly string[] {
    return this.#patience.names;
  }

  failCommit(nth: number, how: CommitFailure): void {
    this.#planned = new PlannedFailure(nth, how);
  }

  /** Opens the next process on what the last one left. */
  async #open(): Promise<Running> {
    const { runtime, turnsPerDrain, makeQueue, app } = this.#options;
    const process = new VirtualProcess(this.machine);
    const waits = new Set<AbortSignal>();
    const { database, flight } = this.#next;
    this.withheld.restart();
    const internals = {
      platform: process,
      turnsPerDrain,
      flight,
      queue: makeQueue?.(),
      withholds: this.withheld.decide,
      openStore: (opened: Opened, lock: FileLock | undefined) => this.#openStore(opened, lock),
    };
    const program = this.interference.wrap(this.program, waitIn(process, waits));
    try {
      const { kernel, store } = await start(program, resolveOptions({ ...runtime, database }), internals);
      this.#current = { kernel, store: store as WatchedStore, process, waits };
    } catch (error) {
      process.kill();
      throw error;
    } finally {
      this.#opening = undefined;
    }
    const { kernel } = this.#current;
    for (const batch of this.#early.splice(0)) this.#tell(kernel, batch);
    for (const observer of this.#options.observers) observer.opened?.(kernel);
    restoreSagas(kernel, app).catch(() => {});
    return this.#current;
  }

  #openStore(opened: Opened, lock: FileLock | undefined): WatchedStore {
    const store = new WatchedStore(opened, lock, this.#watch());
    const behindMs = store.lastTime() - this.machine.wallMs;
    if (this.#options.startsAtStore && !this.#hasOpened && behindMs > 0) this.machine.jump(behindMs);
    this.#hasOpened = true;
    this.#opening = store;
    return store;
  }

  /** The process dies now: nothing of it runs any more, and the next one finds what was committed. */
  kill(): void {
    this.#hasDied = true;
    const dying = this.#opening;
    if (dying) this.#leave(dying, this.#next.flight);
    else {
      const { process, store, kernel } = this.current;
      process.kill();
      this.#leave(store, kernel.flight.read());
    }
  }

  #leave(store: WatchedStore, flight: Flight): void {
    const isFile = store.info.file !== ':memory:';
    if (isFile && store.database.open) store.rollback();
    this.#next = { database: isFile ? store.info.file : store.image(), flight };
  }

  /** Replaces a process that has died or was stopped by the next one, which may die while it opens. */
  reopen(): Promise<Running> {
    this.#reopening ??= this.#reopen().finally(() => (this.#reopening = undefined));
    return this.#reopening;
  }

  async #reopen(): Promise<Running> {
    if (!this.#hasDied) {
      const { process, store, kernel } = this.current;
      process.kill();
      this.#leave(store, kernel.scheduler.state === 'failed' ? kernel.flight.read() : NO_FLIGHT);
    }
    this.#current?.store.close();
    this.#current = undefined;
    const running = await this.start();
    this.onReopened(running);
    return running;
  }

  /** Opens a process until one comes up. */
  async start(): Promise<Running> {
    for (;;) {
      this.#hasDied = false;
      this.#hasFailedToOpen = false;
      try {
        return await this.#open();
      } catch (error) {
        if (this.#hasFailedToOpen) continue;
        if (!(error instanceof ProcessDied)) throw error;
        this.onDied();
      }
    }
  }

  /** Replaces a process that has died, or has stopped itself after an I/O error. */
  async revive(): Promise<void> {
    if (!this.#hasDied && !this.hasFailed) return;
    if (!this.#hasDied) this.kill();
    await nextMacrotask();
    this.onDied();
    await this.reopen();
  }

  /** Calls `run` after `ms` of virtual time, whatever becomes of the processes. */
  later(ms: number, run: () => void): void {
    this.#outside.alarm(ms, run);
  }

  /** The process looks at its clock, as it does within its longest sleep. */
  look(): void {
    if (!this.#current?.process.isAlive) return;
    this.#current.kernel.look();
    this.#current.kernel.scheduler.request();
  }

  close(): void {
    this.#current?.store.close();
  }

  /** What the database has for the reply of a call: null where there is none yet, undefined where nobody can look. */
  outcomeOf(key: string): string | null | undefined {
    return this.isReadable ? this.current.store.idempotency.get(key)?.outcome : undefined;
  }

  /** Asks for each withheld delivery again. */
  releaseWithheld(): void {
    if (this.#current?.process.isAlive) this.withheld.release(this.#current.kernel).catch(() => {});
  }

  /** Runs all that can run; time passes only where the runtime itself waits before it tries a commit again. */
  async settle(): Promise<void> {
    await this.machine.settle();
    while (this.#isPaused() && (await this.machine.ringNext(Infinity)));
  }

  #isPaused(): boolean {
    const scheduler = this.#current?.kernel.scheduler;
    return scheduler?.state === 'running' && scheduler.hasWork();
  }

  /** Whether nothing is left to run: every task waits in its ctx, in a stub or in a delay (K29). */
  #isQuiet(): boolean {
    const current = this.#current;
    if (current?.kernel.scheduler.state !== 'running') return true;
    // What a body has asked its ctx for comes with a commit that is tried again later.
    if (this.#isPaused()) return true;
    const { kernel, waits } = current;
    const outside = kernel.tasks.running <= waits.size ? [] : this.#patience.outside(kernel, waits);
    return outside.length === 0;
  }

  async #afterStep(): Promise<void> {
    if (this.#current && this.#options.alwaysRehydrate) forgetStates(this.#current.kernel);
    if (!this.#hasDied) this.onStep();
    // What was released before the death reaches its callers first.
    if (this.#hasDied) await this.revive();
  }

  #watch(): CommitGate {
    return {
      before: (store, batch) => {
        this.#failAsPlanned('before');
        this.gate?.before(store, batch);
      },
      after: (store, batch) => {
        this.#activity += batch.messages.length + batch.turns.length;
        const current = this.#opening ? undefined : this.#current;
        if (current) this.#tell(current.kernel, batch);
        else this.#early.push(batch);
        this.#failAsPlanned('after');
        this.gate?.after(store, batch);
      },
    };
  }

  #tell(kernel: Kernel, batch: Batch): void {
    for (const observer of this.#options.observers) observer.committed({ kernel, batch });
  }

  #failAsPlanned(when: 'before' | 'after'): void {
    const error = this.#planned?.next(when);
    if (!error) return;
    this.#planned = undefined;
    this.#hasFailedToOpen = this.#opening !== undefined;
    throw error;
  }
}

/** Waiting in the time of a process; what it waits for never comes once the process is dead. */
function waitIn(process: VirtualProcess, waits: Set<AbortSignal>): Waiting {
  return {
    sleep: (ms, signal) =>
      new Promise(resolve => {
        waits.add(signal);
        const alarm = ms === Infinity ? undefined : process.alarm(ms, () => end(resolve));
        const end = (then: () => void): void => {
          waits.delete(signal);
          alarm?.cancel();
          then();
        };
        signal.addEventListener('abort', () => end(() => {}), { once: true });
      }),
  };
}

/** Every state is read from the database again. */
function forgetStates({ registrations, instances }: Kernel): void {
  for (const registration of registrations) {
    for (const instance of instances.of(registration)) {
      instance.unload();
      instances.passivate(instance);
    }
  }
}
