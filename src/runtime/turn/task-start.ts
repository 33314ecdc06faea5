// Starting a task that a turn or an operator wants, or telling who wants it that its effect was done already.
import { toJsonText } from '../message/json.ts';
import type { Drain } from './drain.ts';
import {
  ALREADY_DONE,
  alreadyDone,
  answerTo,
  barOf,
  effectKey,
  keep,
  keepSecond,
  lookUp,
  toRemark,
} from './effects.ts';
import type { Occasion, Repeated } from './effects.ts';
import { deadLetter } from './failure.ts';
import { isVisit } from './instance.ts';
import { settle } from './settle.ts';
import { sendEnd } from './task-end.ts';
import { DEFAULT_LANE } from './task-lanes.ts';
import type { NewTask } from './tasks.ts';

/** Queues a task in this commit, with its effects; one that must not run ends in this commit, too. */
export function beginTask(drain: Drain, task: NewTask): void {
  const { instance, subscription, message } = task;
  if (subscription.effects) {
    const occasion: Occasion = { drain, subscription, instance, message };
    const occurrences = lookUp(occasion, effectKey(subscription, message, drain.kernel.data(message)));
    const barred = barOf(occurrences);
    if (barred) {
      refuse(occasion, barred, task.lane);
      return;
    }
    keep(occasion, occurrences, 'running');
  }
  drain.kernel.tasks.start(drain, task);
}

/** Its actor or saga is told where it asks to be; else it is like a message that is not handled. */
function refuse(occasion: Occasion, barred: Repeated, lane: string | undefined): void {
  const { drain, subscription, instance, message } = occasion;
  const error = alreadyDone(drain, barred);
  if (subscription.handler.task?.catches) {
    const { name, message: text } = error;
    const failure = { name, message: text, code: ALREADY_DONE, data: toRemark(drain, barred) };
    record(occasion, barred, 'blocked');
    sendEnd(drain, occasion, { ok: false, failure: { ...failure, attempts: 0, timedOut: false } });
  } else if (barred.policy === 'dead-letter') {
    record(occasion, barred, 'dead-letter');
    const delivery = drain.kernel.makeDelivery(drain, message, { subscription, key: instance.key });
    const own = lane === DEFAULT_LANE ? undefined : lane;
    deadLetter(drain, delivery, { message, reason: ALREADY_DONE, error, lane: own });
  } else {
    record(occasion, barred, 'blocked');
    settle(drain, message, answerTo(occasion, barred, error));
  }
}

/** In the ledger, and as a turn of the trace. */
function record(occasion: Occasion, barred: Repeated, outcome: 'blocked' | 'dead-letter'): void {
  const { drain, subscription, instance, message } = occasion;
  const { name, message: text } = alreadyDone(drain, barred);
  keepSecond(occasion, barred, outcome);
  drain.turns.push({
    message: message.position,
    turn: drain.kernel.unique(),
    subscription: subscription.id,
    attempt: 1,
    key: message.key === instance.key ? null : instance.key,
    at: drain.now,
    queueUs: 0,
    runUs: 0,
    outcome,
    error: outcome === 'dead-letter' ? `${name}: ${text}` : null,
    detail: toJsonText(toRemark(drain, barred), 'detail'),
    visit: isVisit(instance, message) ? instance.key : null,
  });
}
