// Effect ledger: whether a handler is the first to do a named piece of work for a key, and what is kept of it (K26).
import type { EffectRule } from '../delivery/effect-rule.ts';
import type { Subscription } from '../delivery/subscription.ts';
import { TroupeError } from '../errors.ts';
import { keyOf } from '../message/contract.ts';
import { fromJsonText, type Json } from '../message/json.ts';
import type { EffectRow, EffectState, LoggedMessage } from '../store/records.ts';
import type { Drain } from './drain.ts';
import type { Instance } from './instance.ts';
import type { Kernel } from './kernel.ts';
import type { Settlement } from './settle.ts';

/** Why a message or task is not handled: the code of the error, and the reason of the dead letter. */
export const ALREADY_DONE = 'effect-already-done';

/** A message at a handler with effects. */
export interface Occasion {
  readonly drain: Drain;
  readonly subscription: Subscription;
  readonly instance: Instance;
  readonly message: LoggedMessage;
}

/** One effect of an occasion, and who else does it or has done it. */
export interface Occurrence extends EffectRule {
  readonly scope: string;
  readonly key: string;
  readonly first: EffectRow | undefined;
  /** What this message is part of holds the key: a replay is no second occurrence, nor is a task of the turn. */
  readonly isOwn: boolean;
}

/** An occurrence that another message was first with. */
export interface Repeated extends Occurrence {
  readonly first: EffectRow;
}

/**
 * The key of an effect: what the handler makes of the data, or the key of the message. A task that a turn has started
 * has the key of its instance, which says nothing where there is only one.
 */
export function effectKey(
  subscription: Subscription,
  message: Pick<LoggedMessage, 'type' | 'direct' | 'key'>,
  data: unknown,
): string {
  const { handler, registration } = subscription;
  const isStarted = message.direct === 1 && registration.behavior.single && !handler.key;
  return isStarted && handler.contract ? keyOf(handler.contract, data) : subscription.keyOf(message, data);
}

/** Looks up every effect of an occasion. */
export function lookUp(occasion: Occasion, key: string): readonly Occurrence[] {
  const { subscription, message } = occasion;
  const { kernel } = occasion.drain;
  return (subscription.effects ?? []).map(rule => {
    const scope = rule.isPerConversation ? conversationOf(kernel, message) : '';
    const first = kernel.store.effects.holder({ effect: rule.effect, scope, key });
    const isOwn = first !== undefined && isSame(first, occasion);
    return { ...rule, scope, key, first, isOwn };
  });
}

/** The message itself, or the turn of this instance that has started this task: both are one piece of work. */
function isSame(first: EffectRow, { subscription, instance, message }: Occasion): boolean {
  const { position, cause, direct } = message;
  if (first.message === position && first.subscription === subscription.id) return true;
  return direct === 1 && first.message === cause && first.address === instance.address;
}

function conversationOf(kernel: Kernel, { correlation, position }: LoggedMessage): string {
  const root = correlation ?? position;
  return typeof root === 'string' ? root : kernel.idOf(root);
}

/** The occurrence for which the work must not be done. All of its effects are taken or none. */
export function barOf(occurrences: readonly Occurrence[]): Repeated | undefined {
  return occurrences.filter(isRepeated).find(({ policy }) => policy !== 'warn');
}

export function isRepeated(occurrence: Occurrence): occurrence is Repeated {
  return occurrence.first !== undefined && !occurrence.isOwn;
}

/** Writes down that the work is done, in the commit of what starts or does it. */
export function keep(occasion: Occasion, occurrences: readonly Occurrence[], state: 'running' | 'done'): void {
  for (const occurrence of occurrences) {
    if (isRepeated(occurrence)) keepSecond(occasion, occurrence, 'repeated');
    else if (!occurrence.isOwn) add(occasion, occurrence, state);
  }
}

/** Writes down what becomes of a second occurrence: once per message and handler, however often it is tried. */
export function keepSecond(
  occasion: Occasion,
  occurrence: Repeated,
  state: Extract<EffectState, 'repeated' | 'blocked' | 'dead-letter'>,
): void {
  const { drain, subscription, instance, message } = occasion;
  const { kernel } = drain;
  const { effect, key, policy, first } = occurrence;
  if (kernel.store.effects.has({ effect, state, message: message.position, subscription: subscription.id })) return;
  add(occasion, occurrence, state);
  const event = {
    effect,
    key,
    policy,
    first: kernel.idOf(first.message),
    second: kernel.idOf(message.position),
    by: first.address,
    byHandler: handlerOf(kernel, first),
    address: instance.address,
    handler: subscription.handler.id,
  };
  drain.afterCommit.push(() => {
    kernel.logger.warn({ ...event, code: ALREADY_DONE }, `second occurrence of an effect: ${state}`);
    kernel.bus.emit('effect-repeated', event);
  });
}

function add({ drain, subscription, instance, message }: Occasion, occurrence: Occurrence, state: EffectState): void {
  const { effect, scope, key } = occurrence;
  const { address } = instance;
  const of = { message: message.position, subscription: subscription.id, address, time: drain.now };
  drain.kernel.store.effects.add({ effect, scope, key, state, ...of });
}

/** What the trace remembers of a second occurrence, and a step of a saga is told. */
export function toRemark({ kernel }: Drain, { effect, key, first }: Repeated): Json {
  const { address: by, state, message } = first;
  return { effect, key, first: kernel.idOf(message), by, handler: handlerOf(kernel, first), state };
}

/** Both may be handlers of one instance: the address alone does not tell them apart. */
function handlerOf(kernel: Kernel, { subscription }: EffectRow): string {
  return kernel.subscription(subscription)?.handler.id ?? 'unknown';
}

export function alreadyDone({ kernel }: Drain, { effect, key, first }: Repeated): TroupeError {
  const what = first.state === 'running' ? 'is being done' : 'was done';
  const who = `${first.address} on ${handlerOf(kernel, first)}`;
  return new TroupeError(
    ALREADY_DONE,
    `${effect} for ${key} ${what} by ${who}. It is not done again: look at who else asks for it.`,
  );
}

/** What is told to who sent a command that is not handled: the reply of the first, where that was the same command. */
export function answerTo(
  { drain, subscription, message }: Occasion,
  { first }: Repeated,
  error: TroupeError,
): Settlement {
  const failed = { ok: false, error: { name: error.name, message: error.message, code: ALREADY_DONE } } as const;
  if (first.state !== 'done' || first.subscription !== subscription.id) return failed;
  if (first.reply !== null) return { ok: true, value: fromJsonText(first.reply) };
  const contract = drain.kernel.router.contract(message.type);
  return contract?.kind === 'command' && contract.reply === undefined ? { ok: true, value: undefined } : failed;
}
