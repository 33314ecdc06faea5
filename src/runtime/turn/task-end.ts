// The end of a task attempt, decided in a commit: a message, another attempt, or a dead letter (K18, K19).
import type { Failure } from '../delivery/retry.ts';
import { backoffMs, toFailure } from '../delivery/retry.ts';
import { TroupeError } from '../errors.ts';
import type { Json } from '../message/json.ts';
import { toFrozenJson, toJsonText } from '../message/json.ts';
import type { TaskRow } from '../store/records.ts';
import type { TaskEnd } from './decision.ts';
import type { Drain } from './drain.ts';
import { countFailure, deadLetter } from './failure.ts';
import { isVisit, type Instance } from './instance.ts';
import { settle } from './settle.ts';
import { DEFAULT_LANE } from './task-lanes.ts';
import type { Task } from './tasks.ts';

/** What one attempt came to. */
export type Outcome =
  | { readonly ok: true; readonly end: TaskEnd }
  | { readonly ok: false; readonly error: unknown; readonly timedOut: boolean };

const ERROR_CHARS = 500;

/** A result that cannot be a message is a failure of the attempt. */
export function toOutcome(value: unknown): Outcome {
  try {
    const end: TaskEnd = { ok: true, result: value === undefined ? null : toFrozenJson(value, 'result') };
    toJsonText(end, 'result');
    return { ok: true, end };
  } catch (error) {
    return { ok: false, error, timedOut: false };
  }
}

/**
 * Writes what follows from an attempt that took `runUs`; returns the row of the next one, undefined where the task is
 * over.
 */
export function endAttempt(
  drain: Drain,
  task: Task,
  { outcome, runUs }: { outcome: Outcome; runUs: number },
): TaskRow | undefined {
  const { kernel } = drain;
  const { row, subscription } = task;
  if (task.isCancelled) return undefined;
  if (incarnationOf(drain, task.instance) !== row.incarnation) {
    record(drain, task, { outcome: 'late', runUs });
    // What the body has done stays done.
    finish(drain, task, outcome.ok ? 'done' : 'failed');
    const error = { name: 'TroupeError', message: 'its instance was stopped', code: 'handler-failed' };
    settle(drain, task.message, { ok: false, error });
    return undefined;
  }
  if (!outcome.ok) return failed(drain, task, { ...outcome, runUs });
  record(drain, task, { outcome: 'task-done', runUs });
  finish(drain, task, 'done');
  sendEnd(drain, task, outcome.end);
  if (subscription.breaker.succeeded()) {
    drain.afterCommit.push(() => kernel.bus.emit('breaker-closed', { subscription: subscription.name }));
  }
  return undefined;
}

/** Which life of the address this is; 0 where there is none. The state is not loaded for it: that could fail. */
function incarnationOf({ kernel }: Drain, { loaded, incarnation, address, registration }: Instance): number {
  if (loaded) return incarnation;
  return registration.behavior.stateful ? (kernel.store.states.get(address)?.incarnation ?? 0) : 0;
}

function failed(
  drain: Drain,
  task: Task,
  { error, timedOut, runUs }: { readonly error: unknown; readonly timedOut: boolean; readonly runUs: number },
): TaskRow | undefined {
  const { kernel } = drain;
  const { row, subscription } = task;
  const { rule, handler } = subscription;
  const failure = toFailure(error, row.attempt, drain.now);
  const failures = [...(row.failures === null ? [] : (JSON.parse(row.failures) as Failure[])), failure];
  const isLast = row.attempt >= rule.attempts || rule.isFinal(error);
  const isCaught = handler.task?.catches ?? false;
  record(drain, task, {
    outcome: isLast && !isCaught ? 'dead-letter' : 'task-failed',
    runUs,
    error: `${failure.name}: ${failure.message}`,
  });
  countFailure(drain, subscription);
  if (!isLast) {
    const due = drain.now + backoffMs(rule, row.attempt, kernel.platform.random());
    const next = { ...row, attempt: row.attempt + 1, due, alone: 0, failures: JSON.stringify(failures) };
    kernel.store.tasks.put(next);
    return next;
  }
  finish(drain, task, 'failed');
  if (isCaught) sendEnd(drain, task, toFailedEnd(failure, error, timedOut));
  // The last start alone came back, so it was no crash.
  else {
    giveUp(drain, task, {
      failures,
      crashes: Math.max(0, row.alone - 1),
      reason: timedOut ? 'timed-out' : 'attempts-exhausted',
      error,
    });
  }
  return undefined;
}

