// A Platform under the control of a test: a clock that stands still, seeded randomness, and macrotasks that run on demand.
import { setImmediate as realMacrotask } from 'node:timers/promises';
import type { Alarm, Platform } from '../../src/runtime/platform/platform.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';

interface Pending {
  readonly due: number;
  readonly order: number;
  readonly run: () => void;
}

/** Never the same in one process: two incarnations of one file must differ, whatever the seed. */
let incarnations = 0;

export class VirtualPlatform implements Platform {
  readonly longestSleepMs = 60_000;
  readonly #tasks: (() => void)[] = [];
  #alarms: Pending[] = [];
  #order = 0;
  #monotonic = 0;
  /** Wall time minus monotonic time; change it to make the wall clock jump. */
  wallOffset: number;
  readonly random: () => number;

  constructor({ seed = 1, startMs = 1_800_000_000_000 }: { readonly seed?: number; readonly startMs?: number } = {}) {
    this.random = seededRandom(seed);
    this.wallOffset = startMs;
  }

  wallMs(): number {
    return Math.floor(this.#monotonic + this.wallOffset);
  }

  monotonicMs(): number {
    return this.#monotonic;
  }

  incarnation(): string {
    incarnations += 1;
    return incarnations.toString(16).padStart(16, '0');
  }

  defer(run: () => void): void {
    this.#tasks.push(run);
  }

  alarm(delayMs: number, run: () => void): Alarm {
    const pending = { due: this.#monotonic + Math.max(0, delayMs), order: (this.#order += 1), run };
    this.#alarms.push(pending);
    return { cancel: () => (this.#alarms = this.#alarms.filter(one => one !== pending)), unref: () => {} };
  }

  get pendingTasks(): number {
    return this.#tasks.length;
  }

  /** When each pending alarm rings, in ms from now. */
  get pendingAlarms(): readonly number[] {
    return this.#alarms.map(({ due }) => due - this.#monotonic).toSorted((a, b) => a - b);
  }

  /** Runs one deferred macrotask; false when there is none. */
  step(): boolean {
    const task = this.#tasks.shift();
    task?.();
    return task !== undefined;
  }

  /** Runs macrotasks, and the promises between them, until none is left; time stands still. */
  async settle(): Promise<void> {
    for (;;) {
      await realMacrotask();
      if (!this.step() && this.#tasks.length === 0) return;
    }
  }

  /** Lets `ms` pass: every alarm rings at its time, with everything settled before and after. */
  async advance(ms: number): Promise<void> {
    const until = this.#monotonic + ms;
    await this.settle();
    for (let next = this.#nextAlarm(); next && next.due <= until; next = this.#nextAlarm()) await this.#ring(next);
    this.#monotonic = Math.max(this.#monotonic, until);
  }

  /** Advances until nothing is pending any more, at most `limitMs`. */
  async finish(limitMs = 3_600_000): Promise<void> {
    const until = this.#monotonic + limitMs;
    await this.settle();
    for (let next = this.#nextAlarm(); next && next.due <= until; next = this.#nextAlarm()) await this.#ring(next);
  }

  /** Moves the clock without ringing anything: a blocked event loop. */
  block(ms: number): void {
    this.#monotonic += ms;
  }

  #nextAlarm(): Pending | undefined {
    return this.#alarms.toSorted((a, b) => a.due - b.due || a.order - b.order)[0];
  }

  async #ring(pending: Pending): Promise<void> {
    this.#alarms = this.#alarms.filter(one => one !== pending);
    this.#monotonic = Math.max(this.#monotonic, pending.due);
    pending.run();
    await this.settle();
  }
}
