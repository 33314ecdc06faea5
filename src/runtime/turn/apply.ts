// Applies a decision to the drain: checked first, so that what is refused is refused before anything has changed.
import { TroupeError } from '../errors.ts';
import { toJsonText } from '../message/json.ts';
import type { Subscription } from '../delivery/subscription.ts';
import type { LoggedMessage } from '../store/records.ts';
import { beginClaims, endClaims } from './claims.ts';
import type { Decision, DeferredReply, Outgoing, TaskStart, TimerStart } from './decision.ts';
import { noOwner, type Drain, type Draft } from './drain.ts';
import { effectKey } from './effects.ts';
import { deadLetter } from './failure.ts';
import type { Handling } from './handling.ts';
import type { Instance } from './instance.ts';
import { settle } from './settle.ts';
import { beginTask } from './task-start.ts';

/** Most turns want none of most things. */
const NONE: never[] = [];

/** Refuses what this turn must not do; the turn then fails and nothing of it is kept. */
export function checkDecision(
  on: Handling,
  { outgoing = NONE, starts = NONE, timers = NONE, replies = NONE }: Decision,
): void {
  const { drain, instance } = on;
  const count = outgoing.length + starts.length + timers.length;
  const limit = drain.kernel.limits.outgoing;
  if (count > limit) {
    throw new TroupeError(
      'too-many-outgoing',
      `One turn of ${instance.address} wanted ${count} messages and timers; the limit is ${limit}. ` +
        'Split the work over several turns.',
    );
  }
  for (const out of outgoing) checkOutgoing(on, out);
  for (const start of starts) checkStart(instance, start);
  for (const reply of replies) ticketOf(drain, reply);
}

function checkOutgoing(on: Handling, out: Outgoing): void {
  const { limits, router } = on.drain.kernel;
  const { type, kind } = out.contract;
  router.assertSame(out.contract);
  if (kind === 'command') {
    const owner = router.owner(type);
    if (!owner) throw noOwner(type);
    on.drain.kernel.assertRoom(owner, out);
  } else if (hopsOf(on, out) > limits.hops) {
    throw new TroupeError(
      'hop-limit',
      `${type} would be event ${limits.hops + 1} in a chain of events causing events, started by ${on.message.type}. ` +
        'Break the cycle.',
    );
  }
}

/** Counts events caused by events; a turn of a saga starts anew (K17). */
function hopsOf({ instance, message }: Handling, { contract }: Outgoing): number {
  if (instance.registration.behavior.kind === 'saga') return 0;
  return message.hops + (contract.kind === 'event' ? 1 : 0);
}

function taskOf({ address, registration }: Instance, { handler, type }: TaskStart): Subscription {
  const subscription = registration.subscriptions.find(one => one.handler.id === handler);
  if (subscription?.handler.task) return subscription;
  throw new TroupeError('undeclared', `${address} has no task ${handler} for ${type}. Add it to its definition.`);
}

function checkStart(instance: Instance, start: TaskStart): void {
  const subscription = taskOf(instance, start);
  // Its key function may refuse the data.
  if (subscription.effects) effectKey(subscription, { type: start.type, direct: 1, key: instance.key }, start.data);
}

/** Keeps a decision: state, timers, tasks, messages and replies; returns the outcome for the trace. */
export function apply(on: Handling, decision: Decision): string {
  const { drain, instance, message } = on;
  if (decision.restarted) restart(drain, instance);
  keepState(on, decision);
  if (decision.unstash) drain.kernel.stash.takeBack(drain, instance);
  wantLater(on, decision);
  for (const out of decision.outgoing ?? NONE) send(on, out);
  for (const reply of decision.replies ?? NONE) answer(drain, reply);
  end(on, decision);
  if (isPutAside(decision)) return putAside(on) ?? decision.outcome ?? 'stashed';
  const origin = drain.kernel.originOf(drain, message);
  if (decision.deadLetter !== undefined) return refuse(on, origin, decision.deadLetter);
  if (!decision.deferred) settle(drain, origin, { ok: true, value: decision.reply });
  else if (origin.kind === 'command') drain.deferred.set(origin.position, on.delivery);
  return decision.outcome ?? 'done';
}

function keepState(on: Handling, { changed, state, status, starts }: Decision): void {
  const { drain, instance, message } = on;
  if (changed) instance.state = state;
  const isMoved = status !== undefined && status !== instance.status;
  if (isMoved) {
    if (instance.registration.behavior.claims) beginClaims(on, status);
    instance.status = status;
    instance.conversation ??= message.correlation ?? message.position;
  }
  if (changed || isMoved || starts) drain.makeDirty(instance);
}

/** Cancels and arms timers, cancels and starts tasks. */
function wantLater(on: Handling, decision: Decision): void {
  const { cancelled = NONE, timers = NONE, cancelledTasks = NONE, starts = NONE } = decision;
  const { drain, instance } = on;
  for (const id of cancelled) drain.kernel.timers.cancel(instance, id);
  for (const lane of cancelledTasks) drain.kernel.tasks.cancel(drain, instance, lane);
  for (const timer of timers) arm(on, timer);
  for (const start of starts) startTask(on, start);
}

