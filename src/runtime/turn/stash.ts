// Stash: the messages an instance has put aside until a later turn wants them back; their rows keep them over restarts.
import type { Delivery } from '../delivery/mailbox.ts';
import { formatAddress } from '../message/address.ts';
import type { Drain } from './drain.ts';
import type { Instance } from './instance.ts';

const NONE: readonly never[] = [];

/** By address, apart from the instances: a stash outlives their place in the cache. */
export class Stash {
  readonly #aside = new Map<string, readonly Delivery[]>();

  get count(): number {
    let count = 0;
    for (const { length } of this.#aside.values()) count += length;
    return count;
  }

  /** In the order in which the messages came to the address. */
  of(address: string): readonly Delivery[] {
    return (this.#aside.get(address) ?? NONE).toSorted((a, b) => a.id - b.id);
  }

  sizeOf(address: string): number {
    return this.#aside.get(address)?.length ?? 0;
  }

  /** Puts aside what is in the mailbox no more. It was handled, so what failed before counts no longer. */
  put(drain: Drain, { address }: Instance, delivery: Delivery): void {
    drain.change(delivery);
    Object.assign(delivery, { stashed: true, attempts: 0, due: 0, failures: NONE, message: undefined });
    this.#set(drain, address, [...(this.#aside.get(address) ?? NONE), delivery]);
  }

  /** Brings back all of it, before everything that waits in the mailbox. */
  takeBack(drain: Drain, instance: Instance): void {
    const { address, mailbox, registration } = instance;
    const back = this.of(address);
    if (back.length === 0) return;
    this.#set(drain, address, NONE);
    for (const delivery of back) {
      drain.change(delivery);
      delivery.stashed = false;
    }
    // What a paused handler gets waits on disk.
    const ready = back.filter(({ subscription }) => !subscription.paused);
    drain.addPending(registration, ready.length);
    drain.undo(mailbox.replace([...ready, ...mailbox.waiting()]));
    if (ready.length > 0) drain.kernel.makeReady(instance);
  }

  /** Takes up what an earlier process has put aside. */
  recover(delivery: Delivery): void {
    const address = formatAddress(delivery.subscription.registration.behavior.name, delivery.key);
    this.#aside.set(address, [...(this.#aside.get(address) ?? NONE), delivery]);
  }

  #set(drain: Drain, address: string, deliveries: readonly Delivery[]): void {
    const before = this.#aside.get(address) ?? NONE;
    drain.undo(() => this.#keep(address, before));
    this.#keep(address, deliveries);
  }

  #keep(address: string, deliveries: readonly Delivery[]): void {
    if (deliveries.length > 0) this.#aside.set(address, deliveries);
    else this.#aside.delete(address);
  }
}
