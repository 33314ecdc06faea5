// What a test kit tells of a run: every commit, once it is on disk, whatever becomes of the process after it.
import type { Batch } from '../runtime/store/store.ts';
import type { Kernel } from '../runtime/turn/kernel.ts';

/** One commit. */
export interface Commit {
  readonly kernel: Kernel;
  readonly batch: Batch;
}

/** Who is told. */
export interface CommitObserver {
  committed(commit: Commit): void;
  /** A process is up, after a start or a crash. */
  opened?(kernel: Kernel): void;
}
