// The effects of a turn: looked up before its handler runs, kept with what it does (K26).
import { toFailure } from '../delivery/retry.ts';
import { toJsonText } from '../message/json.ts';
import {
  ALREADY_DONE,
  alreadyDone,
  answerTo,
  barOf,
  effectKey,
  isRepeated,
  keep,
  keepSecond,
  lookUp,
  toRemark,
  type Occurrence,
} from './effects.ts';
import { deadLetter, fail } from './failure.ts';
import { leave, type Handling } from './handling.ts';
import { settle } from './settle.ts';

/** The outcome of a message that must not be handled, because another has done its work. */
export function meetEffects(on: Handling): string | undefined {
  const { drain, delivery, message } = on;
  const { subscription } = delivery;
  let key: string;
  try {
    key = effectKey(subscription, message, drain.kernel.data(message));
  } catch (error) {
    return fail(on, error) === 'retry' ? 'failed' : 'dead-letter';
  }
  const occasion = { ...on, subscription };
  const occurrences = lookUp(occasion, key);
  const barred = barOf(occurrences);
  if (!barred) {
    on.effects = occurrences;
    return undefined;
  }
  const error = alreadyDone(drain, barred);
  on.detail = toJsonText(toRemark(drain, barred), 'detail');
  if (barred.policy === 'block') {
    keepSecond(occasion, barred, 'blocked');
    settle(drain, message, answerTo(occasion, barred, error));
    leave(on);
    return 'blocked';
  }
  keepSecond(occasion, barred, 'dead-letter');
  drain.change(delivery);
  delivery.failures = [...delivery.failures, toFailure(error, delivery.attempts + 1, drain.now)];
  leave(on);
  deadLetter(drain, delivery, { message, reason: ALREADY_DONE, error });
  return 'dead-letter';
}

/** Keeps what a turn does, in its commit, and remarks in the trace that it is not the first. */
export function keepEffects(on: Handling, occurrences: readonly Occurrence[], state: 'running' | 'done'): void {
  const repeated = occurrences.find(isRepeated);
  if (repeated) on.detail ??= toJsonText(toRemark(on.drain, repeated), 'detail');
  keep({ ...on, subscription: on.delivery.subscription }, occurrences, state);
}
