// The dead letters of a test runtime: what is done about one has run when the call returns.
import { DeadLetters } from '../runtime/turn/dead-letters.ts';
import type { Kernel } from '../runtime/turn/kernel.ts';

export class SettledDeadLetters extends DeadLetters {
  readonly #settled: (outcome: Promise<void>) => Promise<void>;

  constructor(kernel: Kernel, settled: (outcome: Promise<void>) => Promise<void>) {
    super(kernel);
    this.#settled = settled;
  }

  override retry(id: number): Promise<void> {
    return this.#settled(super.retry(id));
  }

  override edit(id: number, data: unknown): Promise<void> {
    return this.#settled(super.edit(id, data));
  }

  override discard(id: number): Promise<void> {
    return this.#settled(super.discard(id));
  }
}
