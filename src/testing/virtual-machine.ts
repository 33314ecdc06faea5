// A virtual machine: a clock that stands still until it is moved, macrotasks in a drawn order, processes that can die.
import { nextMacrotask } from '../runtime/platform/macrotask.ts';
import type { Alarm, Platform } from '../runtime/platform/platform.ts';
import { randomStream, type Random } from './seeded-random.ts';

/** Work of one process that is due at a time or on the next macrotask. */
interface Job {
  readonly process: VirtualProcess;
  readonly due: number;
  readonly run: () => void;
}

/** What a machine is made with. */
export interface MachineOptions {
  readonly seed: number;
  /** Wall time at its start, in ms since 1970. */
  readonly startMs: number;
  /** Draws which of the macrotasks that wait runs next; default: the first. */
  readonly pick?: ((count: number) => number) | undefined;
}

const INCARNATION_DIGITS = 8;

/** The clock and the randomness of a machine outlive the processes that run on it. */
export class VirtualMachine {
  readonly random: Random;
  readonly #ids: Random;
  readonly #pick: (count: number) => number;
  #macrotasks: Job[] = [];
  /** In the order of their due times, those of the same time in the order of their making. */
  #alarms: Job[] = [];
  #monotonicMs = 0;
  #wallOffsetMs: number;
  #pump: Promise<void> | undefined = undefined;
  #isHalted = false;
  /** Called when nothing is left to run; false where something else is still to come. */
  isQuiet: () => boolean = () => true;
  /** Called after every macrotask and every alarm. */
  afterStep: () => void | Promise<void> = () => {};

  constructor({ seed, startMs, pick = () => 0 }: MachineOptions) {
    this.random = randomStream(seed, 'random');
    this.#ids = randomStream(seed, 'ids');
    this.#wallOffsetMs = startMs;
    this.#pick = pick;
  }

  get monotonicMs(): number {
    return this.#monotonicMs;
  }

  get wallMs(): number {
    return Math.floor(this.#monotonicMs + this.#wallOffsetMs);
  }

  /** Sets the wall clock forward or back; the monotonic clock does not see it. */
  jump(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  incarnation(): string {
    const half = (): string =>
      Math.floor(this.#ids() * 2 ** 32)
        .toString(16)
        .padStart(INCARNATION_DIGITS, '0');
    return half() + half();
  }

  defer(job: Job): void {
    if (this.#isHalted) return;
    this.#macrotasks.push(job);
    void this.settle();
  }

  alarm(job: Job): void {
    if (this.#isHalted) return;
    let low = 0;
    let high = this.#alarms.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#alarms[middle]?.due ?? Infinity) <= job.due) low = middle + 1;
      else high = middle;
    }
    this.#alarms.splice(low, 0, job);
  }

  cancel(job: Job): void {
    const at = this.#alarms.indexOf(job);
    if (at >= 0) this.#alarms.splice(at, 1);
  }

  /** Time passes in which nothing runs: what was due rings late. */
  pass(ms: number): void {
    this.#monotonicMs += ms;
  }

  /** Nothing runs on it any more. */
  halt(): void {
    this.#isHalted = true;
    this.#macrotasks = [];
    this.#alarms = [];
  }

  /** Nothing of a dead process runs any more. */
  bury(process: VirtualProcess): void {
    this.#macrotasks = this.#macrotasks.filter(job => job.process !== process);
    this.#alarms = this.#alarms.filter(job => job.process !== process);
  }

  /** When the next alarm rings, in monotonic ms. */
  get nextAlarmMs(): number | undefined {
    return this.#alarms[0]?.due;
  }

  /** Runs everything that can run now, and the promises between; time stands still. */
  settle(): Promise<void> {
    this.#pump ??= this.#run();
    return this.#pump;
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        await nextMacrotask();
        if (this.#step()) await this.afterStep();
        else if (this.#isHalted || this.isQuiet()) return;
      }
    } finally {
      this.#pump = undefined;
    }
  }

  #step(): boolean {
    const { length } = this.#macrotasks;
    if (length === 0) return false;
    const [job] = this.#macrotasks.splice(length === 1 ? 0 : this.#pick(length), 1);
    job?.run();
    return true;
  }

  /**
   * Moves to the next alarm, at most to `untilMs`, and settles; false where none is due by then. Where something runs
   * it only waits for that: whoever else lets time pass may have what it waits for.
   */
  async ringNext(untilMs: number): Promise<boolean> {
    if (this.#pump) {
      await this.#pump;
      return true;
    }
    const next = this.#alarms[0];
    if (!next || next.due > untilMs) return false;
    this.#alarms.shift();
    this.#monotonicMs = Math.max(this.#monotonicMs, next.due);
    next.run();
    await this.afterStep();
    await this.settle();
    return true;
  }

  /** Lets time pass up to `untilMs` (monotonic): every alarm rings at its time, with everything settled around it. */
  async runTo(untilMs: number): Promise<void> {
    await this.settle();
    while (await this.ringNext(untilMs));
    this.#monotonicMs = Math.max(this.#monotonicMs, untilMs);
  }
}

/** One process on a machine; after `kill` nothing of it ever runs again. */
export class VirtualProcess implements Platform {
  /** Whoever moves the clock says so. */
  readonly longestSleepMs: number = Infinity;
  readonly random: Random;
  readonly #machine: VirtualMachine;
  #isAlive = true;

  constructor(machine: VirtualMachine) {
    this.#machine = machine;
    this.random = machine.random;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  wallMs(): number {
    return this.#machine.wallMs;
  }

  monotonicMs(): number {
    return this.#machine.monotonicMs;
  }

  incarnation(): string {
    return this.#machine.incarnation();
  }

  defer(run: () => void): void {
    if (this.#isAlive) this.#machine.defer({ process: this, due: 0, run });
  }

  alarm(delayMs: number, run: () => void): Alarm {
    const job = { process: this, due: this.#machine.monotonicMs + Math.max(0, delayMs), run };
    if (this.#isAlive) this.#machine.alarm(job);
    return { cancel: () => this.#machine.cancel(job), unref: () => {} };
  }

  kill(): void {
    this.#isAlive = false;
    this.#machine.bury(this);
  }
}
