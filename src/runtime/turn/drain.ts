// Drain: the journal of one run of the scheduler; one commit writes what it changed, one abort puts it back.
import { TroupeError } from '../errors.ts';
import type { Delivery } from '../delivery/mailbox.ts';
import { toFailure } from '../delivery/retry.ts';
import { joinHeaders } from '../message/headers.ts';
import type { Registration, Subscription } from '../delivery/subscription.ts';
import type { LoggedMessage, MessageKind, TurnRow } from '../store/records.ts';
import type { Input } from './input.ts';
import type { Instance } from './instance.ts';
import type { Kernel } from './kernel.ts';
import { claimedBy, isClaimed, takeClaims } from './claims.ts';
import { deadLetter } from './failure.ts';
import type { Settlement } from './settle.ts';
import type { Task } from './tasks.ts';

/** A message before it has a position. */
export interface Draft {
  readonly type: string;
  readonly version: number;
  readonly kind: MessageKind;
  readonly key: string;
  readonly source: string;
  readonly text: string;
  readonly data: LoggedMessage['data'];
  readonly cause: LoggedMessage | undefined;
  readonly correlation?: number | string | undefined;
  readonly hops: number;
  readonly expires?: number | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly replyTo?: string | undefined;
  readonly headers?: string | undefined;
  /** For one handler only; whoever appends it delivers it. */
  readonly direct?: boolean | undefined;
}

/** Which handler of which instance gets a message, and for which timer. */
export interface Recipient {
  readonly subscription: Subscription;
  readonly key: string;
  readonly timer?: string | undefined;
  readonly generation?: number | null | undefined;
}

export class Drain {
  readonly kernel: Kernel;
  readonly number: number;
  /** Wall time of the runtime's clock in ms; moves with every turn. */
  now: number;
  monotonic: number;
  readonly firstPosition: number;
  readonly messages: LoggedMessage[] = [];
  readonly turns: TurnRow[] = [];
  readonly created: Delivery[] = [];
  readonly closed: Delivery[] = [];
  readonly changed: Map<Delivery, Delivery> = new Map();
  readonly touched: Instance[] = [];
  readonly dirty: Instance[] = [];
  readonly inputs: Input[] = [];
  /** What was answered, by the position of the command, for the askers of this process. */
  readonly settled: Map<number, Settlement> = new Map();
  /** Deliveries whose reply comes later: their rows stay as `deferred`. */
  readonly deferred: Map<number, Delivery> = new Map();
  /** Tasks that are queued after the commit. */
  readonly started: Task[] = [];
  /** Run after the commit, in order: logs, task starts, wake-ups. */
  readonly afterCommit: (() => void)[] = [];
  readonly #undo: (() => void)[] = [];
  readonly #pendings = new Map<Registration, number>();

  constructor(kernel: Kernel, number: number) {
    this.kernel = kernel;
    this.number = number;
    this.monotonic = kernel.clock.monotonic();
    this.now = kernel.clock.at(this.monotonic);
    this.firstPosition = kernel.position + 1;
  }

  /** Appends to the log; the position is safe to use because nothing leaks before the commit. */
  append(draft: Draft): LoggedMessage {
    const { cause } = draft;
    const message: LoggedMessage = {
      position: (this.kernel.position += 1),
      type: draft.type,
      version: draft.version,
      kind: draft.kind,
      key: draft.key,
      source: draft.source,
      correlation: draft.correlation ?? (cause ? (cause.correlation ?? cause.position) : null),
      cause: cause?.position ?? null,
      time: this.now,
      hops: draft.hops,
      expires: draft.expires === undefined ? null : Math.ceil(draft.expires),
      idempotencyKey: draft.idempotencyKey ?? null,
      replyTo: draft.replyTo ?? null,
      headers: joinHeaders(draft.headers, cause?.headers),
      direct: draft.direct ? 1 : 0,
      text: draft.text,
      data: draft.data,
    };
    this.messages.push(message);
    return message;
  }

  /** A position for what enters the log later, so that its sender has an id to name it by. */
  reserve(): number {
    return (this.kernel.position += 1);
  }

  message(position: number): LoggedMessage | undefined {
    if (position < this.firstPosition) return this.kernel.store.messages.get(position);
    let at = Math.min(position - this.firstPosition, this.messages.length - 1);
    while (at >= 0 && (this.messages[at]?.position ?? 0) > position) at -= 1;
    const message = this.messages[at];
    return message?.position === position ? message : undefined;
  }

  /** Sends a fresh message to its owner or its live subscribers. */
  route(message: LoggedMessage): void {
    const { router } = this.kernel;
    const claimers = router.claimers?.get(message.type);
    if (claimers) takeClaims(this, claimers, message);
    if (message.kind === 'command') {
      const owner = router.owner(message.type);
      if (!owner) throw noOwner(message.type);
      this.#routeTo([owner], message);
      return;
    }
    const subscribers = router.subscribers(message.type);
    if (subscribers.length === 0) this.kernel.unheard += 1;
    this.#routeTo(subscribers, message);
  }

