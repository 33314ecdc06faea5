// Applies a decision to the drain: checked first, so that what can be refused is refused before anything has changed.
import type { Delivery } from '../delivery/mailbox.ts';
import { TroupeError } from '../errors.ts';
import { toJsonText } from '../message/json.ts';
import type { LoggedMessage } from '../store/store.ts';
import type { Decision, DeferredReply, Outgoing, TimerStart } from './decision.ts';
import { noOwner, type Drain, type Draft } from './drain.ts';
import { deadLetter } from './failure.ts';
import type { Instance } from './instance.ts';
import { settle } from './settle.ts';

/** Most turns want none of most things. */
const NONE: readonly never[] = [];

/** Refuses what this turn must not do; the turn then fails and nothing of it is kept. */
export function checkDecision(drain: Drain, instance: Instance, message: LoggedMessage, decision: Decision): void {
  const { kernel } = drain;
  const { outgoing, starts } = decision;
  const count = (outgoing?.length ?? 0) + (starts?.length ?? 0) + (decision.timers?.length ?? 0);
  if (count > kernel.limits.outgoing) {
    throw new TroupeError(
      'too-many-outgoing',
      `One turn of ${instance.address} wanted ${count} messages and timers; the limit is ${kernel.limits.outgoing}. Split the work over several turns.`,
    );
  }
  for (const out of outgoing ?? NONE) checkOutgoing(drain, instance, message, out);
  for (const start of starts ?? NONE) {
    const handler = instance.registration.subscriptions.find(one => one.handler.contract === start.contract)?.handler;
    if (!handler?.task) {
      throw new TroupeError(
        'undeclared',
        `${instance.address} has no task for ${start.contract.type}. Add .task(${start.contract.type}, …).`,
      );
    }
  }
  for (const reply of decision.replies ?? NONE) ticketOf(drain, reply);
}

function checkOutgoing(drain: Drain, instance: Instance, message: LoggedMessage, out: Outgoing): void {
  const { kernel } = drain;
  if (out.contract.kind === 'event') {
    if (hopsOf(instance, message, out) <= kernel.limits.hops) return;
    throw new TroupeError(
      'hop-limit',
      `${out.contract.type} would be event ${kernel.limits.hops + 1} in a chain of events causing events, started by ${message.type}. Break the cycle.`,
    );
  }
  const owner = kernel.router.owner(out.contract.type);
  if (!owner) throw noOwner(out.contract.type);
  const waiting =
    kernel.find(owner.registration, owner.registration.behavior.single ? 'default' : out.key)?.mailbox.length ?? 0;
  if (waiting >= kernel.limits.mailboxPerAddress) {
    throw new TroupeError(
      'mailbox-full',
      `The mailbox of ${owner.name} for ${out.contract.type} is full (${waiting}). Send less, or later.`,
      {
        retryable: true,
      },
    );
  }
}

/** Counts events caused by events; a turn of a saga starts anew (KERNEL K17). */
function hopsOf(instance: Instance, message: LoggedMessage, out: Outgoing): number {
  if (instance.registration.behavior.kind === 'saga') return 0;
  return message.hops + (out.contract.kind === 'event' ? 1 : 0);
}

/** Keeps a decision: state, replies, timers, tasks and messages; returns the outcome for the trace. */
export function apply(
  drain: Drain,
  instance: Instance,
  delivery: Delivery,
  message: LoggedMessage,
  decision: Decision,
): string {
  const { kernel } = drain;
  keepState(drain, instance, message, decision);
  for (const id of decision.cancelled ?? NONE) kernel.timers.cancel(instance, id);
  for (const timer of decision.timers ?? NONE) arm(drain, instance, message, timer);
  for (const start of decision.starts ?? NONE) startTask(drain, instance, message, start);
  for (const out of decision.outgoing ?? NONE) send(drain, instance, message, out);
  for (const reply of decision.replies ?? NONE) answer(drain, reply);
  if (decision.stopped) stop(drain, instance);
  const origin = message.kind === 'end' ? kernel.originOf(drain, message) : message;
  if (decision.deadLetter !== undefined) {
    const reason = decision.deadLetter;
    deadLetter(
      drain,
      { ...delivery, done: true },
      origin,
      reason,
      new TroupeError('handler-failed', `${origin.type} was refused: ${reason}`),
    );
    return 'dead-letter';
  }
  if (decision.deferred) defer(drain, delivery, origin);
  else settle(drain, origin, { ok: true, value: decision.reply });
  return decision.outcome ?? 'done';
}

