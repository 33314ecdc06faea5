// Kernel: what one runtime holds in memory between drains, and the look-ups that every turn needs.
import { Bus } from '../delivery/bus.ts';
import type { Delivery } from '../delivery/mailbox.ts';
import { Router } from '../delivery/router.ts';
import type { Subscription } from '../delivery/subscription.ts';
import { Registration } from '../delivery/subscription.ts';
import { TroupeError } from '../errors.ts';
import { invariant } from '../invariant.ts';
import { formatAddress } from '../message/address.ts';
import type { AnyContract } from '../message/contract.ts';
import { deepFreeze, fromJsonText } from '../message/json.ts';
import { upcast } from '../message/upcaster.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Platform } from '../platform/platform.ts';
import type { Watch } from '../platform/watchdog.ts';
import type { ApplicationSql } from '../store/application-sql.ts';
import type { FlightFile } from '../store/flight-file.ts';
import type { EpochRow, LoggedMessage, StateRow } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { SELF, type Behavior } from './behavior.ts';
import type { Drain, Recipient } from './drain.ts';
import type { Input } from './input.ts';
import type { Housekeeping } from './housekeeping.ts';
import type { Instance } from './instance.ts';
import { Instances } from './instances.ts';
import type { Limits } from './limits.ts';
import { Scheduler } from './scheduler.ts';
import { Schedules } from './schedules.ts';
import type { Settlement } from './settle.ts';
import { Stash } from './stash.ts';
import { Tasks } from './tasks.ts';
import { Timers } from './timers.ts';
import { WakeQueue } from './wake-queue.ts';
import { WorkQueue } from './work-queue.ts';

/** Unique numbers of one open start at its epoch times this, so that they never repeat and keep their order. */
const NUMBERS_PER_EPOCH = 2 ** 32;

const NO_FAILURES: readonly never[] = [];

export interface KernelParts {
  readonly store: Store;
  readonly platform: Platform;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: Limits;
  readonly flight: FlightFile;
  readonly applicationSql: ApplicationSql;
  readonly development: boolean;
  /** What runs next; a simulation draws it. */
  readonly queue?: WorkQueue | undefined;
}

/** Someone of this process who waits for the reply to a command. */
export interface Waiter {
  settle(settlement: Settlement): void;
  rejected(error: TroupeError): void;
}

export class Kernel {
  readonly store: Store;
  readonly platform: Platform;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: Limits;
  readonly flight: FlightFile;
  readonly applicationSql: ApplicationSql;
  readonly development: boolean;
  readonly bus: Bus;
  readonly router: Router = new Router();
  readonly timers: Timers = new Timers(this);
  readonly schedules: Schedules = new Schedules(this);
  readonly tasks: Tasks = new Tasks(this);
  readonly stash: Stash = new Stash();
  readonly wakes: WakeQueue;
  readonly instances: Instances;
  readonly scheduler: Scheduler;
  /** By position, those whose reply did not come in the drain that took their command. */
  readonly waiters: Map<number, Waiter[]> = new Map();
  /** Deliveries that were in flight when the process died; each runs alone first (K22). */
  readonly suspects: Set<Delivery> = new Set();
  readonly #registrations = new Map<string, Registration>();
  readonly #subscriptions = new Map<number, Subscription>();
  /** The last position given out; committed up to `committed`. */
  position = 0;
  committed = 0;
  inTurn = false;
  /**
   * After an unclean exit: what timers and the log bring is committed before it runs, so a crash finds it in flight.
   */
  cautious = false;
  /** Undefined unless the watchdog is on. */
  watch: Watch | undefined = undefined;
  /** Bound of the next drain; a simulation draws it. */
  turnsPerDrain: () => number;
  /** Whether a delivery stays on disk for now: a test chooses an interleaving. */
  withholds: ((kernel: Kernel, delivery: Delivery) => boolean) | undefined = undefined;
  /** Published events that nobody subscribes to. */
  unheard = 0;
  deadLetters = 0;
  housekeeping: Housekeeping | undefined = undefined;
  dedupeKeys = 0;
  /** Whether any handler has work that the effect ledger keeps. */
  keepsEffects = false;
  nextStateId = 1;
  #epoch: EpochRow | undefined = undefined;
  #unique = 0;

