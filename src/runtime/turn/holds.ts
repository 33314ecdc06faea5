// Holds: pausing and resuming an actor, a subscription or one instance; what comes meanwhile waits on disk.
import { TroupeError } from '../errors.ts';
import type { Delivery } from '../delivery/mailbox.ts';
import type { Registration, Subscription } from '../delivery/subscription.ts';
import { restore } from './boot.ts';
import type { Drain } from './drain.ts';
import type { Instance } from './instance.ts';

/** Nothing of this actor runs until it is resumed. */
export function pauseActor(drain: Drain, registration: Registration): void {
  if (registration.paused) return;
  drain.undo(() => (registration.paused = false));
  registration.paused = true;
  putRow(drain, registration, '', 'paused');
  for (const subscription of registration.subscriptions) leaveToLog(drain, subscription);
}

export function resumeActor(drain: Drain, registration: Registration): void {
  if (!registration.paused) return;
  drain.undo(() => (registration.paused = true));
  registration.paused = false;
  drain.kernel.store.holds.remove(registration.behavior.name, '', '');
  drain.afterCommit.push(() => {
    for (const instance of drain.kernel.instancesOf(registration))
      if (instance.mailbox.length > 0) drain.kernel.makeReady(instance);
    drain.kernel.tasks.refresh();
  });
}

/** This handler gets nothing until it is resumed; the other handlers of the actor go on. */
export function pauseSubscription(drain: Drain, subscription: Subscription): void {
  if (subscription.paused) return;
  const { registration } = subscription;
  drain.undo(() => (subscription.paused = false));
  subscription.paused = true;
  putRow(drain, registration, subscription.handler.id, 'paused');
  leaveToLog(drain, subscription);
  for (const instance of drain.kernel.instancesOf(registration)) {
    const { mailbox } = instance;
    const stays = mailbox.waiting().filter(delivery => delivery.subscription !== subscription);
    const gone = mailbox.length - stays.length;
    if (gone === 0) continue;
    drain.touch(instance);
    drain.undo(mailbox.replace(stays));
    drain.addPending(registration, -gone);
  }
}

export function resumeSubscription(drain: Drain, subscription: Subscription): void {
  if (!subscription.paused) return;
  drain.undo(() => (subscription.paused = true));
  subscription.paused = false;
  const { kernel } = drain;
  kernel.store.holds.remove(subscription.registration.behavior.name, '', subscription.handler.id);
  for (const row of kernel.store.deliveries.ofSubscription(subscription.id)) {
    const delivery = row.status === 'open' ? restore(kernel, row) : undefined;
    if (delivery) putBack(drain, kernel.instance(subscription.registration, row.key), delivery);
  }
  drain.afterCommit.push(() => kernel.tasks.refresh());
}

/** Lets a held or paused instance go on, `first` before everything that waited. */
export function releaseInstance(drain: Drain, instance: Instance, first?: Delivery): void {
  const { kernel } = drain;
  const { registration } = instance;
  if (!instance.hold) {
    throw new TroupeError('not-found', `${instance.address} is neither held nor paused.`);
  }
  drain.touch(instance);
  instance.hold = undefined;
  kernel.store.holds.remove(registration.behavior.name, instance.key, '');
  if (first) putBack(drain, instance, first);
  const ids = registration.subscriptions.map(({ id }) => id);
  for (const row of kernel.store.deliveries.of(ids, instance.key)) {
    const delivery = row.status === 'open' ? restore(kernel, row) : undefined;
    if (delivery) putBack(drain, instance, delivery);
  }
  drain.afterCommit.push(() => {
    kernel.bus.emit('released', { address: instance.address });
    kernel.tasks.refresh();
  });
}

function putBack(drain: Drain, instance: Instance, delivery: Delivery): void {
  if (instance.hold) return;
  drain.touch(instance);
  drain.addPending(instance.registration, 1);
  instance.mailbox.push(delivery);
  drain.kernel.makeReady(instance);
}

/** From now on the subscription is behind: the log keeps what it would have got. */
function leaveToLog(drain: Drain, subscription: Subscription): void {
  const isSelf = subscription === subscription.registration.self;
  if (!isSelf && subscription.cursor === null) drain.setCursor(subscription, drain.kernel.position);
}

function putRow(drain: Drain, registration: Registration, handler: string, reason: string): void {
  drain.kernel.store.holds.put({
    name: registration.behavior.name,
    key: '',
    handler,
    reason,
    error: null,
    since: drain.now,
  });
}
