// CommitUnknownError: the commit failed in a way that leaves open whether it happened.
import { TroupeError } from '../errors.ts';

/**
 * Nobody knows whether the commit happened. After reopening, re-sending with one of `ids` as idempotency key is safe
 * (K2).
 */
export class CommitUnknownError extends TroupeError {
  override readonly name: string = 'CommitUnknownError';
  readonly ids: readonly string[];

  constructor(ids: readonly string[], cause: TroupeError) {
    super(
      'commit-unknown',
      'The commit failed with an I/O error, so its outcome is unknown. Open the database again and re-send ' +
        `with the id as idempotencyKey. ${cause.message}`,
      { retryable: true, cause },
    );
    this.ids = ids;
  }
}
