// Withheld deliveries: messages a test keeps on their way, so that it can choose which of two arrives first.
import type { Delivery } from '../runtime/delivery/mailbox.ts';
import type { LoggedMessage } from '../runtime/store/records.ts';
import { Act } from '../runtime/turn/input.ts';
import type { Kernel } from '../runtime/turn/kernel.ts';
import { restore } from '../runtime/turn/restore.ts';

/** Whether a message is kept back on its way to this delivery. */
export type Withholding = (message: LoggedMessage, delivery: Delivery) => boolean;

/** A delivery that waits, and the path from its sender to its address, which it blocks. */
interface Blocking {
  readonly path: string;
  readonly delivery: Delivery;
}

/**
 * What is withheld is committed, on disk and open, but in no mailbox. What the same sender sends to the same address
 * afterwards waits behind it, so that the order of a sender stays what it is (P5).
 */
export class Withheld {
  readonly #rules = new Set<Withholding>();
  /** By id. */
  readonly #paths = new Map<number, Blocking>();

  get isEmpty(): boolean {
    return this.#paths.size === 0;
  }

  /** The deliveries that are kept on their way. */
  get ids(): ReadonlySet<number> {
    return new Set(this.#paths.keys());
  }

  /** A new process asks anew for everything that is open. */
  restart(): void {
    this.#paths.clear();
  }

  add(rule: Withholding): void {
    this.#rules.add(rule);
  }

  /** Lets go of what this rule has kept back, in order; resolves when it is on its way. */
  async remove(rule: Withholding, kernel: Kernel): Promise<void> {
    this.#rules.delete(rule);
    await this.release(kernel);
  }

  /** Withholds nothing any more. */
  clear(): void {
    this.#rules.clear();
  }

  /** Asks for each withheld delivery again, in the order of their making. */
  async release(kernel: Kernel): Promise<void> {
    const act = new Act(drain => {
      // As of now, and again where this commit fails: more may have been withheld since it was asked for.
      const paths = new Map(this.#paths);
      drain.undo(() => paths.forEach((blocking, id) => this.#paths.set(id, blocking)));
      const { ids } = this;
      this.#paths.clear();
      for (const row of kernel.store.deliveries.all()) {
        const delivery = ids.has(row.id) ? restore(kernel, row) : undefined;
        if (delivery) drain.enqueue(delivery);
      }
      // What this very drain has made is not on disk yet.
      for (const { delivery } of paths.values()) if (drain.created.includes(delivery)) drain.enqueue(delivery);
    });
    kernel.submit(act);
    await act.done;
  }

  /** For the kernel: whether a delivery waits. */
  readonly decide = (kernel: Kernel, delivery: Delivery): boolean => {
    if (this.#rules.size === 0 && this.#paths.size === 0) return false;
    const message = delivery.message ?? kernel.store.messages.get(delivery.position);
    if (!message) return false;
    const { subscription, key } = delivery;
    const path = `${message.source}→${subscription.registration.behavior.name}/${key}`;
    const isBlocked = [...this.#paths.values()].some(blocking => blocking.path === path);
    if (!isBlocked && ![...this.#rules].some(rule => rule(message, delivery))) return false;
    this.#paths.set(delivery.id, { path, delivery });
    return true;
  };
}