  #routeTo(subscriptions: readonly Subscription[], message: LoggedMessage): void {
    for (const subscription of subscriptions) if (subscription.cursor === null) this.offer(subscription, message);
    for (const { registration } of subscriptions) {
      if (registration.pending >= this.kernel.limits.mailboxPerActor) this.#fallBehind(registration, message.position);
    }
  }

  /**
   * With a full window a behavior reads what follows from the log, all of it, so that its order survives
   * (K13).
   */
  #fallBehind(registration: Registration, cursor: number): void {
    const live = registration.subscriptions.filter(one => one.cursor === null && one.isRouted);
    if (live.length === 0) return;
    for (const subscription of live) this.setCursor(subscription, cursor);
    const event = { name: registration.behavior.name, position: cursor };
    this.afterCommit.push(() => this.kernel.bus.emit('subscription-behind', event));
  }

  setCursor(subscription: Subscription, cursor: number | null): void {
    const before = subscription.cursor;
    this.undo(() => {
      subscription.cursor = before;
      subscription.registration.refresh();
    });
    subscription.cursor = cursor;
    subscription.registration.refresh();
    this.kernel.store.subscriptions.setCursor(subscription.id, cursor);
  }

  /**
   * Delivers if the subscription's filter and key want it; what they throw is this subscriber's dead letter only
   * (K14).
   */
  offer(subscription: Subscription, message: LoggedMessage): void {
    const { handler, registration } = subscription;
    let key = message.key;
    try {
      if (handler.where || handler.key || handler.claims) {
        const data = this.kernel.data(message) as never;
        if (handler.where && !handler.where(data)) return;
        key = subscription.keyOf(message, data);
        // What cannot be claimed is not started: nobody would give way to it.
        if (handler.claims) claimedBy(handler.claims, { key, data });
      }
    } catch (error) {
      const delivery = this.kernel.makeDelivery(this, message, { subscription, key });
      delivery.failures = [toFailure(error, 1, this.now)];
      deadLetter(this, delivery, { message, reason: 'filter-failed', error });
      return;
    }
    if (handler.yieldsTo && isClaimed(this, message, { subscription, key })) return;
    this.deliver(message, { subscription, key: registration.behavior.single ? 'default' : key });
  }

  /** Makes the delivery of a message to one handler of one instance. */
  deliver(message: LoggedMessage, to: Recipient): void {
    const delivery = this.kernel.makeDelivery(this, message, to);
    this.created.push(delivery);
    this.enqueue(delivery);
  }

  /** Puts a delivery into its mailbox; it stays on disk where that is held, its handler paused, or it is withheld. */
  enqueue(delivery: Delivery): boolean {
    const { subscription, key, due } = delivery;
    const { registration } = subscription;
    const instance = this.kernel.instances.get(registration, key);
    if (instance.hold || subscription.paused || this.kernel.withholds?.(this.kernel, delivery)) return false;
    this.touch(instance);
    this.addPending(registration, 1);
    if (due > this.now && registration.behavior.retryOrder === 'skip-ahead') {
      this.afterCommit.push(() => this.kernel.delay(delivery));
      return true;
    }
    instance.mailbox.push(delivery);
    this.kernel.makeReady(instance);
    return true;
  }

  touch(instance: Instance): void {
    if (instance.touch(this.number)) this.touched.push(instance);
  }

  makeDirty(instance: Instance): void {
    if (instance.dirtyIn === this.number) return;
    instance.dirtyIn = this.number;
    this.dirty.push(instance);
  }

  addPending(registration: Registration, by: number): void {
    if (!this.#pendings.has(registration)) this.#pendings.set(registration, registration.pending);
    registration.pending += by;
  }

  /** Remembers a delivery as it is before it is changed. */
  change(delivery: Delivery): void {
    if (!this.changed.has(delivery)) this.changed.set(delivery, { ...delivery });
  }

  /** The delivery is over: applied, dead-lettered or expired. */
  close(delivery: Delivery): void {
    if (delivery.done) return;
    delivery.done = true;
    this.closed.push(delivery);
    if (delivery.timer !== null) this.kernel.timers.finish(delivery);
  }

  undo(step: () => void): void {
    this.#undo.push(step);
  }

  /** Puts everything in memory back to the last commit, in O(drain) (K3). */
  abort(): void {
    for (const step of this.#undo.toReversed()) step();
    for (const [registration, pending] of this.#pendings) registration.pending = pending;
    for (const [delivery, before] of this.changed) Object.assign(delivery, before);
    for (const delivery of this.closed) delivery.done = false;
    for (const instance of this.touched) instance.restore();
    this.kernel.position = this.firstPosition - 1;
  }
}

export function noOwner(type: string): TroupeError {
  return new TroupeError(
    'no-owner',
    `No owner for command ${type}. Add an actor with .on(${type}) to defineApp({ actors }).`,
  );
}
