// Timers: durable rows, one wake-up for the next of them, fired into the log and checked again when their turn starts.
import type { Delivery } from '../delivery/mailbox.ts';
import type { Subscription } from '../delivery/subscription.ts';
import { joinHeaders } from '../message/headers.ts';
import type { Json } from '../message/json.ts';
import { fromJsonText } from '../message/json.ts';
import type { MessageKind, TimerRow } from '../store/records.ts';
import type { Drain, Draft } from './drain.ts';
import type { Instance } from './instance.ts';
import type { Kernel } from './kernel.ts';

const FIRED_PER_DRAIN = 256;

/** What a timer row keeps of the message it will send. */
interface Stored {
  readonly type: string;
  readonly version: number;
  readonly kind: MessageKind;
  readonly key: string;
  readonly source: string;
  readonly text: string;
  readonly cause: number | null;
  readonly correlation: number | string | null;
  readonly headers?: string | undefined;
  readonly ttlMs?: number | undefined;
  readonly replyTo?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

/** Whose timer, under which id, how late. */
export interface Armed extends Pick<TimerRow, 'name' | 'key' | 'timer' | 'clock'> {
  readonly delayMs: number;
  /** Of the message, from when it is due. */
  readonly ttlMs?: number | undefined;
}

export class Timers {
  readonly #kernel: Kernel;
  /** Not later than the next due timer; a cancelled one makes it early, never late. */
  #next: number | undefined = undefined;
  #stale = true;
  /** Downtime that timers of engine-up time have not been put off by yet. */
  #shift = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** When to look again; undefined: no timer is armed. */
  nextDue(): number | undefined {
    if (this.#stale) {
      this.#next = this.#kernel.store.timers.nextDue();
      this.#stale = false;
    }
    return this.#next;
  }

  /** Rows may have changed in ways that are not tracked: abort, shift, restart. */
  forget(): void {
    this.#stale = true;
  }

  /** Arms a timer of an address; one per id, so arming again replaces it. */
  arm(drain: Drain, draft: Draft, timer: Armed): void {
    const { type, version, kind, key, source, text, cause, replyTo, idempotencyKey } = draft;
    const headers = joinHeaders(draft.headers, cause?.headers) ?? undefined;
    const { delayMs, ttlMs, ...row } = timer;
    const correlation = draft.correlation ?? (cause ? (cause.correlation ?? cause.position) : null);
    const fixed = { type, version, kind, key, source, text, correlation, headers, ttlMs, replyTo, idempotencyKey };
    const stored: Stored = { ...fixed, cause: cause?.position ?? null };
    // A duration may have a fraction, a row has none.
    const due = Math.ceil(drain.now + delayMs);
    this.#kernel.store.timers.put({ ...row, due, generation: this.#kernel.unique(), message: JSON.stringify(stored) });
    drain.undo(() => this.forget());
    const next = this.nextDue();
    if (next === undefined || due < next) this.#next = due;
  }

  /** Keeps a message out of the log until it is due. */
  delay(drain: Drain, draft: Draft, when: Pick<Armed, 'delayMs' | 'ttlMs'>): void {
    const timer = `delayed-${this.#kernel.unique()}`;
    this.arm(drain, draft, { ...when, name: '', key: '', timer, clock: 'wall' });
  }

  cancel(instance: Instance, id: string): void {
    this.#kernel.store.timers.remove(instance.registration.behavior.name, instance.key, id);
  }

  /** A cancel or re-arm by an earlier message wins over a timer that has fired (K23). */
  isCurrent({ subscription, key, timer, generation }: Delivery): boolean {
    const row = this.#kernel.store.timers.get(subscription.registration.behavior.name, key, timer ?? '');
    return row?.generation === generation;
  }

  /** The delivery of a fired timer is over; a timer that was armed again under its id stays. */
  finish(delivery: Delivery): void {
    const { subscription, key, timer } = delivery;
    if (timer === null || !this.isCurrent(delivery)) return;
    this.#kernel.store.timers.remove(subscription.registration.behavior.name, key, timer);
  }

  /** Puts off the timers that count engine-up time, before any of them fires. */
  shift(byMs: number): void {
    this.#shift += byMs;
  }

  /** Appends the messages of what is due, in due order. */
  fire(drain: Drain): void {
    const next = this.nextDue();
    if (next === undefined || next > drain.now) return;
    drain.undo(() => this.forget());
    this.#putOff(drain);
    for (const row of this.#kernel.store.timers.due(drain.now, FIRED_PER_DRAIN)) this.#fireOne(drain, row);
    this.forget();
  }

  #putOff(drain: Drain): void {
    const byMs = this.#shift;
    if (byMs === 0) return;
    drain.undo(() => (this.#shift = byMs));
    this.#shift = 0;
    this.#kernel.store.timers.shiftUp(byMs);
  }

  #fireOne(drain: Drain, row: TimerRow): void {
    const { timers, idempotency } = this.#kernel.store;
    const stored = JSON.parse(row.message) as Stored;
    const own = this.#ownHandler(row, stored);
    const cause = stored.cause === null ? undefined : drain.message(stored.cause);
    const { ttlMs } = stored;
    const message = drain.append({
      ...stored,
      cause,
      correlation: stored.correlation ?? undefined,
      data: fromJsonText(stored.text) satisfies Json,
      hops: 0,
      expires: ttlMs === undefined ? undefined : drain.now + ttlMs,
      direct: own !== undefined,
    });
    if (stored.idempotencyKey !== undefined) idempotency.place(stored.idempotencyKey, message.position);
    if (!own) {
      timers.remove(row.name, row.key, row.timer);
      drain.route(message);
      return;
    }
    timers.markFired(row.name, row.key, row.timer);
    drain.deliver(message, { subscription: own, key: row.key, timer: row.timer, generation: row.generation });
  }

  /** The handler of the address that armed the timer, where the message is for that address: a cancel can still win. */
  #ownHandler(row: TimerRow, { kind, type, key }: Stored): Subscription | undefined {
    const registration = row.name === '' ? undefined : this.#kernel.registration(row.name);
    if (!registration || kind === 'tick') return registration?.self;
    const owner = this.#kernel.router.owner(type);
    const isOwn = owner?.registration === registration && (registration.behavior.single || key === row.key);
    return isOwn ? owner : undefined;
  }
}