function keepState(drain: Drain, instance: Instance, message: LoggedMessage, decision: Decision): void {
  if (decision.changed) {
    instance.state = decision.state;
    drain.makeDirty(instance);
  }
  if (decision.status !== undefined && decision.status !== instance.status) {
    instance.status = decision.status;
    instance.conversation ??= message.correlation ?? message.position;
    drain.makeDirty(instance);
  }
  if (decision.starts) drain.makeDirty(instance);
}

function send(drain: Drain, instance: Instance, cause: LoggedMessage, out: Outgoing): void {
  const draft = toDraft(drain, instance, cause, out);
  if (out.delayMs === undefined) drain.route(drain.append(draft));
  else drain.kernel.timers.delay(drain, draft, { delayMs: out.delayMs, ttlMs: out.ttlMs });
}

function toDraft(drain: Drain, instance: Instance, cause: LoggedMessage, out: Outgoing): Draft {
  return {
    type: out.contract.type,
    version: out.contract.version,
    kind: out.contract.kind,
    key: out.key,
    source: instance.address,
    text: out.text,
    data: out.data,
    cause,
    hops: hopsOf(instance, cause, out),
    expires: out.ttlMs === undefined || out.delayMs !== undefined ? undefined : drain.now + out.ttlMs,
    headers: out.headers,
    replyTo:
      out.token === undefined
        ? undefined
        : JSON.stringify([instance.registration.behavior.name, instance.key, out.token]),
  };
}

function arm(drain: Drain, instance: Instance, cause: LoggedMessage, timer: TimerStart): void {
  const draft: Draft =
    'tick' in timer.send
      ? {
          type: timer.id,
          version: 1,
          kind: 'tick',
          key: instance.key,
          source: instance.address,
          text: toJsonText(timer.send.tick, 'timer'),
          data: timer.send.tick,
          cause,
          hops: 0,
        }
      : toDraft(drain, instance, cause, timer.send);
  drain.kernel.timers.arm(drain, instance, draft, timer);
}

function startTask(
  drain: Drain,
  instance: Instance,
  cause: LoggedMessage,
  start: NonNullable<Decision['starts']>[number],
): void {
  const subscription = instance.registration.subscriptions.find(one => one.handler.contract === start.contract);
  if (!subscription) return;
  const message = drain.append({
    type: start.contract.type,
    version: start.contract.version,
    kind: start.contract.kind,
    key: instance.key,
    source: instance.address,
    text: start.text,
    data: start.data,
    cause,
    hops: cause.hops,
    direct: true,
  });
  drain.kernel.tasks.start(drain, instance, subscription, message);
}

/** The state and timers of this incarnation go; what comes late for it is recorded, not delivered (KERNEL K19). */
function stop(drain: Drain, instance: Instance): void {
  const { behavior } = instance.registration;
  if (instance.rowId > 0) drain.kernel.store.states.remove(instance.rowId);
  drain.kernel.store.timers.removeAll(behavior.name, instance.key);
  instance.unload();
  instance.dirtyIn = 0;
}

function defer(drain: Drain, delivery: Delivery, origin: LoggedMessage): void {
  if (origin.kind === 'command') drain.deferred.set(origin.position, delivery);
}

/** The position a ticket stands for; throws where nobody waits behind it. */
function ticketOf(drain: Drain, reply: DeferredReply): number {
  const position = drain.kernel.positionOf(reply.ticket);
  const waits =
    position !== undefined && (drain.deferred.has(position) || drain.kernel.store.deliveries.deferredOf(position));
  if (waits && position !== undefined) return position;
  throw new TroupeError(
    'not-found',
    `No ${reply.contract.type} waits for a reply behind this ticket. Keep ctx.replyTicket of the turn that deferred.`,
  );
}

function answer(drain: Drain, reply: DeferredReply): void {
  const position = ticketOf(drain, reply);
  const command = drain.message(position);
  const inDrain = drain.deferred.delete(position);
  const row = inDrain ? undefined : drain.kernel.store.deliveries.deferredOf(position);
  if (row) drain.kernel.store.deliveries.close(row.id);
  if (command) settle(drain, command, { ok: true, value: reply.value });
}