  constructor(parts: KernelParts) {
    this.store = parts.store;
    this.platform = parts.platform;
    this.clock = parts.clock;
    this.logger = parts.logger;
    this.limits = parts.limits;
    this.flight = parts.flight;
    this.applicationSql = parts.applicationSql;
    this.development = parts.development;
    this.turnsPerDrain = () => this.limits.turnsPerDrain;
    this.bus = new Bus((name, error) => this.logger.error({ tap: name, err: error }, 'a tap threw'));
    this.instances = new Instances(parts.limits.cachedInstances, instance => this.tasks.has(instance));
    this.scheduler = new Scheduler(this, parts.queue ?? new WorkQueue());
    this.wakes = new WakeQueue(() => this.scheduler.request());
  }

  open(epoch: EpochRow): void {
    this.#epoch = epoch;
    this.#unique = epoch.epoch * NUMBERS_PER_EPOCH;
    this.position = epoch.last;
    this.committed = epoch.last;
  }

  /** The open of the file this kernel works in. */
  get epoch(): EpochRow {
    invariant(this.#epoch !== undefined, 'the kernel has opened its epoch');
    return this.#epoch;
  }

  /** Increasing, never repeated in this file. */
  unique(): number {
    return (this.#unique += 1);
  }

  register(behavior: Behavior): Registration {
    const registration = new Registration(behavior);
    this.#registrations.set(behavior.name, registration);
    return registration;
  }

  subscribe(registration: Registration, subscription: Subscription): void {
    registration.subscriptions.push(subscription);
    if (subscription.handler.id === SELF && !subscription.isRouted) registration.self = subscription;
    this.#subscriptions.set(subscription.id, subscription);
    this.router.add(subscription);
    registration.refresh();
  }

  get registrations(): Iterable<Registration> {
    return this.#registrations.values();
  }

  registration(name: string): Registration | undefined {
    return this.#registrations.get(name);
  }

  /** Who goes by this name now; messages of the log keep the name their sender had. */
  addressee(name: string): Registration | undefined {
    return this.registration(name) ?? [...this.registrations].find(({ behavior }) => behavior.renamedFrom === name);
  }

  subscription(id: number): Subscription | undefined {
    return this.#subscriptions.get(id);
  }

  makeDelivery(drain: Pick<Drain, 'monotonic'>, message: LoggedMessage, to: Recipient): Delivery {
    return {
      id: this.unique(),
      position: message.position,
      subscription: to.subscription,
      key: to.key,
      queuedAt: drain.monotonic,
      timer: to.timer ?? null,
      generation: to.generation ?? null,
      message,
      attempts: 0,
      crashes: 0,
      due: 0,
      failures: NO_FAILURES,
      stored: false,
      done: false,
      stashed: false,
      verdict: undefined,
    };
  }

  /** Refuses a command for a full mailbox: its sender feels it, nothing accepted is dropped. */
  assertRoom(
    { registration, name }: Subscription,
    { contract, key }: { readonly contract: AnyContract; readonly key: string },
  ): void {
    const waiting =
      this.instances.find(registration, registration.behavior.single ? 'default' : key)?.mailbox.length ?? 0;
    if (waiting < this.limits.mailboxPerAddress) return;
    throw new TroupeError(
      'mailbox-full',
      `The mailbox of ${name} for ${contract.type} is full (${waiting}). Send less, or await the replies.`,
      { retryable: true },
    );
  }

  makeReady(instance: Instance): void {
    if (instance.queued) return;
    this.scheduler.queue.makeReady(instance);
    this.scheduler.request();
  }

  /** Puts a delivery that gave up its place back when it is due. */
  delay(delivery: Delivery): void {
    const { subscription, key } = delivery;
    const instance = this.instances.get(subscription.registration, key);
    if (instance.hold || subscription.paused) {
      subscription.registration.pending -= 1;
      return;
    }
    instance.delayed.add(delivery);
    this.wakes.add(delivery.due, () => {
      if (!instance.delayed.delete(delivery)) return;
      instance.mailbox.push(delivery);
      this.makeReady(instance);
    });
  }

  submit(input: Input): void {
    this.scheduler.submit(input);
  }

  /** The state as the current code understands it. Throws when it cannot be loaded; the instance is then held. */
  load(drain: Drain, instance: Instance): void {
    if (instance.loaded) return;
    const { behavior } = instance.registration;
    const row = behavior.stateful ? this.store.states.get(instance.address) : undefined;
    if (row) {
      instance.rowId = row.id;
      instance.status = row.status;
      instance.incarnation = row.incarnation;
      instance.conversation = row.conversation;
      instance.state = stateOf(behavior, row);
    } else {
      instance.state = behavior.initial(instance.key);
      instance.incarnation = behavior.stateful ? this.unique() : 0;
      drain.touch(instance);
    }
    instance.loaded = true;
  }

  data(message: LoggedMessage): unknown {
    if (message.data === undefined) {
      const parsed = fromJsonText(message.text);
      const contract =
        message.kind === 'event' || message.kind === 'command' ? this.router.contract(message.type) : undefined;
      message.data =
        contract && message.version !== contract.version ? upcast(contract, message.version, parsed) : parsed;
    }
    return message.data;
  }

  /** What the message answers: a task's end belongs to the message that started the task. */
  originOf(drain: Drain, message: LoggedMessage): LoggedMessage {
    if (message.kind !== 'end' || message.cause === null) return message;
    return drain.message(message.cause) ?? message;
  }

  /** `<incarnation>-<position>`: the incarnation of the open that wrote it (K1). */
  idOf(position: number): string {
    const own = this.#epoch;
    if (own && position >= own.first) return `${own.incarnation}-${position}`;
    const epoch = this.store.epochs.findLast(row => row.first <= position);
    return `${epoch?.incarnation ?? '0'}-${position}`;
  }

  /** The position behind an id of this file, if it was committed. */
  positionOf(id: string): number | undefined {
    const match = /^([0-9a-f]{16})-(\d{1,16})$/.exec(id);
    if (!match) return undefined;
    const position = Number(match[2]);
    const epoch = this.store.epochs.find(row => row.incarnation === match[1]);
    if (!epoch || position < epoch.first) return undefined;
    const last = epoch.epoch === this.#epoch?.epoch ? this.position : epoch.last;
    return position <= last ? position : undefined;
  }

  /** The last committed state of an address, outside of a drain. */
  peekState(registration: Registration, key: string): unknown {
    const instance = this.instances.find(registration, key);
    if (instance?.loaded) return instance.state;
    const { behavior } = registration;
    const row = behavior.stateful ? this.store.states.get(formatAddress(behavior.name, key)) : undefined;
    return row ? stateOf(behavior, row) : behavior.initial(key);
  }

  /** Compares the clock with the wall: a jump forward is downtime for what counts engine-up time (K23). */
  look(): void {
    const jump = this.clock.look();
    if (!jump) return;
    this.logger.warn({ byMs: jump.byMs }, 'the wall clock jumped');
    this.bus.emit('clock-jump', jump);
    if (jump.byMs > 0) this.timers.shift(jump.byMs);
  }
}

/** A stored state in the version of the current code. */
function stateOf(behavior: Behavior, row: StateRow): unknown {
  const stored = fromJsonText(row.data);
  const state = behavior.restore(stored, row.version);
  return state === stored ? state : deepFreeze(state);
}
