// Abort: which kind of failure ended a transaction; the scheduler knows what each kind means (K3).
import { TroupeError } from '../errors.ts';
import { TransactionLostError } from '../store/application-sql.ts';
import { classify, isBroken, sqliteCode, toStoreError } from '../store/store-errors.ts';

/**
 * `busy`: run it again later. `full`: refuse new work until there is space. `unit`: one turn or input is to blame, to
 * be found.
 * `lost`: the turn that just ran ended the transaction. `fatal`: nobody knows what is on disk, or the runtime no
 * longer owns it.
 */
export type AbortKind = 'busy' | 'full' | 'unit' | 'lost' | 'fatal';

export function abortKind(error: unknown): AbortKind {
  const isLost = error instanceof TransactionLostError;
  const cause = isLost ? error.cause : error;
  if (cause instanceof TroupeError && cause.code.startsWith('store-')) return storeKind(cause);
  if (sqliteCode(cause) === undefined) return isLost ? 'lost' : 'unit';
  switch (classify(cause)) {
    case 'transient':
      return 'busy';
    case 'capacity':
      return 'full';
    case 'constraint':
      return isLost ? 'lost' : 'unit';
    case 'corrupt':
    case 'fatal':
      return isLost && !isBroken(cause) ? 'lost' : 'fatal';
  }
}

function storeKind({ code, cause }: TroupeError): AbortKind {
  if (code === 'store-full') return 'full';
  if (code === 'store-busy') return 'busy';
  return cause !== undefined && classify(cause) === 'constraint' ? 'unit' : 'fatal';
}

/** The store's error behind an aborted drain. */
export function storeErrorOf(error: unknown, doing: string): TroupeError {
  return toStoreError(error instanceof TransactionLostError ? (error.cause ?? error) : error, doing);
}

/**
 * What the caller of an application's transaction is told when its commit failed: the callback ran once and never
 * again.
 */
export function abortedTransaction(error: unknown): TroupeError {
  const kind = abortKind(error);
  if (kind === 'full' || kind === 'fatal') return storeErrorOf(error, 'committing a transaction');
  if (error instanceof TroupeError) return error;
  return new TroupeError('aborted', 'The transaction could not be committed and nothing of it was kept. Try again.', {
    retryable: true,
    cause: error,
  });
}
