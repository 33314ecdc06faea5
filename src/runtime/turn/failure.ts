// Failure: a turn that threw is tried again later, or becomes a dead letter with its whole history.
import { Fault, type FaultData } from '../delivery/fault.ts';
import type { Delivery } from '../delivery/mailbox.ts';
import { backoffMs, toFailure } from '../delivery/retry.ts';
import type { Subscription } from '../delivery/subscription.ts';
import type { Json } from '../message/json.ts';
import { toJsonText } from '../message/json.ts';
import type { LoggedMessage } from '../store/records.ts';
import type { Drain } from './drain.ts';
import { ALREADY_DONE } from './effects.ts';
import type { Handling } from './handling.ts';
import { holdInstance } from './holds.ts';
import { settle } from './settle.ts';

/** Counts the failed attempt and decides what comes next; the rest of the turn was dropped already. */
export function fail({ drain, instance, delivery, message }: Handling, error: unknown): 'retry' | 'dead-letter' {
  const { kernel } = drain;
  const { subscription } = delivery;
  const { behavior } = subscription.registration;
  drain.change(delivery);
  delivery.attempts += 1;
  delivery.verdict = undefined;
  delivery.failures = [...delivery.failures, toFailure(error, delivery.attempts, drain.now)];
  countFailure(drain, subscription);
  const { rule } = subscription;
  if (delivery.attempts < rule.attempts && !rule.isFinal(error)) {
    delivery.due = drain.now + backoffMs(rule, delivery.attempts, kernel.platform.random());
    if (behavior.retryOrder === 'skip-ahead') {
      instance.mailbox.shift();
      drain.afterCommit.push(() => kernel.delay(delivery));
    }
    return 'retry';
  }
  instance.mailbox.shift();
  drain.addPending(subscription.registration, -1);
  deadLetter(drain, delivery, { message, reason: 'attempts-exhausted', error });
  if (behavior.onExhausted === 'hold') {
    holdInstance(drain, instance, { reason: 'failed', error });
  }
  return 'dead-letter';
}

/** Tells the breaker of a handler, which may open. */
export function countFailure({ kernel, now, afterCommit }: Drain, { breaker, name }: Subscription): void {
  if (!breaker.failed(now)) return;
  const until = breaker.restsUntil(now);
  afterCommit.push(() => kernel.bus.emit('breaker-opened', { subscription: name, until }));
}

/** Why a message is given up. */
export interface Cause {
  readonly message: LoggedMessage | undefined;
  readonly reason: string;
  readonly error: unknown;
  /** Where the message stands for a task that a retry starts anew. */
  readonly lane?: string | undefined;
}

/** Moves a delivery to the dead letters, with a fault event and an error reply in the same commit. */
export function deadLetter(drain: Drain, delivery: Delivery, { message, reason, error, lane }: Cause): void {
  const { kernel } = drain;
  const { subscription, key, attempts, crashes, failures } = delivery;
  const { behavior } = subscription.registration;
  drain.close(delivery);
  const id = kernel.store.deadLetters.add({
    message: delivery.position,
    subscription: subscription.id,
    name: behavior.name,
    key,
    reason,
    attempts,
    crashes,
    time: drain.now,
    delivery: delivery.id,
    failures: JSON.stringify(failures),
    lane: lane ?? null,
  });
  kernel.deadLetters += 1;
  drain.undo(() => (kernel.deadLetters -= 1));
  const failed = {
    name: error instanceof Error ? error.name : 'Error',
    message: error instanceof Error ? error.message : String(error),
  };
  const letter = {
    id,
    messageId: kernel.idOf(delivery.position),
    name: behavior.name,
    key,
    handler: subscription.handler.id,
    reason,
  };
  drain.afterCommit.push(() => {
    const { handler, messageId } = letter;
    const text = `${failed.name}: ${failed.message}`;
    kernel.logger.warn(
      { address: `${behavior.name}/${key}`, handler, messageId, reason, error: text, id },
      'dead letter',
    );
    kernel.bus.emit('dead-letter', { ...letter, error: failed, position: delivery.position });
  });
  if (!message) return;
  publishFault(drain, message, {
    messageId: letter.messageId,
    type: message.type,
    name: behavior.name,
    key,
    handler: subscription.handler.id,
    reason,
    attempts,
    crashes,
    error: failed,
  });
  const code = reason === ALREADY_DONE ? ALREADY_DONE : 'handler-failed';
  settle(drain, kernel.originOf(drain, message), { ok: false, error: { ...failed, code } });
}

/** A fault about a fault is not published (K14). */
function publishFault(drain: Drain, cause: LoggedMessage, data: FaultData): void {
  if (cause.type === Fault.type) return;
  const text = toJsonText(data as unknown as Json, 'fault');
  const fault = drain.append({
    type: Fault.type,
    version: Fault.version,
    kind: 'event',
    key: data.key,
    source: `${data.name}/${data.key}`,
    text,
    data: Object.freeze(data),
    cause,
    hops: cause.hops + 1,
  });
  drain.route(fault);
}
