// Refusal: why a runtime takes no new work at this moment.
import { TroupeError } from '../errors.ts';
import type { Limits } from './limits.ts';

export interface Condition {
  readonly limits: Limits;
  readonly isClosing: boolean;
  readonly isFull: boolean;
  readonly deadLetters: number;
  /** Inputs that wait for a drain. */
  readonly waiting: number;
}

/** The error a sender from the edge gets; undefined: its message may enter. */
export function refusal({ limits, isClosing, isFull, deadLetters, waiting }: Condition): TroupeError | undefined {
  const retryable = true;
  if (isClosing) return new TroupeError('stopped', 'The runtime is stopping and takes no new messages.', { retryable });
  if (isFull) {
    return new TroupeError(
      'store-full',
      'The database is full: nothing was accepted. Free space; the runtime goes on by itself.',
      { retryable },
    );
  }
  if (deadLetters >= limits.deadLetters) {
    return new TroupeError(
      'dead-letters-full',
      `${deadLetters} dead letters are kept, which is the limit. Retry or discard some.`,
    );
  }
  if (waiting < limits.inputs) return undefined;
  return new TroupeError(
    'mailbox-full',
    `${limits.inputs} messages wait to be accepted. Send less, or await each receipt.`,
    { retryable },
  );
}
