// Recovery: brings committed work back into memory after a start, suspects of a crash first and alone.
import type { Delivery } from '../delivery/mailbox.ts';
import type { DeliveryRow, TaskRow } from '../store/records.ts';
import type { Drain } from './drain.ts';
import type { Kernel } from './kernel.ts';
import { restore } from './restore.ts';
import { giveUpCrashed } from './task-end.ts';
import type { Task } from './tasks.ts';

/** Queues open deliveries in their order, then tasks; suspects of a crash first and alone. */
export function recover(kernel: Kernel, unclean: boolean): void {
  const flight = unclean ? kernel.flight.read() : { alone: false, deliveries: [] };
  const suspects = new Set(flight.deliveries);
  kernel.cautious = unclean;
  kernel.scheduler.transact(drain => {
    for (const row of kernel.store.deliveries.all()) {
      if (row.status === 'deferred') continue;
      const delivery = restore(kernel, row);
      if (!delivery) bury(drain, row);
      else if (delivery.stashed) kernel.stash.recover(delivery);
      else if (drain.enqueue(delivery) && suspects.has(row.id)) suspect(drain, delivery, flight.alone);
    }
    // Only the first of a lane can have been running.
    const lanes = new Set<string>();
    const tasks = kernel.store.tasks.all().flatMap(row => recoverTask(drain, row, { unclean, lanes }) ?? []);
    drain.afterCommit.push(() => kernel.tasks.recover(tasks));
  });
}

/** Only a crash alone in flight counts; the others are run alone to find out. */
function suspect(drain: Drain, delivery: Delivery, alone: boolean): void {
  drain.kernel.suspects.add(delivery);
  if (!alone) return;
  drain.change(delivery);
  delivery.crashes += 1;
}

/** Undefined where nobody is there to run it, or it has crashed the process too often. */
function recoverTask(
  drain: Drain,
  row: TaskRow,
  { unclean, lanes }: { readonly unclean: boolean; readonly lanes: Set<string> },
): Task | undefined {
  const { kernel } = drain;
  const subscription = kernel.subscription(row.subscription);
  const message = kernel.store.messages.get(row.message);
  if (!subscription || !message) {
    bury(drain, row);
    return undefined;
  }
  const instance = kernel.instances.get(subscription.registration, row.key);
  const lane = JSON.stringify([instance.address, row.lane]);
  const crashes = row.crashes + (lanes.has(lane) ? 0 : 1);
  lanes.add(lane);
  const seen: TaskRow = unclean ? { ...row, crashes } : { ...row, crashes: 0, alone: 0 };
  const task = { row: seen, subscription, instance, message, running: undefined, isCancelled: false };
  if (seen.alone >= kernel.limits.crashes) {
    giveUpCrashed(drain, task);
    return undefined;
  }
  if (seen.crashes !== row.crashes || seen.alone !== row.alone) kernel.store.tasks.put(seen);
  return task;
}

/** Work of names that were dropped on purpose: dead letters, so that nothing is lost without a trace. */
function bury(drain: Drain, row: DeliveryRow | TaskRow): void {
  const { store } = drain.kernel;
  const name = store.subscriptions.all().find(({ id }) => id === row.subscription)?.name ?? 'unknown';
  const letter = {
    message: row.message,
    subscription: row.subscription,
    name,
    key: row.key,
    reason: 'dropped',
    attempts: 0,
    crashes: 0,
  };
  store.deadLetters.add({
    ...letter,
    time: drain.now,
    delivery: row.id,
    failures: '[]',
    lane: 'lane' in row ? row.lane : null,
  });
  if ('status' in row) store.deliveries.close(row.id);
  else {
    store.tasks.remove(row.id);
    store.effects.end(row.message, row.subscription, 'failed');
  }
}
