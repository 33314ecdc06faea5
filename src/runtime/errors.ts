// TroupeError and its codes: the only errors this library throws.

/** Every code a `TroupeError` can carry; `docs/errors.md` says what each means and what to do. */
export type ErrorCode =
  | 'invalid-definition'
  | 'async-schema'
  | 'invalid-message'
  | 'not-json'
  | 'too-large'
  | 'reserved-type'
  | 'upcaster-missing'
  | 'invalid-duration'
  | 'invalid-options'
  | 'no-owner'
  | 'duplicate-owner'
  | 'duplicate-name'
  | 'check-failed'
  | 'private-contract'
  | 'undeclared'
  | 'unknown-definition'
  | 'orphaned-work'
  | 'mailbox-full'
  | 'too-many-outgoing'
  | 'hop-limit'
  | 'log-truncated'
  | 'dedupe-full'
  | 'dead-letters-full'
  | 'ctx-closed'
  | 'async-handler'
  | 'inside-turn'
  | 'handler-failed'
  | 'effect-already-done'
  | 'expired'
  | 'ask-timeout'
  | 'ask-aborted'
  | 'ask-own-lane'
  | 'reply-unavailable'
  | 'task-timeout'
  | 'task-cancelled'
  | 'stopped'
  | 'store-locked'
  | 'store-fenced'
  | 'store-full'
  | 'store-busy'
  | 'store-failed'
  | 'store-corrupt'
  | 'store-foreign'
  | 'store-newer'
  | 'store-missing'
  | 'store-unsupported'
  | 'commit-unknown'
  | 'clock-behind-store'
  | 'aborted'
  | 'sql-refused'
  | 'invariant'
  | 'node-too-old'
  | 'saga-refused'
  | 'saga-held'
  | 'wait-timeout'
  | 'not-covered'
  | 'path-differs'
  | 'not-found'
  | 'crashed'
  | 'simulation-failed';

/** Options of a `TroupeError`. */
export interface TroupeErrorOptions {
  readonly retryable?: boolean | undefined;
  readonly cause?: unknown;
}

/**
 * An error of this library: a stable `code`, whether trying again can help, and a message that names the object and
 * the remedy.
 */
export class TroupeError extends Error {
  override readonly name: string = 'TroupeError';
  readonly code: ErrorCode;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: TroupeErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}
