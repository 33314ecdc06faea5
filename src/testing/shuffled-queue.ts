// A work queue that draws which ready instance has its turn next, and now and then lets an input go first.
import type { Instance } from '../runtime/turn/instance.ts';
import { WorkQueue } from '../runtime/turn/work-queue.ts';
import { drawBelow, type Random } from './seeded-random.ts';

const INPUT_FIRST_PART = 0.3;

export class ShuffledQueue extends WorkQueue {
  readonly #random: Random;
  readonly #waiting: Instance[] = [];

  constructor(random: Random) {
    super();
    this.#random = random;
  }

  override get hasReady(): boolean {
    return this.#waiting.length > 0;
  }

  override makeReady(instance: Instance): void {
    instance.queued = true;
    this.#waiting.push(instance);
  }

  override nextReady(): Instance | undefined {
    const { length } = this.#waiting;
    if (length === 0 || (this.inputs.length > 0 && this.#random() < INPUT_FIRST_PART)) return undefined;
    const [instance] = this.#waiting.splice(drawBelow(this.#random, length), 1);
    if (instance) instance.queued = false;
    return instance;
  }

  override ahead(limit: number): readonly Instance[] {
    return this.#waiting.slice(0, limit);
  }
}
