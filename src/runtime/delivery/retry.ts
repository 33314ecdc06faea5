// Retry: how often and how late a failed turn or task attempt is tried again.
import { TroupeError } from '../errors.ts';
import { toMs, type Duration } from '../message/duration.ts';

type ErrorClass = abstract new (...args: never) => Error;

/** How a failing handler is tried again. Defaults: 5 attempts, 100 ms doubling up to 60 s, full jitter. */
export interface RetryPolicy {
  /** Attempts in all, the first included. */
  readonly attempts?: number | undefined;
  readonly delay?: Duration | undefined;
  readonly factor?: number | undefined;
  readonly maxDelay?: Duration | undefined;
  /** Errors that are not tried again: classes or a predicate. */
  readonly unless?: readonly ErrorClass[] | ((error: unknown) => boolean) | undefined;
}

/** A RetryPolicy with every default filled in. */
export interface RetryRule {
  readonly attempts: number;
  readonly delayMs: number;
  readonly factor: number;
  readonly maxDelayMs: number;
  isFinal(error: unknown): boolean;
}

export function toRetryRule(policy: RetryPolicy | undefined, what: string): RetryRule {
  const attempts = policy?.attempts ?? 5;
  const factor = policy?.factor ?? 2;
  if (!Number.isInteger(attempts) || attempts < 1) {
    throw new TroupeError('invalid-definition', `${what}: retry.attempts is ${attempts}. Use a whole number from 1.`);
  }
  if (!Number.isFinite(factor) || factor < 1) {
    throw new TroupeError('invalid-definition', `${what}: retry.factor is ${factor}. Use a number from 1.`);
  }
  const unless = policy?.unless;
  const isUnless =
    typeof unless === 'function' ? unless : (error: unknown) => unless?.some(type => error instanceof type) ?? false;
  return {
    attempts,
    factor,
    delayMs: toMs(policy?.delay ?? 100, `${what}: retry.delay`),
    maxDelayMs: toMs(policy?.maxDelay ?? 60_000, `${what}: retry.maxDelay`),
    isFinal: error => isMistake(error) || isUnless(error),
  };
}

/** Our own refusals of what a handler did are the same at every attempt. */
function isMistake(error: unknown): boolean {
  return error instanceof TroupeError && !error.retryable;
}

/** Full jitter: a uniform draw below the exponential bound (M. Brooker, "Exponential Backoff And Jitter", AWS 2015). */
export function backoffMs(rule: RetryRule, attempt: number, random: number): number {
  return Math.round(Math.min(rule.delayMs * rule.factor ** (attempt - 1), rule.maxDelayMs) * random);
}

/** One failed attempt as it is stored: no payloads, the stack cut to its first lines. */
export interface Failure {
  readonly attempt: number;
  readonly at: number;
  readonly name: string;
  readonly message: string;
  readonly code?: string | undefined;
  readonly stack?: string | undefined;
}

const STACK_LINES = 8;
const MESSAGE_CHARS = 2_000;

export function toFailure(error: unknown, attempt: number, at: number): Failure {
  if (!(error instanceof Error)) return { attempt, at, name: 'Error', message: String(error).slice(0, MESSAGE_CHARS) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const stack = error.stack?.split('\n').slice(0, STACK_LINES).join('\n');
  return { attempt, at, name: error.name, message: error.message.slice(0, MESSAGE_CHARS), code, stack };
}
