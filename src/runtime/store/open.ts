// Opens a database for a runtime: refuses what is not safe, sets the pragmas, creates or migrates the tables.
import { closeSync, existsSync, openSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { TroupeError } from '../errors.ts';
import { APPLICATION_ID } from './schema.ts';
import { migrate, schemaVersion } from './migrations.ts';
import { isHandleBusy, toStoreError } from './store-errors.ts';

export type Durability = 'full' | 'relaxed' | 'memory';

export interface OpenOptions {
  /** A path, `':memory:'`, the image of a database, or a handle of yours. */
  readonly database: string | Uint8Array | Database.Database;
  readonly durability: Durability;
  readonly mustExist: boolean;
  readonly maxBytes: number;
  readonly allowNetworkFileSystem: boolean;
  /** Made by the caller, because ids come from the platform. */
  readonly storeId: string;
}

export interface Opened {
  readonly database: Database.Database;
  readonly file: string | undefined;
  readonly ownsHandle: boolean;
  readonly durability: Durability;
  readonly powerSafe: boolean;
}

/** Of the file format: the write and the read version; 1 is a rollback journal, 2 is WAL. */
const WAL_MARKS = [18, 19] as const;
const QUICK_CHECK_BYTES = 256 * 1024 * 1024;
/** `statfs` types from linux/magic.h: NFS, SMB, CIFS, SMB2, 9p. FUSE and virtiofs share one number and may be local. */
const NETWORK = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9p'],
  [0x65735546, 'FUSE or virtiofs'],
]);
const TMPFS = 0x01021994;

/** Opens and prepares; the caller has made sure that nobody else owns the file. */
export function openDatabase(options: OpenOptions): Opened {
  const given = options.database;
  if (typeof given !== 'string' && !(given instanceof Uint8Array)) return openHandle(given, options);
  if (given instanceof Uint8Array || given === ':memory:' || options.durability === 'memory') {
    const database = new Database(given instanceof Uint8Array ? toImage(given) : ':memory:');
    try {
      settle(database, options);
    } catch (error) {
      database.close();
      throw toStoreError(error, 'opening an image');
    }
    return { database, file: undefined, ownsHandle: true, durability: 'memory', powerSafe: false };
  }
  return openFile(resolve(given), options);
}

/** A copy that opens in memory: the image of a file says that it is in WAL mode, which needs a file. */
function toImage(bytes: Uint8Array): Buffer {
  const image = Buffer.from(bytes);
  for (const at of WAL_MARKS) if (image.length > at) image[at] = 1;
  return image;
}

/**
 * The path a database would be locked by, or undefined where there is no file. Creates an empty file readable by its
 * owner only.
 */
export function lockPath(options: OpenOptions): string | undefined {
  const given = options.database;
  if (given instanceof Uint8Array || given === ':memory:' || options.durability === 'memory') return undefined;
  if (typeof given !== 'string') return given.memory ? undefined : resolve(given.name);
  const file = resolve(given);
  if (existsSync(file)) return file;
  if (options.mustExist) {
    throw new TroupeError(
      'store-missing',
      `${file} does not exist and mustExist is set. Check the path, or drop mustExist on the first start.`,
    );
  }
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    throw new TroupeError(
      'store-failed',
      `${file} cannot be created: ${String(error)}. Check that the folder exists and is writable.`,
      { cause: error },
    );
  }
  return file;
}

function openHandle(database: Database.Database, options: OpenOptions): Opened {
  if (!database.open) {
    throw new TroupeError('invalid-options', 'The database handle is closed. Pass an open better-sqlite3 Database.');
  }
  if (database.readonly) {
    throw new TroupeError('invalid-options', 'The database handle is read-only. Open it for writing.');
  }
  if (database.inTransaction) throw busyHandle(undefined);
  const file = database.memory ? undefined : resolve(database.name);
  if (file !== undefined) refuseNetwork(file, options);
  try {
    if (file !== undefined) setDurability(database, options.durability);
    settle(database, options);
  } catch (error) {
    throw isHandleBusy(error) ? busyHandle(error) : toStoreError(error, `opening ${database.name}`);
  }
  const durability = file === undefined ? 'memory' : options.durability;
  return {
    database,
    file,
    ownsHandle: false,
    durability,
    powerSafe: file !== undefined && isPowerSafe(file, durability),
  };
}

/** Joining somebody else's transaction would tie our tables to whether that one commits (KERNEL K11). */
function busyHandle(cause: unknown): TroupeError {
  return new TroupeError(
    'store-busy',
    'The database handle is inside a transaction or an iterator. Finish that before createRuntime.',
    { retryable: true, cause },
  );
}

