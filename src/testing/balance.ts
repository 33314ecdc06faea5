// Balance: whether the books of a store balance: memory says what disk says, nothing is lost or stuck, nothing is open.
import { formatAddress } from '../runtime/message/address.ts';
import { fromJsonText } from '../runtime/message/json.ts';
import type { StateRow } from '../runtime/store/records.ts';
import type { Instance } from '../runtime/turn/instance.ts';
import { Audit, type Audited } from './audit.ts';
import { checkClaims } from './living-claims.ts';
import { findLost } from './lost.ts';

type Check = (audit: Audit) => readonly string[];

/**
 * What contradicts itself, a sentence each; empty when the books balance. It holds between any two drains, however much
 * is open: SQLite finds no damage; every delivery, task, state, hold, cursor and counter in memory is the one on
 * disk; no row is stuck, open with nobody to take it up; every message was handled by each handler that wanted it, is a
 * dead letter, or is open.
 */
export function findImbalances(audited: Audited): readonly string[] {
  const audit = new Audit(audited);
  return [...checkFile(audit), ...findContradictions(audit), ...findLost(audit)];
}

/** Where memory and disk differ; all that can be looked at often. */
export function findContradictions(audit: Audit): readonly string[] {
  const checks: readonly Check[] = [
    checkCounters,
    checkDeliveries,
    checkMailboxes,
    checkTasks,
    checkEffects,
    checkTimers,
    checkStates,
    checkHolds,
    checkClaims,
  ];
  return checks.flatMap(check => check(audit));
}

/**
 * What is not over, a sentence each; empty at rest. Open: a message that waits, is tried again or is withheld, a reply
 * that is owed, a task, an overdue timer, a handler that is behind the log, an instance that is held. Not open: a timer
 * of the future, and what a living instance has put aside.
 */
export function findOpenWork(audited: Audited): readonly string[] {
  const audit = new Audit(audited);
  const { kernel, store, deliveries, tasks } = audit;
  const now = kernel.clock.now();
  return [
    ...deliveries
      .filter(({ status }) => status !== 'stashed')
      .map(row => `${audit.label(row)} is ${row.status === 'deferred' ? 'owed a reply' : waitOf(audit, row)}`),
    ...tasks.map(row => `${audit.label(row)} is a task that is not over (attempt ${row.attempt})`),
    ...store.timers.due(now, Number.MAX_SAFE_INTEGER).map(row => {
      return `the timer ${row.timer} of ${row.name}/${row.key} is overdue by ${now - row.due} ms`;
    }),
    ...store.subscriptions.all().flatMap(({ name, handler, cursor }) => {
      return cursor === null ? [] : [`${name}:${handler} is behind the log, at ${cursor}`];
    }),
    ...store.holds.all().map(({ name, key, reason, error }) => {
      return `${key === '' ? name : `${name}/${key}`} is held: ${reason}${error === null ? '' : `, ${error}`}`;
    }),
  ];
}

