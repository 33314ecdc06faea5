// Boot: reconciles stored names with the app and opens the epoch, in one transaction; nothing runs yet.
import { toEffectRules, type EffectPolicies } from '../delivery/effect-rule.ts';
import { Subscription, type Registration } from '../delivery/subscription.ts';
import { TroupeError } from '../errors.ts';
import { isMonitorName } from '../message/address.ts';
import type { EpochRow, SubscriptionRow } from '../store/records.ts';
import { UNREGISTERED_MS } from '../store/store.ts';
import type { Behavior, Handler } from './behavior.ts';
import { settleClaims } from './claims-boot.ts';
import { UNLOADABLE } from './holds.ts';
import type { Kernel } from './kernel.ts';
import { orphansOf, orphanText, refuseMixtures } from './orphans.ts';
import type { Schedule } from './schedules.ts';

export interface BootOptions {
  readonly behaviors: readonly Behavior[];
  /** Names whose stored work is dropped on purpose: it becomes dead letters. */
  readonly dropped: readonly string[];
  readonly schedules: readonly Schedule[];
  readonly effects?: EffectPolicies | undefined;
}

export interface Recovered {
  readonly epoch: EpochRow;
  readonly unclean: boolean;
  readonly downtimeMs: number;
}

/** In one transaction: subscriptions, epoch, shifted timers. Nothing runs yet. */
export function boot(kernel: Kernel, options: BootOptions): Recovered {
  const { behaviors, schedules } = options;
  const { store, clock } = kernel;
  if (!store.begin()) {
    throw new TroupeError(
      'store-busy',
      'The database is inside a transaction or busy. Finish that before createRuntime.',
      { retryable: true },
    );
  }
  try {
    refuseMixtures(store.work(), behaviors);
    for (const behavior of behaviors) {
      if (behavior.renamedFrom !== undefined) store.rename(behavior.renamedFrom, behavior.name);
    }
    const now = clock.now();
    const epoch = store.openEpoch(newIncarnation(kernel), now);
    kernel.open(epoch);
    const previous = store.epochs.at(-2);
    const downtimeMs = previous ? Math.max(0, now - previous.time) : 0;
    if (downtimeMs > 0) store.timers.shiftUp(downtimeMs);
    const stored = store.subscriptions.all();
    subscribeAll(kernel, { ...options, epoch, stored });
    useEffects(kernel);
    kernel.schedules.register(schedules, now);
    refuseOrphans(kernel, options);
    kernel.nextStateId = store.states.lastId() + 1;
    kernel.deadLetters = store.deadLetters.count();
    kernel.dedupeKeys = store.idempotency.count();
    restoreHolds(kernel);
    settleClaims(kernel, stored);
    store.commit({
      messages: [],
      turns: [],
      states: [],
      opened: [],
      changed: [],
      closed: [],
      last: epoch.last,
      time: now,
    });
    return { epoch, unclean: previous?.clean === 0, downtimeMs };
  } catch (error) {
    store.rollback();
    throw error;
  }
}

/** Ids must not repeat in a file, even where a seed makes them. */
function newIncarnation({ store, platform }: Kernel): string {
  for (;;) {
    const incarnation = platform.incarnation();
    if (!store.hasIncarnation(incarnation)) return incarnation;
  }
}

interface Found extends BootOptions {
  readonly epoch: EpochRow;
  readonly stored: readonly SubscriptionRow[];
}

function subscribeAll(kernel: Kernel, { behaviors, effects, epoch, stored: rows }: Found): void {
  const stored = new Map(rows.map(row => [`${row.name}:${row.handler}`, row]));
  for (const behavior of behaviors) {
    const registration = kernel.register(behavior);
    for (const contract of [...behavior.publishes, ...behavior.sends]) kernel.router.know(contract);
    for (const handler of behavior.handlers) {
      const row = stored.get(`${behavior.name}:${handler.id}`) ?? addSubscription(kernel, behavior, handler);
      kernel.store.subscriptions.setSeen(row.id, epoch.opened);
      const subscription = new Subscription(row, registration, handler);
      subscription.effects = toEffectRules(handler.effects, effects);
      kernel.subscribe(registration, subscription);
    }
  }
}