function openFile(file: string, options: OpenOptions): Opened {
  refuseNetwork(file, options);
  const empty = statSync(file).size === 0;
  if (empty && options.mustExist) {
    throw new TroupeError(
      'store-missing',
      `${file} is empty although mustExist is set: it was truncated or never written. Restore a backup.`,
    );
  }
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { timeout: 250 });
    refuseForeign(database, file);
    if (empty) database.pragma('auto_vacuum = INCREMENTAL');
    setDurability(database, options.durability);
    database.pragma('wal_autocheckpoint = 0');
    database.pragma('journal_size_limit = 67108864');
    database.pragma('trusted_schema = OFF');
    database.pragma('cell_size_check = ON');
    database.pragma('foreign_keys = ON');
    database.pragma('mmap_size = 0');
    database.pragma('cache_size = -16000');
    database.pragma('temp_store = MEMORY');
    const pageSize = Number(database.pragma('page_size', { simple: true }));
    database.pragma(`max_page_count = ${Math.floor((options.maxBytes * 0.9) / pageSize)}`);
    if (statSync(file).size < QUICK_CHECK_BYTES) quickCheck(database, file);
    settle(database, options);
    if (empty) database.pragma(`application_id = ${APPLICATION_ID}`);
  } catch (error) {
    database?.close();
    throw toStoreError(error, `opening ${file}`);
  }
  return {
    database,
    file,
    ownsHandle: true,
    durability: options.durability,
    powerSafe: isPowerSafe(file, options.durability),
  };
}

/** better-sqlite3 is compiled so that WAL means NORMAL; FULL has to be set after WAL, and read back. */
function setDurability(database: Database.Database, durability: Durability): void {
  const mode = database.pragma('journal_mode = WAL', { simple: true });
  if (mode !== 'wal') {
    throw new TroupeError(
      'store-unsupported',
      `${database.name} cannot use WAL (journal mode is ${String(mode)}). Use a local file system.`,
    );
  }
  const wanted = durability === 'full' ? 2 : 1;
  database.pragma(`synchronous = ${wanted}`);
  if (process.platform === 'darwin') {
    database.pragma('fullfsync = 1');
    database.pragma('checkpoint_fullfsync = 1');
  }
  const got = database.pragma('synchronous', { simple: true });
  if (got !== wanted) {
    throw new TroupeError(
      'store-unsupported',
      `${database.name} refuses synchronous = ${wanted} (it is ${String(got)}).`,
    );
  }
}

function settle(database: Database.Database, options: OpenOptions): void {
  if (options.mustExist && schemaVersion(database) === 0) {
    throw new TroupeError(
      'store-missing',
      `${database.name} has no tables of Troupe although mustExist is set. Check the path.`,
    );
  }
  migrate(database, options.storeId, version => keepOld(database, version));
}

/** A copy beside the file of what a migration is about to change; an earlier try may have left one. */
function keepOld(database: Database.Database, version: number): void {
  if (database.memory) return;
  const file = `${database.name}.schema-${version}.backup`;
  rmSync(`${file}.part`, { force: true });
  database.prepare('vacuum into ?').run(`${file}.part`);
  renameSync(`${file}.part`, file);
}

function refuseForeign(database: Database.Database, file: string): void {
  const id = Number(database.pragma('application_id', { simple: true }));
  if (id === 0 || id === APPLICATION_ID) return;
  throw new TroupeError(
    'store-foreign',
    `${file} belongs to another application (application_id ${id}). Use another path, or open it ` +
      'yourself and pass the handle.',
  );
}

function quickCheck(database: Database.Database, file: string): void {
  const result = database.pragma('quick_check(1)', { simple: true });
  if (result !== 'ok') {
    throw new TroupeError(
      'store-corrupt',
      `${file} is damaged (${String(result)}). Troupe does not repair in place: restore a backup.`,
    );
  }
}

function fileSystem(file: string): number {
  try {
    return statfsSync(dirname(file)).type;
  } catch {
    return 0;
  }
}

function refuseNetwork(file: string, options: OpenOptions): void {
  const name = NETWORK.get(fileSystem(file));
  if (name === undefined || options.allowNetworkFileSystem) return;
  throw new TroupeError(
    'store-unsupported',
    `${file} is on ${name}, where SQLite's locks and flushes cannot be trusted. Use a local disk, or set ` +
      'allowNetworkFileSystem at your own risk.',
  );
}

function isPowerSafe(file: string, durability: Durability): boolean {
  return durability === 'full' && fileSystem(file) !== TMPFS;
}