/** Whether all that is still to come are slots of schedules, which never end. */
export function awaitsSchedulesOnly(audited: Audited): boolean {
  const { store } = audited;
  if (store.schedules.all().every(({ nextDue }) => nextDue === null)) return false;
  const armed = store.timers.due(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  return armed.every(({ name }) => name === '') && findOpenWork(audited).length === 0;
}

function waitOf({ withheld }: Audit, { id, attempts }: { readonly id: number; readonly attempts: number }): string {
  if (withheld.has(id)) return 'withheld by the test';
  return attempts === 0 ? 'open' : `open after ${attempts} failed attempts`;
}

function checkFile(audit: Audit): readonly string[] {
  const results = audit.rows<{ integrity_check: string }>('pragma integrity_check').map(row => row.integrity_check);
  return results.filter(result => result !== 'ok').map(result => `integrity_check: ${result}`);
}

function checkCounters(audit: Audit): readonly string[] {
  const { kernel, store, deliveries, tasks } = audit;
  const last = audit.rows<{ last: number }>('select max(last) as last from troupe_epochs')[0]?.last ?? 0;
  const newest = audit.rows<{ last: number | null }>('select max(position) as last from troupe_messages')[0]?.last ?? 0;
  const stashed = deliveries.filter(({ status }) => status === 'stashed').length;
  const [armed, expected] = [store.timers.nextDue(), kernel.timers.nextDue()];
  return [
    ...compare('the last position', kernel.committed, last),
    ...compare('dead letters', kernel.deadLetters, store.deadLetters.count()),
    ...compare('idempotency keys', kernel.dedupeKeys, store.idempotency.count()),
    ...compare('tasks', kernel.tasks.count, tasks.length),
    ...compare('messages put aside', kernel.stash.count, stashed),
    ...(newest > last ? [`the log goes to ${newest}, its sequence to ${last}`] : []),
    ...(armed !== undefined && (expected ?? Infinity) > armed ? [`a timer due at ${armed} would be overslept`] : []),
  ];
}

function compare(what: string, inMemory: unknown, onDisk: unknown): readonly string[] {
  return inMemory === onDisk ? [] : [`${what}: ${String(inMemory)} in memory, ${String(onDisk)} on disk`];
}

/** From disk to memory: whether somebody will take up each open row. */
function checkDeliveries(audit: Audit): readonly string[] {
  const { kernel, store, withheld } = audit;
  return audit.deliveries.flatMap(row => {
    const label = audit.label(row);
    const subscription = kernel.subscription(row.subscription);
    if (!store.messages.get(row.message)) return [`${label} is open, and not in the log`];
    if (!subscription) return [`${label} is open, and has no handler`];
    const address = formatAddress(subscription.registration.behavior.name, row.key);
    if (row.status === 'deferred') return [];
    if (row.status === 'stashed') {
      if (!kernel.stash.of(address).some(({ id }) => id === row.id)) return [`${label} is put aside on disk only`];
      return isOver(audit, address) ? [`${label} is put aside by an instance that is over`] : [];
    }
    const instance = audit.instanceOf(row);
    if (instance?.hold || subscription.paused || withheld.has(row.id)) return [];
    const found = instance && audit.waiting(instance).find(({ id }) => id === row.id);
    if (!found) return [`${label} is stuck: open on disk, in no mailbox`];
    return [
      ...compare(`attempts of ${label}`, found.attempts, row.attempts),
      ...compare(`crashes of ${label}`, found.crashes, row.crashes),
    ];
  });
}

/** From memory to disk: whether each delivery would survive a crash, and is counted. */
function checkMailboxes(audit: Audit): readonly string[] {
  const open = new Set(audit.deliveries.filter(({ status }) => status === 'open').map(({ id }) => id));
  const found: string[] = [];
  const counted = new Map([...audit.kernel.registrations].map(registration => [registration, 0]));
  for (const { registration, instance } of audit.instances()) {
    const waiting = audit.waiting(instance);
    counted.set(registration, (counted.get(registration) ?? 0) + waiting.length);
    for (const { id, position, subscription, key } of waiting) {
      if (open.has(id)) continue;
      found.push(`${audit.label({ message: position, subscription: subscription.id, key })} is open in memory only`);
    }
  }
  for (const [{ behavior, pending }, count] of counted) {
    if (pending !== count) found.push(`${behavior.name} counts ${pending} deliveries in memory, and has ${count}`);
  }
  return found;
}

function checkTasks(audit: Audit): readonly string[] {
  const { kernel, store } = audit;
  const orphans = audit.rows<{ task: number }>(
    'select distinct task from troupe_steps where task not in (select id from troupe_tasks)',
  );
  return [
    ...orphans.map(({ task }) => `steps of the task ${task} are kept, and the task is over`),
    ...audit.tasks.flatMap(row => {
      const label = `the task ${audit.label(row)}`;
      if (!store.messages.get(row.message)) return [`${label} is not in the log`];
      const instance = audit.instanceOf(row);
      const task = instance && kernel.tasks.of(instance).find(one => one.row.id === row.id);
      if (!task) return [`${label} is stuck: on disk, in no lane`];
      return compare(`attempts of ${label}`, task.row.attempt, row.attempt);
    }),
  ];
}

/** A key that nothing is done for stays taken for ever. */
function checkEffects(audit: Audit): readonly string[] {
  const stuck = audit.rows<{ effect: string; key: string }>(
    `select effect, key from troupe_effects e where state = 'running' and not exists (
      select 1 from troupe_tasks t where t.message = e.message and t.subscription = e.subscription
    )`,
  );
  return stuck.map(({ effect, key }) => `the effect ${effect} for ${key} is held by a task that is over`);
}

interface TimerKey {
  readonly name: string;
  readonly key: string;
  readonly timer: string;
  readonly generation: number;
  readonly fired: number;
}

function checkTimers(audit: Audit): readonly string[] {
  const timers = audit.rows<TimerKey>('select name, key, timer, generation, fired from troupe_timers');
  return timers.flatMap(({ name, key, timer, generation, fired }) => {
    if (name === '') return [];
    const label = `the timer ${timer} of ${name}/${key}`;
    const kind = audit.kernel.registration(name)?.behavior.kind;
    if (kind !== 'actor' && isOver(audit, formatAddress(name, key))) return [`${label} has outlived its ${kind}`];
    if (fired === 0) return [];
    const isOpen = audit.deliveries.some(
      row => row.timer === timer && row.key === key && row.generation === generation,
    );
    return isOpen ? [] : [`${label} has fired, and nobody is told`];
  });
}

function isOver({ store }: Audit, address: string): boolean {
  const status = store.states.get(address)?.status;
  return typeof status === 'string' && status !== 'running';
}

function checkStates(audit: Audit): readonly string[] {
  const found: string[] = [];
  for (const { instance, registration } of audit.instances()) {
    if (!instance.loaded || !registration.behavior.stateful) continue;
    const { address, rowId } = instance;
    const row = audit.store.states.get(address);
    if (!row) {
      if (rowId > 0) found.push(`${address} has a state in memory only`);
    } else if (rowId !== row.id) found.push(`${address} is row ${row.id} on disk, ${rowId} in memory`);
    else if (!isSameState(instance, row)) found.push(`${address} has another state in memory than on disk`);
  }
  return found;
}

function isSameState(instance: Instance, row: StateRow): boolean {
  const { registration, state, status, incarnation, conversation } = instance;
  if (status !== row.status || incarnation !== row.incarnation || conversation !== row.conversation) return false;
  const text = JSON.stringify(state);
  if (text === row.data) return true;
  // What older code has written is stored anew by its next turn only.
  return text === JSON.stringify(registration.behavior.restore(fromJsonText(row.data), row.version));
}

function checkHolds(audit: Audit): readonly string[] {
  const { kernel, store } = audit;
  const onDisk = new Set(store.holds.all().map(({ name, key, handler }) => `${name}/${key}/${handler}`));
  const inMemory = new Set<string>();
  for (const { behavior, paused, subscriptions } of kernel.registrations) {
    if (paused) inMemory.add(`${behavior.name}//`);
    for (const one of subscriptions) if (one.paused) inMemory.add(`${behavior.name}//${one.handler.id}`);
  }
  for (const { registration, instance } of audit.instances()) {
    if (instance.hold) inMemory.add(`${registration.behavior.name}/${instance.key}/`);
  }
  const cursors = store.subscriptions.all().flatMap(({ id, name, handler, cursor }) => {
    const subscription = kernel.subscription(id);
    return subscription ? compare(`the cursor of ${name}:${handler}`, subscription.cursor, cursor) : [];
  });
  return [
    ...cursors,
    ...[...inMemory].filter(what => !onDisk.has(what)).map(what => `${what} is held in memory only`),
    ...[...onDisk].filter(what => !inMemory.has(what)).map(what => `${what} is held on disk only`),
  ];
}
