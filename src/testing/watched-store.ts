// A store that asks before and after each commit: the place where a test lets a commit fail or a process die.
import type { FileLock } from '../runtime/store/lock.ts';
import type { Opened } from '../runtime/store/open.ts';
import { SqliteStore } from '../runtime/store/sqlite-store.ts';
import type { Batch } from '../runtime/store/store.ts';

/** What is called around every commit; what it throws is what the commit throws. */
export interface CommitGate {
  before(store: SqliteStore, batch: Batch): void;
  after(store: SqliteStore, batch: Batch): void;
}

export class WatchedStore extends SqliteStore {
  readonly #gate: CommitGate;
  #last: Uint8Array | undefined = undefined;

  constructor(opened: Opened, lock: FileLock | undefined, gate: CommitGate) {
    super(opened, lock);
    this.#gate = gate;
  }

  override commit(batch: Batch, written?: () => void): void {
    super.commit(batch, () => {
      this.#gate.before(this, batch);
      written?.();
    });
    this.#gate.after(this, batch);
  }

  /** What is committed, without what a transaction has written so far; of a closed store what it held at last. */
  image(): Uint8Array {
    if (!this.database.open) return this.#last ?? new Uint8Array();
    this.rollback();
    return this.serialize();
  }

  override close(): void {
    if (this.info.file === ':memory:' && this.database.open) this.#last = this.image();
    super.close();
  }
}
