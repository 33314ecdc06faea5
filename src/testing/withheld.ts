// Withheld deliveries: messages a test keeps on their way, so that it can choose which of two arrives first.
import type { Delivery } from '../runtime/delivery/mailbox.ts';
import type { AnyContract, DataOf } from '../runtime/message/contract.ts';
import { fromJsonText } from '../runtime/message/json.ts';
import type { LoggedMessage } from '../runtime/store/records.ts';
import { Act } from '../runtime/turn/input.ts';
import type { Kernel } from '../runtime/turn/kernel.ts';
import { restore } from '../runtime/turn/restore.ts';

/** Whether a message is kept back on its way to this delivery. */
export type Withholding = (message: LoggedMessage, delivery: Delivery) => boolean;

/** All messages of a contract, of a command its replies too; or those whose data `which` wants. */
export function messagesOf<C extends AnyContract>(contract: C, which?: (data: DataOf<C>) => boolean): Withholding {
  return ({ type, kind, data, text }) => {
    if (type !== contract.type) return false;
    return !which || (kind === contract.kind && which(data ?? fromJsonText(text)));
  };
}

/**
 * What is withheld is committed, on disk and open, but in no mailbox. What the same sender sends to the same address
 * afterwards waits behind it, so that the order of a sender stays what it is (P5).
 */
export class Withheld {
  readonly #rules = new Set<Withholding>();
  /** Deliveries by id, with the path from sender to address they block. */
  readonly #paths = new Map<number, string>();

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
      drain.undo(() => paths.forEach((path, id) => this.#paths.set(id, path)));
      const { ids } = this;
      this.#paths.clear();
      const rows = kernel.store.deliveries.all().filter(({ id }) => ids.has(id));
      // What this drain itself has made is not on disk yet.
      const made = drain.created.filter(({ id }) => ids.has(id));
      for (const delivery of [...rows.map(row => restore(kernel, row)), ...made]) {
        if (delivery) drain.enqueue(delivery);
      }
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
    const isBlocked = [...this.#paths.values()].includes(path);
    if (!isBlocked && ![...this.#rules].some(rule => rule(message, delivery))) {
      // An aborted drain may have given the same id to another delivery.
      this.#paths.delete(delivery.id);
      return false;
    }
    this.#paths.set(delivery.id, path);
    return true;
  };
}