/** Whether the message stays open, for a later turn. */
export function isPutAside({ stash, deadLetter }: Decision): boolean {
  return stash && deadLetter === undefined;
}

/** Keeps the message for later; past the limit it is a dead letter, which is the outcome then. */
function putAside({ drain, instance, delivery, message }: Handling): 'dead-letter' | undefined {
  const { stash, limits } = drain.kernel;
  const size = stash.sizeOf(instance.address);
  if (size < limits.stashPerAddress) {
    stash.put(drain, instance, delivery);
    return undefined;
  }
  const problem = `${instance.address} has put ${size} messages aside and takes no more. Raise limits.stashPerAddress.`;
  const error = new TroupeError('handler-failed', problem);
  deadLetter(drain, delivery, { message, reason: 'stash-full', error });
  return 'dead-letter';
}

function refuse({ drain, delivery }: Handling, message: LoggedMessage, reason: string): string {
  const error = new TroupeError('handler-failed', `${message.type} was refused: ${reason}`);
  deadLetter(drain, { ...delivery, done: true }, { message, reason, error });
  return 'dead-letter';
}

function send(on: Handling, out: Outgoing): void {
  const { drain } = on;
  const draft = toDraft(on, out);
  if (out.delayMs === undefined) drain.route(drain.append(draft));
  else drain.kernel.timers.delay(drain, draft, { delayMs: out.delayMs, ttlMs: out.ttlMs });
}

function toDraft(on: Handling, out: Outgoing): Draft {
  const { drain, instance, message } = on;
  const { contract, key, text, data, token, ttlMs, headers } = out;
  return {
    type: contract.type,
    version: contract.version,
    kind: contract.kind,
    key,
    source: instance.address,
    text,
    data,
    cause: message,
    hops: hopsOf(on, out),
    expires: ttlMs === undefined || out.delayMs !== undefined ? undefined : drain.now + ttlMs,
    headers,
    replyTo: token === undefined ? undefined : replyTo(instance, token),
  };
}

function replyTo({ registration, key }: Instance, token: string): string {
  return JSON.stringify([registration.behavior.name, key, token]);
}

function arm(on: Handling, { id, delayMs, clock, send: sent }: TimerStart): void {
  const { drain, instance, message } = on;
  const { address, key } = instance;
  const fixed = { version: 1, kind: 'tick', source: address, cause: message, hops: 0 } as const;
  const draft =
    'tick' in sent
      ? { ...fixed, type: id, key, text: toJsonText(sent.tick, 'timer'), data: sent.tick }
      : toDraft(on, sent);
  drain.kernel.timers.arm(drain, draft, { name: instance.registration.behavior.name, key, timer: id, delayMs, clock });
}

function startTask({ drain, instance, message }: Handling, start: TaskStart): void {
  const { type, version, kind, text, data, lane } = start;
  const { key, address: source } = instance;
  const { hops } = message;
  const own = drain.append({ type, version, kind, key, source, text, data, cause: message, hops, direct: true });
  beginTask(drain, { instance, subscription: taskOf(instance, start), message: own, lane });
}

/** What ends with the instance, when everything it had to say is said. */
function end(on: Handling, { stopped, status }: Decision): void {
  if (stopped) stop(on.drain, on.instance);
  if (on.instance.registration.behavior.claims) endClaims(on, status);
}

/** The state and timers of this incarnation go; what comes late for it is recorded, not delivered (K19). */
function stop(drain: Drain, instance: Instance): void {
  const { states, timers } = drain.kernel.store;
  if (instance.rowId > 0) states.remove(instance.rowId);
  timers.removeAll(instance.registration.behavior.name, instance.key);
  instance.unload();
  instance.dirtyIn = 0;
}

/** The next incarnation begins with this decision, in a conversation of its own. */
function restart(drain: Drain, instance: Instance): void {
  stop(drain, instance);
  drain.kernel.load(drain, instance);
}

/** The position a ticket stands for; throws where nobody waits behind it. */
function ticketOf(drain: Drain, { ticket, contract }: DeferredReply): number {
  const position = drain.kernel.positionOf(ticket);
  const isOwed =
    position !== undefined && (drain.deferred.has(position) || drain.kernel.store.deliveries.deferredOf(position));
  if (isOwed && drain.message(position)?.type === contract.type) return position;
  throw new TroupeError(
    'not-found',
    `No ${contract.type} waits for a reply behind this ticket. Keep ctx.replyTicket of the turn that deferred.`,
  );
}

function answer(drain: Drain, reply: DeferredReply): void {
  const { deliveries } = drain.kernel.store;
  const position = ticketOf(drain, reply);
  const command = drain.message(position);
  const row = drain.deferred.delete(position) ? undefined : deliveries.deferredOf(position);
  if (row) deliveries.close(row.id);
  if (command) settle(drain, command, { ok: true, value: reply.value });
}
