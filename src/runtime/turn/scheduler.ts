// Scheduler: when a drain runs, and what a failed transaction means for its inputs, its turns and the runtime.
import { TroupeError } from '../errors.ts';
import type { Alarm } from '../platform/platform.ts';
import { isBroken, toStoreError } from '../store/store-errors.ts';
import { abortedTransaction, abortKind, storeErrorOf } from './abort.ts';
import { catchUp } from './catch-up.ts';
import { commit, release } from './commit.ts';
import { CommitUnknownError } from './commit-unknown.ts';
import { Drain } from './drain.ts';
import { fill, type Unit } from './fill.ts';
import type { Input } from './input.ts';
import type { Kernel } from './kernel.ts';
import { refusal } from './refusal.ts';
import type { WorkQueue } from './work-queue.ts';

const SLOW_COMMIT_MS = 2;
const BUSY_WARNING_MS = 1_000;
const BUSY_PAUSE_MS = 10;
const FULL_PAUSE_MS = 1_000;

export class Scheduler {
  readonly #kernel: Kernel;
  readonly queue: WorkQueue;
  #requested: Alarm | true | undefined = undefined;
  /** Monotonic time before which no drain begins: the last commit was slow or busy, or the disk is full. */
  #pausedUntil = 0;
  #alarm: { readonly due: number; readonly alarm: Alarm } | undefined = undefined;
  #drains = 0;
  #current: Drain | undefined = undefined;
  /** What the current drain ran: how much, and what last. */
  #ran = 0;
  #unit: Unit | undefined = undefined;
  #busySince: number | undefined = undefined;
  #fullUntil = 0;
  /** Drains still to be run with one unit each, to find the unit that breaks the commit. */
  #bisect = 0;
  #commitMs = 0;
  #closed = false;
  #state: 'running' | 'stopped' | 'failed' = 'running';

  constructor(kernel: Kernel, queue: WorkQueue) {
    this.#kernel = kernel;
    this.queue = queue;
  }

  get state(): 'running' | 'stopped' | 'failed' {
    return this.#state;
  }

  get commitMs(): number {
    return this.#commitMs;
  }

  get drains(): number {
    return this.#drains;
  }

  submit(input: Input): void {
    const { limits, deadLetters, clock } = this.#kernel;
    const error =
      this.#state !== 'running'
        ? new TroupeError('stopped', 'The runtime has stopped. Create a new one.')
        : input.fromEdge &&
          refusal({
            limits,
            deadLetters,
            isClosing: this.#closed,
            isFull: this.#fullUntil > clock.monotonic(),
            waiting: this.queue.inputs.length,
          });
    if (error) {
      input.rejected(error);
      return;
    }
    this.queue.inputs.push(input);
    this.request();
  }

