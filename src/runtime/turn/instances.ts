// Instances: the live cells of a runtime by address, and which of them memory gives up when there are too many.
import type { Registration } from '../delivery/subscription.ts';
import { formatAddress } from '../message/address.ts';
import { Instance } from './instance.ts';

/** The part of the cache that is left after an eviction, so that it is not done for each new instance. */
const LEFT_PART = 0.9;
const NONE: ReadonlyMap<string, Instance> = new Map();

export class Instances {
  readonly #limit: number;
  readonly #isWorking: (instance: Instance) => boolean;
  readonly #cells = new Map<Registration, Map<string, Instance>>();
  #count = 0;

  /** Keeps about `limit` instances, and each for which `isWorking`. */
  constructor(limit: number, isWorking: (instance: Instance) => boolean) {
    this.#limit = limit;
    this.#isWorking = isWorking;
  }

  get count(): number {
    return this.#count;
  }

  get(registration: Registration, key: string): Instance {
    let cells = this.#cells.get(registration);
    if (!cells) this.#cells.set(registration, (cells = new Map<string, Instance>()));
    const found = cells.get(key);
    if (found) return found;
    const instance = new Instance(formatAddress(registration.behavior.name, key), key, registration);
    cells.set(key, instance);
    this.#count += 1;
    return instance;
  }

  find(registration: Registration, key: string): Instance | undefined {
    return this.#cells.get(registration)?.get(key);
  }

  of(registration: Registration): Iterable<Instance> {
    return (this.#cells.get(registration) ?? NONE).values();
  }

  /**
   * Passivation: evicts what was idle since the last look once the cache is over its size (second chance, Corbató
   * 1968).
   */
  evict(): void {
    if (this.#count <= this.#limit) return;
    for (const cells of this.#cells.values()) {
      for (const instance of cells.values()) {
        if (this.#count <= this.#limit * LEFT_PART) return;
        if (instance.warm) instance.warm = false;
        else this.passivate(instance);
      }
    }
  }

  /** Forgets one instance at once if it is idle: a finished saga, a passivated actor. */
  passivate(instance: Instance): void {
    if (!this.#isIdle(instance)) return;
    if (this.#cells.get(instance.registration)?.delete(instance.key)) this.#count -= 1;
  }

  /**
   * Nothing in memory belongs to it: what waits, what runs, and why it does not move. One that is ready with nothing
   * waiting has had its turn out of order, as a suspect.
   */
  #isIdle(instance: Instance): boolean {
    const { mailbox, hold, delayed } = instance;
    if (mailbox.length > 0 || hold !== undefined || delayed.size > 0) return false;
    return !this.#isWorking(instance);
  }
}