/** Ends a task without a message; whoever waits for its command learns that. */
export function cancelTask(drain: Drain, task: Task): void {
  const { running, message } = task;
  const startedMs = running?.startedMs ?? 0;
  const runUs = startedMs === 0 ? 0 : Math.round((drain.monotonic - startedMs) * 1000);
  record(drain, task, { outcome: 'cancelled', runUs });
  finish(drain, task, 'failed');
  const error = { name: 'TroupeError', message: 'its task was cancelled', code: 'task-cancelled' };
  settle(drain, message, { ok: false, error });
}

/** What a task that has failed for good is told to its actor or saga as. */
export function toFailedEnd({ name, message, code, attempt }: Failure, error: unknown, timedOut: boolean): TaskEnd {
  const known = code === undefined ? {} : { code };
  return { ok: false, failure: { name, message, ...known, ...dataOf(error), attempts: attempt, timedOut } };
}

/** What an error says beyond its message, as far as it can be stored. */
function dataOf(error: unknown): { readonly data?: Json } {
  if (!(error instanceof Error) || !('data' in error) || error.data === undefined) return {};
  try {
    return { data: toFrozenJson(error.data, 'data') };
  } catch {
    return {};
  }
}

/** Gives up a task whose process died on it alone too often. */
export function giveUpCrashed(drain: Drain, task: Task): void {
  const { row, subscription } = task;
  finish(drain, task, 'failed');
  const error = new TroupeError('handler-failed', 'The process died on this task alone too often.');
  if (subscription.handler.task?.catches === true) {
    record(drain, task, { outcome: 'task-failed', runUs: 0, error: error.message });
    const { name, message } = error;
    sendEnd(drain, task, {
      ok: false,
      failure: { name, message, code: 'crashed', attempts: row.attempt, timedOut: false },
    });
  } else giveUp(drain, task, { failures: [], crashes: row.alone, reason: 'crashed', error });
}

function giveUp(
  drain: Drain,
  { row, subscription, instance, message }: Task,
  why: {
    readonly failures: readonly Failure[];
    readonly crashes: number;
    readonly reason: string;
    readonly error: unknown;
  },
): void {
  const { failures, crashes, reason, error } = why;
  const delivery = drain.kernel.makeDelivery(drain, message, { subscription, key: instance.key });
  Object.assign(delivery, { attempts: row.attempt, crashes, failures });
  const lane = row.lane === DEFAULT_LANE ? undefined : row.lane;
  deadLetter(drain, delivery, { message, reason, error, lane });
}

/** An attempt is a row of the trace like a turn. */
function record(
  drain: Drain,
  { row, instance, message }: Task,
  { outcome, runUs, error }: { readonly outcome: string; readonly runUs: number; readonly error?: string },
): void {
  drain.turns.push({
    message: row.message,
    turn: drain.kernel.unique(),
    subscription: row.subscription,
    attempt: row.attempt,
    key: row.key,
    at: drain.now,
    queueUs: 0,
    runUs,
    outcome,
    error: error === undefined ? null : error.slice(0, ERROR_CHARS),
    detail: null,
    visit: isVisit(instance, message) ? row.key : null,
  });
}

/** The task is over, and so is its effect. */
function finish({ kernel }: Drain, { row, subscription }: Task, state: 'done' | 'failed'): void {
  const { tasks, effects } = kernel.store;
  tasks.remove(row.id);
  if (!subscription.effects) return;
  // A replay has started it once more for the same message, and that goes on.
  const goesOn =
    state === 'failed' && tasks.ofMessages([row.message]).some(one => one.subscription === row.subscription);
  if (!goesOn) effects.end(row.message, row.subscription, state);
}

/** Tells the address how a task of it ended. */
export function sendEnd(drain: Drain, of: Pick<Task, 'message' | 'subscription' | 'instance'>, end: TaskEnd): void {
  const { message, subscription, instance } = of;
  const text = toJsonText(end as Json, 'result');
  const appended = drain.append({
    type: `${message.type}.end`,
    version: 1,
    kind: 'end',
    key: instance.key,
    source: instance.address,
    text,
    data: Object.freeze(end) as Json,
    cause: message,
    hops: message.hops,
  });
  drain.deliver(appended, { subscription, key: instance.key });
}
