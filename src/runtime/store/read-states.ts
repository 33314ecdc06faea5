// Reads the stored states of a database file without owning it: read-only, while a runtime may be at work on it.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import Database from 'better-sqlite3';
import { TroupeError } from '../errors.ts';
import { schemaVersion } from './migrations.ts';
import type { StateRow } from './records.ts';
import { APPLICATION_ID, SCHEMA_VERSION } from './schema.ts';
import { toStoreError } from './store-errors.ts';

export type StoredState = Pick<StateRow, 'id' | 'address' | 'version' | 'status' | 'data'>;

/** One short read after the other, so that a runtime's checkpoints do not wait. */
const PAGE = 500;

/**
 * Every row of actors and sagas, in the order they were made.
 *
 * @throws TroupeError `store-missing`, `store-foreign`, `store-newer`, `store-corrupt` and the other `store-…` codes
 */
export function* readStates(file: string): Generator<StoredState> {
  const database = openToRead(file);
  try {
    const page = database.prepare<[number, number], StoredState>(
      'select id, address, version, status, data from troupe_states where id > ? order by id limit ?',
    );
    for (let rows = page.all(0, PAGE); rows.length > 0; rows = page.all(rows.at(-1)?.id ?? 0, PAGE)) yield* rows;
  } catch (error) {
    throw toStoreError(error, `reading ${resolve(file)}`);
  } finally {
    database.close();
  }
}

/**
 * Opens a database of Troupe for reading only.
 *
 * @throws TroupeError `store-missing`, `store-foreign`, `store-newer`, `store-corrupt` and the other `store-…` codes
 */
export function openToRead(file: string): Database.Database {
  const path = resolve(file);
  if (!existsSync(path)) {
    throw new TroupeError('store-missing', `${path} does not exist. Pass the path of a database that Troupe wrote.`);
  }
  let database: Database.Database | undefined;
  try {
    database = open(path);
    refuseOthers(database, path);
    return database;
  } catch (error) {
    database?.close();
    throw toStoreError(error, `reading ${path}`);
  }
}

/**
 * In WAL mode a reader makes files beside the database that a read-only connection leaves behind. Where nobody has
 * them, one that may write, and does not, takes them away again.
 */
function open(path: string): Database.Database {
  const database = new Database(path, { readonly: existsSync(`${path}-wal`), fileMustExist: true });
  database.pragma('query_only = ON');
  return database;
}

function refuseOthers(database: Database.Database, file: string): void {
  const version = schemaVersion(database);
  if (version > SCHEMA_VERSION) {
    throw new TroupeError(
      'store-newer',
      `${file} has schema ${version}, this version of troupe understands ${SCHEMA_VERSION}. Use the newer library.`,
    );
  }
  if (version > 0) return;
  const id = Number(database.pragma('application_id', { simple: true }));
  if (id === 0 || id === APPLICATION_ID) {
    throw new TroupeError('store-missing', `${file} has no tables of Troupe. Check the path.`);
  }
  throw new TroupeError(
    'store-foreign',
    `${file} belongs to another application (application_id ${id}). Pass the path of a database that Troupe wrote.`,
  );
}
