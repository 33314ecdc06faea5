// Mailbox: the FIFO of deliveries for one address, with a mark to which an aborted drain returns.
import type { Failure } from './retry.ts';
import type { Subscription } from './subscription.ts';
import type { LoggedMessage } from '../store/records.ts';

/** One message on its way to one handler of one instance. */
export interface Delivery {
  readonly id: number;
  readonly position: number;
  readonly subscription: Subscription;
  readonly key: string;
  /** Monotonic ms when it was queued; for the trace. */
  readonly queuedAt: number;
  readonly timer: string | null;
  readonly generation: number | null;
  message: LoggedMessage | undefined;
  attempts: number;
  crashes: number;
  due: number;
  failures: readonly Failure[];
  /** Has a row in the database. */
  stored: boolean;
  done: boolean;
  /** Put aside by its instance: not in the mailbox until a turn wants it back. */
  stashed: boolean;
  /** Set by the bisection of an aborted drain: the next turn fails with this. */
  verdict: Error | undefined;
}

const COMPACT_AT = 64;
/** Shared by all mailboxes with nothing in them, and never pushed to: most mailboxes of most actors are empty. */
const EMPTY: Delivery[] = [];

export class Mailbox {
  #items: Delivery[] = EMPTY;
  #head = 0;
  #markedHead = 0;
  #markedLength = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  peek(): Delivery | undefined {
    return this.#items[this.#head];
  }

  push(delivery: Delivery): void {
    if (this.#items === EMPTY) this.#items = [delivery];
    else this.#items.push(delivery);
  }

  shift(): void {
    this.#head += 1;
  }

  /** Deliveries from the first to the last. */
  waiting(): readonly Delivery[] {
    return this.#items.slice(this.#head);
  }

  /** Puts other deliveries in; returns what takes that back. */
  replace(deliveries: readonly Delivery[]): () => void {
    const items = this.#items;
    const head = this.#head;
    this.#items = deliveries.length === 0 ? EMPTY : [...deliveries];
    this.#head = 0;
    return () => {
      this.#items = items;
      this.#head = head;
    };
  }

  mark(): void {
    if (this.#head === this.#items.length) this.#items = EMPTY;
    else if (this.#head > COMPACT_AT) this.#items = this.#items.slice(this.#head);
    if (this.#items === EMPTY || this.#head > COMPACT_AT) this.#head = 0;
    this.#markedHead = this.#head;
    this.#markedLength = this.#items.length;
  }

  /** Puts back what was taken and drops what was added since the mark. */
  restore(): void {
    this.#head = this.#markedHead;
    if (this.#markedLength === 0) this.#items = EMPTY;
    else this.#items.length = this.#markedLength;
  }
}
