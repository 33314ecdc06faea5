// Task slots: which tasks run now, how many of a handler at once, and which of them has to be alone (KERNEL K19, K22).
import type { Subscription } from '../delivery/subscription.ts';
import type { Task } from './tasks.ts';

export class TaskSlots {
  readonly #held = new Set<Task>();
  readonly #counts = new Map<Subscription, number>();
  #alone: Task | undefined = undefined;

  get size(): number {
    return this.#held.size;
  }

  /** The task that must not be disturbed. */
  get alone(): Task | undefined {
    return this.#alone;
  }

  /** Whether a task that has to be alone must wait. */
  get isBusy(): boolean {
    return this.#alone !== undefined || this.#held.size > 0;
  }

  isFull(subscription: Subscription): boolean {
    return (this.#counts.get(subscription) ?? 0) >= (subscription.handler.task?.concurrency ?? 1);
  }

  take(task: Task): void {
    if (this.#held.has(task)) return;
    this.#held.add(task);
    this.#counts.set(task.subscription, (this.#counts.get(task.subscription) ?? 0) + 1);
  }

  takeAlone(task: Task): void {
    this.#alone = task;
    this.take(task);
  }

  /** Does nothing where the task has none. */
  give(task: Task): void {
    if (this.#alone === task) this.#alone = undefined;
    if (!this.#held.delete(task)) return;
    this.#counts.set(task.subscription, (this.#counts.get(task.subscription) ?? 1) - 1);
  }
}
