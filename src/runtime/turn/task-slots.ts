// Task slots: which tasks run now, how many of a handler at once, which has to be alone, and who waits (K19, K22).
import type { Subscription } from '../delivery/subscription.ts';
import type { Lane } from './task-lanes.ts';
import type { Task } from './tasks.ts';

/** A task that may have crashed the process this often runs alone. */
const CRASHES_TO_RUN_ALONE = 2;

export class TaskSlots {
  readonly #pump: (lane: Lane) => void;
  readonly #held = new Set<Task>();
  readonly #counts = new Map<Subscription, number>();
  /** Lanes whose head waits for a slot of its handler, in the order in which they came. */
  readonly #waiting = new Map<Subscription, Set<Lane>>();
  /** Lanes whose head has to run alone, with what lets it go on; nothing else starts before them. */
  readonly #suspects = new Map<Lane, () => void>();
  #alone: Task | undefined = undefined;

  /** `pump` starts the head of a lane that waited, when there is a slot. */
  constructor(pump: (lane: Lane) => void) {
    this.#pump = pump;
  }

  get size(): number {
    return this.#held.size;
  }

  /** The tasks that have a slot. */
  get held(): ReadonlySet<Task> {
    return this.#held;
  }

  /** Whether this is the task that must not be disturbed. */
  isAlone(task: Task): boolean {
    return this.#alone === task;
  }

  /** Takes a slot for the head of a lane; false where it waits for one. */
  take(lane: Lane, task: Task): boolean {
    const { subscription } = task;
    if (isSuspect(task)) {
      if (this.#isBusy) this.#suspects.set(lane, () => this.#pump(lane));
      else this.#holdAlone(task);
    } else if (this.#alone || this.#suspects.size > 0 || this.#isFull(subscription)) {
      this.#waitingFor(subscription).add(lane);
    } else this.#hold(task);
    return this.#held.has(task);
  }

  /** Takes a slot again after a wait: one more than there are if need be, but alone where that has to be. */
  async takeBack(lane: Lane | undefined, task: Task): Promise<void> {
    if (!isSuspect(task)) this.#hold(task);
    else if (lane === undefined || !this.#isBusy) this.#holdAlone(task);
    else {
      await new Promise<void>(resolve => {
        this.#suspects.set(lane, () => resolve(this.#holdAlone(task)));
      });
    }
  }

  /** Frees the slot, if the task has one, and starts who waited for that. */
  free(task: Task): void {
    this.#give(task);
    for (const [lane, goOn] of this.#suspects) {
      if (this.#held.size > 0) break;
      this.#suspects.delete(lane);
      goOn();
    }
    for (const one of this.#held.size === 0 ? this.#waiting.keys() : [task.subscription]) this.#startWaiting(one);
  }

  /** The head of the lane waits no longer to be alone; returns what would have let it go on. */
  forget(lane: Lane): (() => void) | undefined {
    const goOn = this.#suspects.get(lane);
    this.#suspects.delete(lane);
    return goOn;
  }

  /** Whether a task that has to be alone must wait. */
  get #isBusy(): boolean {
    return this.#alone !== undefined || this.#held.size > 0;
  }

  #isFull(subscription: Subscription): boolean {
    return (this.#counts.get(subscription) ?? 0) >= (subscription.handler.task?.concurrency ?? 1);
  }

  #waitingFor(subscription: Subscription): Set<Lane> {
    const waiting = this.#waiting.get(subscription) ?? new Set();
    this.#waiting.set(subscription, waiting);
    return waiting;
  }

  #startWaiting(subscription: Subscription): void {
    const waiting = this.#waitingFor(subscription);
    for (const lane of waiting) {
      if (this.#alone || this.#suspects.size > 0 || this.#isFull(subscription)) return;
      waiting.delete(lane);
      this.#pump(lane);
    }
  }

  #hold(task: Task): void {
    if (this.#held.has(task)) return;
    this.#held.add(task);
    this.#counts.set(task.subscription, (this.#counts.get(task.subscription) ?? 0) + 1);
  }

  #holdAlone(task: Task): void {
    this.#alone = task;
    this.#hold(task);
  }

  #give(task: Task): void {
    if (this.#alone === task) this.#alone = undefined;
    if (!this.#held.delete(task)) return;
    this.#counts.set(task.subscription, (this.#counts.get(task.subscription) ?? 1) - 1);
  }
}

export function isSuspect({ row }: Task): boolean {
  return row.crashes >= CRASHES_TO_RUN_ALONE;
}
