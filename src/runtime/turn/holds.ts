// Holds: pausing, holding and resuming an actor, a subscription or one instance; what comes meanwhile waits on disk.
import { TroupeError } from '../errors.ts';
import type { Delivery } from '../delivery/mailbox.ts';
import type { Registration, Subscription } from '../delivery/subscription.ts';
import type { DeliveryRow } from '../store/records.ts';
import { restore } from './restore.ts';
import type { Drain } from './drain.ts';
import type { Instance } from './instance.ts';

/** The reason of a hold that ends with the next start, which may bring other code. */
export const UNLOADABLE = 'unloadable';

/** Nothing of this actor runs until it is resumed. */
export function pauseActor(drain: Drain, registration: Registration): void {
  if (registration.paused) return;
  drain.undo(() => (registration.paused = false));
  registration.paused = true;
  putPause(drain, registration, '');
  for (const subscription of registration.subscriptions) leaveToLog(drain, subscription);
}

export function resumeActor(drain: Drain, registration: Registration): void {
  if (!registration.paused) return;
  drain.undo(() => (registration.paused = true));
  registration.paused = false;
  drain.kernel.store.holds.remove(registration.behavior.name, '', '');
  drain.afterCommit.push(() => {
    for (const instance of drain.kernel.instances.of(registration)) {
      if (instance.mailbox.length > 0) drain.kernel.makeReady(instance);
    }
    drain.kernel.tasks.refresh();
  });
}

/** This handler gets nothing until it is resumed; the other handlers of the actor go on. */
export function pauseSubscription(drain: Drain, subscription: Subscription): void {
  if (subscription.paused) return;
  const { registration } = subscription;
  drain.undo(() => (subscription.paused = false));
  subscription.paused = true;
  putPause(drain, registration, subscription.handler.id);
  leaveToLog(drain, subscription);
  for (const instance of drain.kernel.instances.of(registration)) {
    leaveToDisk(drain, instance, delivery => delivery.subscription === subscription);
  }
}

export function resumeSubscription(drain: Drain, subscription: Subscription): void {
  if (!subscription.paused) return;
  drain.undo(() => (subscription.paused = true));
  subscription.paused = false;
  const { store, tasks } = drain.kernel;
  store.holds.remove(subscription.registration.behavior.name, '', subscription.handler.id);
  takeUp(drain, store.deliveries.ofSubscription(subscription.id), delivery => delivery.subscription === subscription);
  drain.afterCommit.push(() => tasks.refresh());
}

/** Nothing of this instance runs until somebody acts; an instance that is held already stays as it is. */
export function holdInstance(
  drain: Drain,
  instance: Instance,
  why: { readonly reason: string; readonly error?: unknown },
): void {
  if (instance.hold) return;
  const { reason } = why;
  const { error: cause } = why;
  const error =
    cause instanceof Error ? `${cause.name}: ${cause.message}` : cause === undefined ? undefined : 'an unknown error';
  const { kernel } = drain;
  drain.touch(instance);
  const since = drain.now;
  const { name } = instance.registration.behavior;
  instance.hold = { reason, error, since };
  kernel.store.holds.put({ name, key: instance.key, handler: '', reason, error: error ?? null, since });
  leaveToDisk(drain, instance, () => true);
  drain.afterCommit.push(() => {
    kernel.logger.warn({ address: instance.address, reason, error }, 'instance held');
    kernel.bus.emit('held', { address: instance.address, reason, error });
  });
}

/** Lets a held or paused instance go on with what waited, in its order. */
export function releaseInstance(drain: Drain, instance: Instance): void {
  const { kernel } = drain;
  const { registration } = instance;
  if (!instance.hold) {
    throw new TroupeError('not-found', `${instance.address} is neither held nor paused.`);
  }
  drain.touch(instance);
  instance.hold = undefined;
  kernel.store.holds.remove(registration.behavior.name, instance.key, '');
  const ids = registration.subscriptions.map(({ id }) => id);
  const isOwn = ({ subscription, key }: Delivery): boolean =>
    subscription.registration === registration && key === instance.key;
  takeUp(drain, kernel.store.deliveries.of(ids, instance.key), isOwn);
  drain.afterCommit.push(() => {
    kernel.bus.emit('released', { address: instance.address });
    kernel.tasks.refresh();
  });
}

/** Takes deliveries of an instance out of memory; their rows stay. */
function leaveToDisk(drain: Drain, instance: Instance, isGone: (delivery: Delivery) => boolean): void {
  const { mailbox, delayed, registration } = instance;
  const waiting = mailbox.waiting();
  const stays = waiting.filter(delivery => !isGone(delivery));
  const later = [...delayed].filter(delivery => isGone(delivery));
  const gone = waiting.length - stays.length + later.length;
  if (gone === 0) return;
  drain.touch(instance);
  drain.addPending(registration, -gone);
  drain.undo(mailbox.replace(stays));
  for (const delivery of later) delayed.delete(delivery);
  drain.undo(() => {
    for (const delivery of later) delayed.add(delivery);
  });
}

/** Queues what was left to the disk and what this drain has added to it, in the order of its making. */
function takeUp(drain: Drain, rows: readonly DeliveryRow[], isWanted: (delivery: Delivery) => boolean): void {
  const closed = new Set(drain.closed.map(({ id }) => id));
  const known = new Map([...drain.changed.keys()].map(delivery => [delivery.id, delivery]));
  const stored = rows
    .filter(({ id, status }) => status !== 'deferred' && !closed.has(id))
    .flatMap(row => known.get(row.id) ?? restore(drain.kernel, row) ?? []);
  const fresh = drain.created.filter(delivery => !delivery.done && !delivery.stored && isWanted(delivery));
  const open = [...stored, ...fresh].filter(({ stashed }) => !stashed);
  for (const delivery of open.toSorted((a, b) => a.id - b.id)) drain.enqueue(delivery);
}

/** From now on the subscription is behind: the log keeps what it would have got. */
function leaveToLog(drain: Drain, subscription: Subscription): void {
  if (subscription.isRouted && subscription.cursor === null) drain.setCursor(subscription, drain.kernel.position);
}

function putPause(drain: Drain, registration: Registration, handler: string): void {
  drain.kernel.store.holds.put({
    name: registration.behavior.name,
    key: '',
    handler,
    reason: 'paused',
    error: null,
    since: drain.now,
  });
}
