// Work queue: the instances with something to do and the inputs nobody has applied yet, both first in, first out.
import type { Input } from './input.ts';
import type { Instance } from './instance.ts';

const COMPACT_AT = 1_024;

/** A FIFO that keeps its room while it is emptied and filled, and gives up its consumed front in slices. */
class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;
  #tail = 0;

  get length(): number {
    return this.#tail - this.#head;
  }

  push(item: T): void {
    this.#items[this.#tail] = item;
    this.#tail += 1;
  }

  shift(): T | undefined {
    if (this.#head === this.#tail) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#tail) this.#reset(this.#tail > COMPACT_AT ? [] : this.#items, 0);
    else if (this.#head > COMPACT_AT && this.#head * 2 > this.#tail) this.#restart(this.rest());
    return item;
  }

  putBack(items: readonly T[]): void {
    if (items.length > 0) this.#restart([...items, ...this.rest()]);
  }

  rest(limit: number = this.length): T[] {
    return this.#items.slice(this.#head, this.#head + Math.min(limit, this.length)) as T[];
  }

  take(): T[] {
    const all = this.rest();
    this.#restart([]);
    return all;
  }

  #restart(items: T[]): void {
    this.#reset(items, items.length);
  }

  #reset(items: (T | undefined)[], tail: number): void {
    this.#items = items;
    this.#head = 0;
    this.#tail = tail;
  }
}

export class WorkQueue {
  readonly inputs: Fifo<Input> = new Fifo();
  readonly #ready: Fifo<Instance> = new Fifo();

  get hasReady(): boolean {
    return this.#ready.length > 0;
  }

  get isEmpty(): boolean {
    return !this.hasReady && this.inputs.length === 0;
  }

  makeReady(instance: Instance): void {
    instance.queued = true;
    this.#ready.push(instance);
  }

  nextReady(): Instance | undefined {
    const instance = this.#ready.shift();
    if (instance) instance.queued = false;
    return instance;
  }

  /** The instances whose turn comes next, at most `limit`. */
  ahead(limit: number): readonly Instance[] {
    return this.#ready.rest(limit);
  }
}
