// Housekeeping: retention and checkpoints, in small transactions while nothing else is to do.
import type { RetentionPolicy } from '../store/store.ts';
import type { Kernel } from './kernel.ts';

const EVERY_MS = 60_000;
const ROWS_PER_SLICE = 500;

export class Housekeeping {
  readonly #kernel: Kernel;
  readonly policy: RetentionPolicy;
  #last: number;
  #busy = false;

  constructor(kernel: Kernel, policy: RetentionPolicy) {
    this.#kernel = kernel;
    this.policy = policy;
    this.#last = kernel.clock.monotonic();
  }

  /** Called when a drain found nothing more to do; arms nothing by itself, so an idle process stays asleep. */
  idle(): void {
    if (this.#busy || this.#kernel.clock.monotonic() - this.#last < EVERY_MS) return;
    this.#busy = true;
    this.#kernel.platform.defer(() => this.#slice());
  }

  #slice(): void {
    const kernel = this.#kernel;
    if (kernel.scheduler.state !== 'running') return;
    // Work has come, or waits until it is tried again: the next rest comes back here.
    if (!kernel.scheduler.queue.isEmpty) this.#busy = false;
    else if (this.run()) kernel.platform.defer(() => this.#slice());
    else {
      this.#busy = false;
      this.#last = kernel.clock.monotonic();
    }
  }

  /** One slice; true when there is more to remove. */
  run(): boolean {
    const { store, clock, scheduler } = this.#kernel;
    const pruned = scheduler.housekeep(() => store.prune(this.policy, clock.now(), ROWS_PER_SLICE));
    this.#kernel.dedupeKeys -= pruned?.keys ?? 0;
    if (pruned?.more) return true;
    scheduler.housekeep(() => store.checkpoint(true));
    return false;
  }
}