  /** Asks for a drain on a later macrotask, after the pause. */
  request(): void {
    if (this.#requested || this.#current || this.#state !== 'running') return;
    const { platform, clock } = this.#kernel;
    const run = (): void => {
      this.#requested = undefined;
      this.drainOnce();
    };
    const pause = this.#pausedUntil - clock.monotonic();
    this.#requested = pause > 0 ? platform.alarm(pause, run) : true;
    if (this.#requested === true) platform.defer(run);
  }

  #pause(ms: number): void {
    this.#pausedUntil = this.#kernel.clock.monotonic() + ms;
  }

  /** One drain: begin, fill, commit, release; or nothing where nothing is to do. */
  drainOnce(): void {
    if (this.#state !== 'running' || this.#current) return;
    const kernel = this.#kernel;
    kernel.wakes.run(kernel.clock.now());
    if (!this.hasWork()) {
      this.#rest();
      return;
    }
    if (!this.#begin()) return;
    const drain = this.#open();
    try {
      fill(drain, this.queue, {
        most: this.#bisect > 0 ? 1 : kernel.turnsPerDrain(),
        ran: unit => {
          this.#ran += 1;
          this.#unit = unit;
        },
      });
      this.#commit(drain);
    } catch (error) {
      this.#abort(drain, error);
      return;
    }
    if (this.#bisect > 0) this.#bisect -= 1;
    this.#close(drain);
  }

  /**
   * A transaction of the application: `work` runs in it at once, and its messages are accepted by its
   * commit (K3).
   */
  transact<T>(work: (drain: Drain) => T): T {
    const kernel = this.#kernel;
    if (this.#state !== 'running') throw new TroupeError('stopped', 'The runtime has stopped. Create a new one.');
    if (this.#current) {
      throw new TroupeError(
        'inside-turn',
        'A transaction cannot begin inside a turn. Use ctx.sql and ctx.publish there.',
      );
    }
    if (!kernel.store.begin()) {
      throw new TroupeError('store-busy', 'The database is busy: another transaction or iterator is open. Try again.', {
        retryable: true,
      });
    }
    const drain = this.#open();
    let result: T;
    let worked = false;
    try {
      result = work(drain);
      worked = true;
      kernel.applicationSql.keep();
      this.#commit(drain);
    } catch (error) {
      throw this.#abandon(drain, error, worked);
    }
    this.#close(drain);
    return result;
  }

  /**
   * Undoes a transaction of the application; returns what its caller is told: what `work` threw, or how the commit
   * failed.
   */
  #abandon(drain: Drain, error: unknown, worked: boolean): unknown {
    const isFatal = worked ? abortKind(error) === 'fatal' : isBroken(error);
    const ids = drain.messages.map(message => this.#kernel.idOf(message.position));
    let failure = error;
    let isUndone = true;
    try {
      this.#undo(drain);
    } catch (second) {
      failure = second;
      isUndone = false;
    }
    this.request();
    if (!isFatal && isUndone) return worked ? abortedTransaction(error) : error;
    const fatal = toStoreError(failure, 'committing a transaction');
    this.fail(fatal, drain);
    return fatal.code === 'store-failed' && worked ? new CommitUnknownError(ids, fatal) : fatal;
  }

  #open(): Drain {
    const drain = new Drain(this.#kernel, (this.#drains += 1));
    this.#current = drain;
    this.#ran = 0;
    this.#unit = undefined;
    this.#busySince = undefined;
    this.#kernel.applicationSql.watch();
    return drain;
  }

  #commit(drain: Drain): void {
    const { clock, applicationSql } = this.#kernel;
    applicationSql.report();
    let before = clock.monotonic();
    // Rows are written at the speed of this process; only the commit itself tells how fast the disk is.
    commit(drain, () => (before = clock.monotonic()));
    this.#commitMs = clock.monotonic() - before;
  }

  #close(drain: Drain): void {
    if (this.#commitMs > SLOW_COMMIT_MS) this.#pause(this.#commitMs);
    this.#current = undefined;
    release(drain);
    const kernel = this.#kernel;
    kernel.instances.evict();
    // On a macrotask of its own: whoever waited for this commit goes on first.
    if (kernel.store.isCheckpointDue) kernel.platform.defer(() => this.housekeep(() => kernel.store.checkpoint(false)));
    if (this.hasWork()) this.request();
    else this.#rest();
  }

  /** Whether a drain would find something to do now. */
  hasWork(): boolean {
    const kernel = this.#kernel;
    if (!this.queue.isEmpty) return true;
    const due = this.#nextDue();
    if (due !== undefined && due <= kernel.clock.now()) return true;
    for (const registration of kernel.registrations) if (catchUp.isDue(kernel, registration)) return true;
    return false;
  }

  #nextDue(): number | undefined {
    const { timers, schedules, wakes } = this.#kernel;
    const due = Math.min(timers.nextDue() ?? Infinity, schedules.nextDue() ?? Infinity, wakes.nextDue() ?? Infinity);
    return due === Infinity ? undefined : due;
  }

  #begin(): boolean {
    const kernel = this.#kernel;
    try {
      if (kernel.store.begin()) return true;
    } catch (error) {
      this.fail(toStoreError(error, 'beginning a drain'), undefined);
      return false;
    }
    const now = kernel.clock.monotonic();
    this.#busySince ??= now;
    if (now - this.#busySince > BUSY_WARNING_MS) {
      this.#busySince = now;
      kernel.logger.warn(
        { code: 'store-busy' },
        'the database handle is inside a foreign transaction or iterator; waiting for it',
      );
      kernel.bus.emit('store-busy', {});
    }
    this.request();
    return false;
  }

  /** Puts memory back to the last commit, queues the inputs again in their order, and rolls back. */
  #undo(drain: Drain): void {
    const kernel = this.#kernel;
    drain.abort();
    this.queue.inputs.putBack(drain.inputs);
    for (const instance of drain.touched) if (instance.mailbox.length > 0) kernel.makeReady(instance);
    kernel.applicationSql.forget();
    this.#current = undefined;
    kernel.store.rollback();
  }

  #abort(drain: Drain, error: unknown): void {
    const kernel = this.#kernel;
    try {
      this.#undo(drain);
    } catch (second) {
      this.fail(toStoreError(second, 'rolling back'), drain);
      return;
    }
    switch (abortKind(error)) {
      case 'busy':
        this.#pause(BUSY_PAUSE_MS * (1 + kernel.platform.random()));
        break;
      case 'full':
        this.#full(storeErrorOf(error, 'committing a drain'));
        break;
      case 'unit':
      case 'lost':
        // What a drain made is gone after its abort, so blame sticks only to what was there before: to a drain of one
        // unit.
        if (this.#ran <= 1) this.#blame(error);
        else this.#bisect = this.#ran;
        break;
      case 'fatal':
        this.fail(toStoreError(error, 'committing a drain'), drain);
    }
    this.request();
  }

  /** The last unit is the culprit: its turn fails, or its input is rejected; the others run again. */
  #blame(error: unknown): void {
    const unit = this.#unit;
    if (!unit) {
      this.fail(toStoreError(error, 'starting a drain'), undefined);
      return;
    }
    if ('subscription' in unit) {
      unit.verdict = error instanceof Error ? error : new Error(String(error));
      return;
    }
    this.queue.inputs.shift();
    unit.rejected(
      new TroupeError('aborted', 'The commit of this input failed and nothing of it was kept. Try again.', {
        retryable: true,
        cause: error,
      }),
    );
  }

