// Ownership of a database file: a small lock database held exclusively, freed by the OS when the process dies.
import { existsSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { TroupeError } from '../errors.ts';
import { classify } from './store-errors.ts';

const REGISTRY = Symbol.for('troupe.registry.1');

/** A runtime of this process that owns a file; `stop` is known once it has started. */
export interface Owner {
  stop: (() => Promise<void>) | undefined;
}

/** Files owned by runtimes of this process, by device and inode, shared by every copy of this package in it. */
function registry(): Map<string, Owner> {
  const holder = globalThis as { [REGISTRY]?: Map<string, Owner> };
  holder[REGISTRY] ??= new Map();
  return holder[REGISTRY];
}

/** Who in this process owns the file, if anybody. */
export function ownerOf(file: string): Owner | undefined {
  return existsSync(file) ? registry().get(fileIdentity(file)) : undefined;
}

/** Thrown when another runtime owns the file. Catch it to wait for a rolling restart, or pass `lockWait`. */
export class StoreLockedError extends TroupeError {
  override readonly name: string = 'StoreLockedError';

  constructor(file: string, owner: string) {
    super(
      'store-locked',
      `${file} is in use by another runtime (${owner}). One runtime owns a file: stop the other, ` +
        "wait for it with lockWait: '30s', " +
        'or give this one a file of its own. Clusters of processes on one file are not supported.',
      { retryable: true },
    );
  }
}

/** The right to write to one file. */
export interface FileLock {
  /** `device:inode` of the file that was locked. */
  readonly identity: string;
  release(): void;
}

export function fileIdentity(file: string): string {
  const { dev, ino } = statSync(file);
  return `${dev}:${ino}`;
}

/**
 * Takes the lock or throws StoreLockedError at once. The file itself is never opened here: closing it would drop
 * SQLite's locks.
 */
export function lockFile(file: string): FileLock {
  const identity = fileIdentity(file);
  if (registry().has(identity)) throw new StoreLockedError(file, 'in this process');
  const lock = new Database(`${file}.lock`, { timeout: 0 });
  try {
    lock.pragma('locking_mode = EXCLUSIVE');
    lock.pragma('journal_mode = MEMORY');
    lock.pragma('synchronous = OFF');
    lock.exec('begin exclusive; create table if not exists owner (pid integer); delete from owner;');
    lock.prepare('insert into owner (pid) values (?)').run(process.pid);
    lock.exec('commit');
  } catch (error) {
    lock.close();
    if (classify(error) === 'transient') throw new StoreLockedError(file, 'in another process');
    throw error;
  }
  registry().set(identity, { stop: undefined });
  let held = true;
  return {
    identity,
    release: () => {
      if (!held) return;
      held = false;
      registry().delete(identity);
      lock.close();
    },
  };
}
