// A planned failure of a commit, as SQLite reports it.
import { TroupeError } from '../runtime/errors.ts';

/**
 * How a commit fails: `busy`, not kept and tried again; `full`, no space and new work refused; `io`, an I/O error that
 * stops the runtime with the transaction lost, or kept (`io-kept`).
 */
export type CommitFailure = 'busy' | 'full' | 'io' | 'io-kept';

/**
 * The error the runtime would make of it.
 *
 * @throws TroupeError `invalid-options`
 */
export function commitError(how: CommitFailure): TroupeError {
  switch (how) {
    case 'busy':
      return new TroupeError('store-busy', 'The database was busy (simulated).', { retryable: true });
    case 'full':
      return new TroupeError('store-full', 'The database is full (simulated): nothing was accepted.', {
        retryable: true,
      });
    case 'io':
    case 'io-kept':
      return new TroupeError('store-failed', 'The commit failed with an I/O error (simulated).');
    default:
      throw new TroupeError(
        'invalid-options',
        `There is no failure '${String(how)}' of a commit. Use busy, full, io or io-kept.`,
      );
  }
}

export class PlannedFailure {
  readonly #how: CommitFailure;
  #left: number;

  /** The `nth` commit from now fails. */
  constructor(nth: number, how: CommitFailure) {
    if (!Number.isInteger(nth) || nth < 1) {
      throw new TroupeError('invalid-options', `failCommit got ${nth}. Count commits from 1, the next one.`);
    }
    this.#left = nth;
    this.#how = how;
    // Refused here and not when its turn has come.
    commitError(how);
  }

  /** The error, when it is its turn. */
  next(when: 'before' | 'after'): TroupeError | undefined {
    if (when === 'before') this.#left -= 1;
    if (this.#left > 0) return undefined;
    return (when === 'after') === (this.#how === 'io-kept') ? commitError(this.#how) : undefined;
  }
}
