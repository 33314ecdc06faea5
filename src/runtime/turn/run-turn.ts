// One turn: one message at one address, from the mailbox to a decision that the drain keeps or drops.
import type { Delivery } from '../delivery/mailbox.ts';
import { TroupeError } from '../errors.ts';
import { toJsonText } from '../message/json.ts';
import { apply, checkDecision, isPutAside } from './apply.ts';
import { claimedAtStart, releaseClaims } from './claims.ts';
import { CurrentTurn } from './current-turn.ts';
import type { Decision } from './decision.ts';
import type { Drain } from './drain.ts';
import { deadLetter, fail } from './failure.ts';
import { leave, unqueue, type Handling } from './handling.ts';
import { holdInstance, UNLOADABLE } from './holds.ts';
import { isVisit, type Instance } from './instance.ts';
import { settle } from './settle.ts';
import { keepEffects, meetEffects } from './turn-effects.ts';

const ERROR_CHARS = 500;
const NONE: readonly never[] = [];

/** Runs the next message of an instance and writes down what became of it. */
export function runTurn(drain: Drain, instance: Instance, delivery: Delivery): void {
  const { kernel } = drain;
  const startedAt = drain.monotonic;
  const attempt = delivery.attempts + 1;
  drain.touch(instance);
  const message = delivery.message ?? drain.message(delivery.position);
  const on: Handling | undefined = message && {
    drain,
    instance,
    delivery,
    message,
    detail: null,
    effects: undefined,
    claimed: NONE,
  };
  const outcome = on ? handle(on) : lose(drain, instance, delivery);
  const isFailed = outcome === 'failed' || outcome === 'dead-letter';
  drain.monotonic = kernel.clock.monotonic();
  drain.now = kernel.clock.at(drain.monotonic);
  drain.turns.push({
    message: delivery.position,
    turn: kernel.unique(),
    subscription: delivery.subscription.id,
    attempt,
    key: message && message.key === instance.key ? null : instance.key,
    at: drain.now,
    queueUs: Math.max(0, Math.round((startedAt - delivery.queuedAt) * 1000)),
    runUs: Math.round((drain.monotonic - startedAt) * 1000),
    outcome,
    error: isFailed ? errorOf(delivery) : null,
    detail: on?.detail ?? null,
    visit: message && isVisit(instance, message) ? instance.key : null,
  });
  if (kernel.bus.hears('turn')) announce(drain, instance, delivery);
}

/** What the newest failure says, short enough for a trace. */
function errorOf(delivery: Delivery): string | null {
  const last = delivery.failures.at(-1);
  if (last) return `${last.name}: ${last.message}`.slice(0, ERROR_CHARS);
  return delivery.crashes > 0 ? `the process died on it ${delivery.crashes} times` : null;
}

function announce(drain: Drain, instance: Instance, delivery: Delivery): void {
  const row = drain.turns.at(-1);
  const event = {
    address: instance.address,
    handler: delivery.subscription.handler.id,
    messageId: drain.kernel.idOf(delivery.position),
    attempt: row?.attempt ?? 0,
    outcome: row?.outcome ?? '',
    durationMs: (row?.runUs ?? 0) / 1000,
  };
  drain.afterCommit.push(() => drain.kernel.bus.emit('turn', event));
}

function handle(on: Handling): string {
  const { drain, instance, delivery, message } = on;
  const { kernel } = drain;
  if (message.expires !== null && isExpired(on, message.expires)) return expire(on);
  if (delivery.timer !== null && !kernel.timers.isCurrent(delivery)) return cancel(on);
  if (delivery.crashes >= kernel.limits.crashes) return giveUp(on);
  try {
    kernel.load(drain, instance);
  } catch (error) {
    holdInstance(drain, instance, { reason: UNLOADABLE, error });
    return 'held';
  }
  const { subscription } = delivery;
  const isEnd = message.kind === 'end';
  const barred = subscription.effects && !isEnd ? meetEffects(on) : undefined;
  if (barred !== undefined) return barred;
  if (!subscription.handler.task || isEnd) return decide(on);
  leave(on);
  if (on.effects) keepEffects(on, on.effects, 'running');
  kernel.tasks.start(drain, { instance, subscription, message });
  return 'started';
}

function decide(on: Handling): string {
  const { drain, instance, delivery } = on;
  const { kernel } = drain;
  const { registration, breaker } = delivery.subscription;
  const turn = new CurrentTurn(on);
  let decision: Decision;
  try {
    if (delivery.verdict) throw delivery.verdict;
    kernel.inTurn = true;
    kernel.watch?.begin(delivery.position, delivery.subscription.id, instance.key);
    decision = registration.behavior.handle(turn);
    checkDecision(on, decision);
    if (delivery.subscription.handler.claims) on.claimed = claimedAtStart(on);
    if (decision.detail !== undefined) on.detail = toJsonText(decision.detail, 'detail');
  } catch (error) {
    kernel.applicationSql.drop(error);
    turn.dropLog();
    return fail(on, error) === 'retry' ? 'failed' : 'dead-letter';
  } finally {
    kernel.watch?.end();
    kernel.inTurn = false;
  }
  kernel.applicationSql.keep();
  if (on.effects) keepEffects(on, on.effects, 'done');
  unqueue(on);
  if (!isPutAside(decision)) drain.close(delivery);
  if (breaker.succeeded()) {
    drain.afterCommit.push(() => kernel.bus.emit('breaker-closed', { subscription: delivery.subscription.name }));
  }
  return apply(on, decision);
}

function cancel(on: Handling): string {
  leave(on);
  return 'cancelled';
}

/** Of what a monitor watches only that it happened counts, however late it looks. */
function isExpired({ drain, delivery }: Handling, expires: number): boolean {
  const { kind } = delivery.subscription.registration.behavior;
  return expires <= drain.now && delivery.attempts === 0 && kind !== 'monitor';
}

function expire(on: Handling): string {
  const { type } = on.message;
  const error = { name: 'TroupeError', message: `${type} expired before it was handled.`, code: 'expired' };
  settle(on.drain, on.message, { ok: false, error });
  leave(on);
  if (on.delivery.subscription.handler.claims) releaseClaims(on.drain, on.instance);
  return 'expired';
}

function giveUp(on: Handling): string {
  const { drain, delivery, message } = on;
  const error = new TroupeError('handler-failed', 'The process died three times on this message alone.');
  leave(on);
  deadLetter(drain, delivery, { message, reason: 'crashed', error });
  return 'dead-letter';
}

/** The log row is gone: retention never removes what is open, so somebody else did. */
function lose(drain: Drain, instance: Instance, delivery: Delivery): string {
  leave({ drain, instance, delivery });
  if (delivery.subscription.handler.claims) releaseClaims(drain, instance);
  const { address } = instance;
  drain.kernel.logger.error({ address, position: delivery.position }, 'message of an open delivery is missing');
  return 'lost';
}
