import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { TroupeError } from '../../../src/index.ts';
import { TransactionLostError } from '../../../src/runtime/store/application-sql.ts';
import {
  classify,
  isBroken,
  isHandleBusy,
  isStoreFailure,
  sqliteCode,
  toStoreError,
} from '../../../src/runtime/store/store-errors.ts';
import { abortedTransaction, abortKind, storeErrorOf } from '../../../src/runtime/turn/abort.ts';

const sqlite = (code: string): Error => new Database.SqliteError(`text of ${code}`, code);

describe('R4 store errors', () => {
  it.each([
    ['SQLITE_BUSY', 'transient', 'store-busy', 'busy'],
    ['SQLITE_BUSY_SNAPSHOT', 'transient', 'store-busy', 'busy'],
    ['SQLITE_LOCKED', 'transient', 'store-busy', 'busy'],
    ['SQLITE_LOCKED_SHAREDCACHE', 'transient', 'store-busy', 'busy'],
    ['SQLITE_FULL', 'capacity', 'store-full', 'full'],
    ['SQLITE_TOOBIG', 'capacity', 'store-full', 'full'],
    ['SQLITE_NOMEM', 'capacity', 'store-full', 'full'],
    ['SQLITE_CONSTRAINT', 'constraint', 'store-failed', 'unit'],
    ['SQLITE_CONSTRAINT_FOREIGNKEY', 'constraint', 'store-failed', 'unit'],
    ['SQLITE_CORRUPT', 'corrupt', 'store-corrupt', 'fatal'],
    ['SQLITE_CORRUPT_INDEX', 'corrupt', 'store-corrupt', 'fatal'],
    ['SQLITE_NOTADB', 'corrupt', 'store-corrupt', 'fatal'],
    ['SQLITE_IOERR', 'fatal', 'store-failed', 'fatal'],
    ['SQLITE_IOERR_FSYNC', 'fatal', 'store-failed', 'fatal'],
    ['SQLITE_READONLY_DBMOVED', 'fatal', 'store-failed', 'fatal'],
    ['SQLITE_CANTOPEN', 'fatal', 'store-failed', 'fatal'],
    ['SQLITE_PROTOCOL', 'fatal', 'store-failed', 'fatal'],
    ['SQLITE_ERROR', 'fatal', 'store-failed', 'fatal'],
    ['SQLITE_BUSYBODY', 'fatal', 'store-failed', 'fatal'],
    ['SQLITE_SOMETHING_NEW', 'fatal', 'store-failed', 'fatal'],
  ])('%s is %s, told as %s, and means %s to a drain', (code, kind, told, abort) => {
    const error = sqlite(code);
    expect(classify(error)).toBe(kind);
    expect(toStoreError(error, 'testing')).toMatchObject({ code: told, cause: error });
    expect(toStoreError(error, 'testing').retryable).toBe(kind === 'transient' || kind === 'capacity');
    expect(abortKind(error)).toBe(abort);
    expect(abortKind(toStoreError(error, 'testing'))).toBe(abort);
  });

  it('knows its own codes only', () => {
    expect(sqliteCode(sqlite('SQLITE_FULL'))).toBe('SQLITE_FULL');
    expect(sqliteCode(Object.assign(new Error('x'), { code: 'ENOSPC' }))).toBeUndefined();
    expect(sqliteCode(Object.assign(new Error('x'), { code: 5 }))).toBeUndefined();
    expect(sqliteCode(new Error('x'))).toBeUndefined();
    expect(sqliteCode({ code: 'SQLITE_FULL' })).toBeUndefined();
    expect(classify('text')).toBe('fatal');
  });

  it('tells a broken store from a mistake', () => {
    expect(['SQLITE_IOERR_WRITE', 'SQLITE_CORRUPT', 'SQLITE_READONLY'].map(code => isBroken(sqlite(code)))).toEqual([
      true,
      true,
      true,
    ]);
    expect(['SQLITE_FULL', 'SQLITE_ERROR', 'SQLITE_CONSTRAINT'].map(code => isBroken(sqlite(code)))).toEqual([
      false,
      false,
      false,
    ]);
    expect(isStoreFailure(sqlite('SQLITE_FULL'))).toBe(true);
    expect(isStoreFailure(new Error('x'))).toBe(false);
  });

  it('knows a handle that is busy with an iterator', () => {
    const database = new Database(':memory:');
    const rows = database.prepare('select 1 union select 2').iterate();
    rows.next();
    let error: unknown;
    try {
      database.exec('begin immediate');
    } catch (caught) {
      error = caught;
    }
    expect(isHandleBusy(error)).toBe(true);
    expect(isHandleBusy(new TypeError('other'))).toBe(false);
    expect(isHandleBusy(sqlite('SQLITE_BUSY'))).toBe(false);
  });

  it('passes errors of the library on, and wraps what is no error', () => {
    const own = new TroupeError('store-fenced', 'taken over');
    expect(toStoreError(own, 'testing')).toBe(own);
    expect(toStoreError('text', 'testing')).toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining('text') as string,
    });
  });
});

describe('K3 the kind of an abort', () => {
  it('follows what ended the transaction', () => {
    expect(abortKind(new TransactionLostError(undefined))).toBe('lost');
    expect(abortKind(new TransactionLostError(new Error('user')))).toBe('lost');
    expect(abortKind(new TransactionLostError(sqlite('SQLITE_CONSTRAINT_UNIQUE')))).toBe('lost');
    expect(abortKind(new TransactionLostError(sqlite('SQLITE_ERROR')))).toBe('lost');
    expect(abortKind(new TransactionLostError(sqlite('SQLITE_FULL')))).toBe('full');
    expect(abortKind(new TransactionLostError(sqlite('SQLITE_IOERR')))).toBe('fatal');
  });

  it('is one unit for whatever is not of the store, and fatal for a new owner', () => {
    expect(abortKind(new TypeError('bug'))).toBe('unit');
    expect(abortKind(new TroupeError('too-large', 'state'))).toBe('unit');
    expect(abortKind(new TroupeError('store-fenced', 'taken over'))).toBe('fatal');
  });

  it('is told to the caller of a transaction as what to do about it', () => {
    expect(abortedTransaction(sqlite('SQLITE_BUSY'))).toMatchObject({ code: 'aborted', retryable: true });
    expect(abortedTransaction(sqlite('SQLITE_CONSTRAINT_FOREIGNKEY'))).toMatchObject({
      code: 'aborted',
      retryable: true,
    });
    expect(abortedTransaction(sqlite('SQLITE_FULL'))).toMatchObject({ code: 'store-full', retryable: true });
    const own = new TroupeError('too-large', 'state');
    expect(abortedTransaction(own)).toBe(own);
    const lost = new TransactionLostError(sqlite('SQLITE_FULL'));
    expect(storeErrorOf(lost, 'testing')).toMatchObject({ code: 'store-full' });
    expect(storeErrorOf(new TransactionLostError(undefined), 'testing')).toMatchObject({ code: 'sql-refused' });
  });
});
