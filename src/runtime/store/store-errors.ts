// Classifies what SQLite throws: transient, capacity, constraint, corrupt or fatal; unknown is fatal.
import { TroupeError } from '../errors.ts';

/** What a store error means for the drain that met it. */
export type StoreErrorClass = 'transient' | 'capacity' | 'constraint' | 'corrupt' | 'fatal';

const CLASSES: readonly (readonly [string, StoreErrorClass])[] = [
  ['SQLITE_BUSY', 'transient'],
  ['SQLITE_LOCKED', 'transient'],
  ['SQLITE_FULL', 'capacity'],
  ['SQLITE_TOOBIG', 'capacity'],
  ['SQLITE_NOMEM', 'capacity'],
  ['SQLITE_CONSTRAINT', 'constraint'],
  ['SQLITE_CORRUPT', 'corrupt'],
  ['SQLITE_NOTADB', 'corrupt'],
];

/** The code of a SQLite error, or undefined for any other error. */
export function sqliteCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return error.code.startsWith('SQLITE_') ? error.code : undefined;
}

export function classify(error: unknown): StoreErrorClass {
  const code = sqliteCode(error);
  if (code === undefined) return 'fatal';
  return CLASSES.find(([prefix]) => code === prefix || code.startsWith(`${prefix}_`))?.[1] ?? 'fatal';
}

/** True where the store itself failed, and not what somebody did with it. */
export function isBroken(error: unknown): boolean {
  return /^SQLITE_(?:IOERR|CORRUPT|NOTADB|READONLY|CANTOPEN|PROTOCOL)/.test(sqliteCode(error) ?? '');
}

/** The same, or the disk is full. */
export function isStoreFailure(error: unknown): error is Error {
  return isBroken(error) || sqliteCode(error) === 'SQLITE_FULL';
}

/** True when somebody else uses the handle at this moment: an open iterator. */
export function isHandleBusy(error: unknown): boolean {
  return error instanceof TypeError && error.message.includes('busy executing a query');
}

/** The TroupeError that stands for a store error. */
export function toStoreError(error: unknown, doing: string): TroupeError {
  if (error instanceof TroupeError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const code = sqliteCode(error) ?? 'unknown';
  switch (classify(error)) {
    case 'transient':
      return new TroupeError('store-busy', `The database was busy while ${doing} (${code}). Try again.`, {
        retryable: true,
        cause: error,
      });
    case 'capacity':
      return new TroupeError(
        'store-full',
        `The database is full while ${doing} (${code}): nothing was accepted. Free disk space or raise ` +
          'maxBytes; the runtime goes on by itself.',
        { retryable: true, cause: error },
      );
    case 'constraint':
      return new TroupeError('store-failed', `A constraint failed while ${doing}: ${text} (${code}).`, {
        cause: error,
      });
    case 'corrupt':
      return new TroupeError(
        'store-corrupt',
        `The database is damaged (${code}: ${text}), found while ${doing}. Troupe does not repair in place: ` +
          'restore a backup.',
        { cause: error },
      );
    case 'fatal':
      return new TroupeError(
        'store-failed',
        `The database failed while ${doing}: ${text} (${code}). The runtime stopped; open it again.`,
        {
          cause: error,
        },
      );
  }
}