  /** Disk full: new messages are refused, accepted work is kept, and space is probed for (P9). */
  #full(error: TroupeError): void {
    const kernel = this.#kernel;
    this.#pause(FULL_PAUSE_MS);
    this.#fullUntil = this.#pausedUntil;
    for (const input of this.queue.inputs.take()) {
      if (input.fromEdge) input.rejected(error);
      else this.queue.inputs.push(input);
    }
    kernel.logger.error({ code: error.code }, error.message);
    kernel.bus.emit('store-full', { error });
  }

  /**
   * Fail-stop: after an I/O error nobody knows what is on disk, and retrying fsync can lie (PostgreSQL wiki, "Fsync
   * Errors").
   */
  fail(error: TroupeError, drain: Drain | undefined): void {
    if (this.#state === 'failed') return;
    const inFlight = new Set(error.code === 'store-failed' ? drain?.inputs : []);
    const unknown = ({ messageId }: Input): CommitUnknownError =>
      new CommitUnknownError(messageId === undefined ? [] : [messageId], error);
    this.#shut('failed', input => (inFlight.has(input) ? unknown(input) : error), error);
    this.#kernel.logger.error({ code: error.code, err: error }, 'the runtime stopped');
    this.#kernel.bus.emit('failed', { error });
  }

  /** Work of the runtime itself between drains, in a transaction of its own; undefined where the store was busy. */
  housekeep<T>(work: () => T): T | undefined {
    if (this.#state !== 'running' || this.#current) return undefined;
    try {
      return work();
    } catch (error) {
      const failure = toStoreError(error, 'housekeeping');
      if (abortKind(failure) === 'fatal') this.fail(failure, undefined);
      else this.#kernel.logger.warn({ code: failure.code }, failure.message);
      return undefined;
    }
  }

  /** Refuses new work from the edge from now on. */
  close(): void {
    this.#closed = true;
  }

  /** Refuses everything that still waits; for `stop`. */
  stop(): void {
    const error = new TroupeError('stopped', 'The runtime was stopped. What was accepted goes on with the next one.');
    if (this.#state === 'running') this.#shut('stopped', () => error, error);
  }

  #shut(state: 'stopped' | 'failed', errorFor: (input: Input) => TroupeError, error: TroupeError): void {
    this.#state = state;
    this.#current = undefined;
    this.#alarm?.alarm.cancel();
    if (this.#requested !== true) this.#requested?.cancel();
    for (const input of this.queue.inputs.take()) input.rejected(errorFor(input));
    for (const waiters of this.#kernel.waiters.values()) for (const waiter of waiters) waiter.rejected(error);
    this.#kernel.waiters.clear();
    this.#kernel.tasks.close();
  }

  /** Nothing to do now: one wake-up for the next due time, none when nothing is armed. */
  #rest(): void {
    const kernel = this.#kernel;
    const due = this.#nextDue();
    if (this.#alarm && this.#alarm.due !== due) {
      this.#alarm.alarm.cancel();
      this.#alarm = undefined;
    }
    kernel.housekeeping?.idle();
    if (kernel.bus.hears('idle')) kernel.bus.emit('idle', {});
    if (due === undefined || this.#alarm) return;
    const delay = Math.min(Math.max(due - kernel.clock.now(), 0), kernel.platform.longestSleepMs);
    const alarm = kernel.platform.alarm(delay, () => {
      this.#alarm = undefined;
      kernel.look();
      this.request();
    });
    this.#alarm = { due, alarm };
  }
}
