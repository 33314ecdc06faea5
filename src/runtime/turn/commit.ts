// Group commit: writes what a drain changed in one transaction, then releases what waited for it.
import type { Delivery } from '../delivery/mailbox.ts';
import { TroupeError } from '../errors.ts';
import type { DeliveryRow, StateRow } from '../store/records.ts';
import type { Drain } from './drain.ts';
import type { Instance } from './instance.ts';
import type { Kernel } from './kernel.ts';
import { LoggedEnvelope } from './logged-envelope.ts';

/** One UTF-16 unit of a text is at most this many bytes of UTF-8. */
const MOST_UTF8_BYTES = 3;
/** A state larger than this part of its limit is warned of. */
const WARNED_PART = 16;

/** Writes and commits; `written` is called between the two. Throws a store error; the caller aborts. */
export function commit(drain: Drain, written: () => void): void {
  const { kernel } = drain;
  const opened = drain.created.filter(delivery => !delivery.done && !delivery.stored).map(delivery => toRow(delivery));
  for (const [position, delivery] of drain.deferred) {
    opened.push({ ...toRow(delivery), id: kernel.unique(), message: position, status: 'deferred' });
  }
  const batch = {
    messages: drain.messages,
    turns: drain.turns,
    states: stateRows(drain),
    opened,
    changed: [...drain.changed.keys()]
      .filter(delivery => delivery.stored && !delivery.done)
      .map(delivery => toRow(delivery)),
    closed: drain.closed.filter(delivery => delivery.stored).map(delivery => delivery.id),
    last: kernel.position,
    time: drain.now,
  };
  kernel.store.commit(batch, written);
}

function toRow(delivery: Delivery): DeliveryRow {
  const { id, position, subscription, key, stashed, attempts, crashes, due, timer, generation, failures } = delivery;
  return {
    id,
    message: position,
    subscription: subscription.id,
    key,
    status: stashed ? 'stashed' : 'open',
    attempts,
    crashes,
    due,
    timer,
    generation,
    failures: failures.length === 0 ? null : JSON.stringify(failures),
  };
}

function stateRows(drain: Drain): StateRow[] {
  const rows: StateRow[] = [];
  for (const instance of drain.dirty) {
    if (instance.dirtyIn !== drain.number) continue;
    instance.dirtyIn = 0;
    if (instance.registration.behavior.stateful) rows.push(stateRow(drain, instance));
  }
  return rows;
}

function stateRow(drain: Drain, instance: Instance): StateRow {
  const { kernel } = drain;
  const { behavior } = instance.registration;
  if (instance.rowId === 0) {
    instance.rowId = kernel.nextStateId;
    kernel.nextStateId += 1;
  }
  const data = JSON.stringify(instance.state) ?? 'null';
  if (data.length * MOST_UTF8_BYTES > kernel.limits.stateBytes / WARNED_PART) checkSize(kernel, instance, data);
  const { rowId, address, incarnation, status, conversation } = instance;
  return { id: rowId, address, version: behavior.version, incarnation, status, conversation, updated: drain.now, data };
}

function checkSize({ limits, logger }: Kernel, { address }: Instance, data: string): void {
  const bytes = Buffer.byteLength(data);
  if (bytes > limits.stateBytes) {
    throw new TroupeError(
      'too-large',
      `The state of ${address} has ${bytes} bytes; the limit is ${limits.stateBytes}. Split it over more ` +
        'keys or keep rows of your own.',
    );
  }
  if (bytes > limits.stateBytes / WARNED_PART) logger.warn({ address, bytes }, 'large state');
}

/** After the commit: acks and replies, then taps, then everything the drain left for later (K8). */
export function release(drain: Drain): void {
  const { kernel } = drain;
  kernel.committed = kernel.position;
  for (const delivery of drain.created) if (!delivery.done) delivery.stored = true;
  for (const input of drain.inputs) input.committed(drain);
  if (kernel.waiters.size > 0) answerOlder(drain);
  for (const message of drain.messages) {
    const isOfContract = message.kind === 'event' || message.kind === 'command';
    if (isOfContract && kernel.bus.hears(message.type)) {
      kernel.bus.emit(message.type, new LoggedEnvelope(message, kernel));
    }
    if (kernel.bus.hears('message')) kernel.bus.emit('message', new LoggedEnvelope(message, kernel));
  }
  for (const later of drain.afterCommit) later();
  for (const instance of drain.touched) afterwards(drain, instance);
}

/** Asks of earlier drains. */
function answerOlder({ kernel, settled }: Drain): void {
  for (const [position, settlement] of settled) {
    const waiters = kernel.waiters.get(position);
    if (!waiters) continue;
    kernel.waiters.delete(position);
    for (const waiter of waiters) waiter.settle(settlement);
  }
}

function afterwards(drain: Drain, instance: Instance): void {
  const { kernel } = drain;
  instance.settle();
  const next = instance.mailbox.peek();
  if (next) {
    kernel.makeReady(instance);
    return;
  }
  if (instance.status !== null && instance.status !== 'running') kernel.instances.passivate(instance);
}