/** A task that holds an effect frees it when it ends, even where the code of today names no effect any more. */
function useEffects(kernel: Kernel): void {
  for (const id of kernel.store.effects.heldByTasks()) {
    const subscription = kernel.subscription(id);
    if (subscription) subscription.effects ??= [];
  }
  kernel.keepsEffects = [...kernel.registrations].some(({ subscriptions }) => subscriptions.some(one => one.effects));
}

function addSubscription(kernel: Kernel, { name }: Behavior, handler: Handler): SubscriptionRow {
  const epoch = kernel.epoch;
  const { from } = handler;
  const first = kernel.store.messages.first() ?? epoch.first;
  if (typeof from === 'number' && from < first && epoch.first > 1 && first > 1) {
    throw new TroupeError(
      'log-truncated',
      `${name}:${handler.id} wants to start at position ${from}, but the log starts at ${first}. Start ` +
        `there, or at 'now'.`,
    );
  }
  const start = from === 'now' ? null : from === 'beginning' ? 0 : from - 1;
  const cursor = start === null || start >= epoch.last ? null : start;
  return kernel.store.subscriptions.add({ name, handler: handler.id, cursor, seen: epoch.opened });
}

/** Work stored for names the app no longer has stops the start, unless it is mapped or dropped on purpose (K16). */
function refuseOrphans(kernel: Kernel, { behaviors, dropped }: BootOptions): void {
  const { store } = kernel;
  forgetMonitors(kernel);
  const orphans = new Set(orphansOf(store.work(), { behaviors, dropped }).map(orphanText));
  if (orphans.size > 0) {
    throw new TroupeError(
      'orphaned-work',
      `The database holds open work for ${[...orphans].join(', ')}, which the app does not have. Put it ` +
        'back, set renamedFrom, or name it in dropOrphans.',
    );
  }
  for (const name of dropped) if (!kernel.registration(name) && !kernel.router.owner(name)) store.timers.drop(name);
  const now = kernel.clock.now();
  for (const row of store.subscriptions.all()) {
    if (kernel.subscription(row.id)) continue;
    if (row.cursor === null) store.subscriptions.setCursor(row.id, kernel.committed);
    else if (now - row.seen > UNREGISTERED_MS) store.subscriptions.remove(row.id);
    kernel.logger.warn(
      { name: row.name, handler: row.handler },
      'stored subscription is not in the app; the log waits seven days for it',
    );
  }
}

/** A monitor only watches: with its definition, or with one of its outcomes, goes what it has stored. */
function forgetMonitors(kernel: Kernel): void {
  const { store } = kernel;
  for (const { id, name } of store.subscriptions.all()) {
    if (!isMonitorName(name) || kernel.subscription(id)) continue;
    for (const delivery of store.deliveries.ofSubscription(id)) store.deliveries.close(delivery.id);
    store.deadLetters.removeOf(id);
    if (kernel.registration(name)) continue;
    store.timers.drop(name);
    store.states.removeAll(`${name}/`);
    for (const hold of store.holds.all()) if (hold.name === name) store.holds.remove(name, hold.key, hold.handler);
  }
}

function restoreHolds(kernel: Kernel): void {
  for (const { name, key, handler, reason, error, since } of kernel.store.holds.all()) {
    const registration = kernel.registration(name);
    if (!registration) continue;
    // The code of today may load what the code of yesterday could not.
    if (reason === UNLOADABLE) kernel.store.holds.remove(name, key, handler);
    else if (key !== '') kernel.instances.get(registration, key).hold = { reason, error: error ?? undefined, since };
    else if (handler === '') registration.paused = true;
    else pauseHandler(registration, handler);
  }
}

function pauseHandler({ subscriptions }: Registration, id: string): void {
  for (const subscription of subscriptions) if (subscription.handler.id === id) subscription.paused = true;
}
