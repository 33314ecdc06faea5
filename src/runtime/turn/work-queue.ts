// Work queue: the instances with something to do and the inputs nobody has applied yet, both first in, first out.
import type { Input } from './input.ts';
import type { Instance } from './instance.ts';

const COMPACT_AT = 1_024;

/** A FIFO that gives up its consumed front in slices. */
class Fifo<T> {
  #items: T[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (this.#head === this.#items.length) return undefined;
    this.#head += 1;
    if (this.#head === this.#items.length) this.#reset([]);
    else if (this.#head > COMPACT_AT && this.#head * 2 > this.#items.length) this.#reset(this.rest());
    return item;
  }

  putBack(items: readonly T[]): void {
    if (items.length > 0) this.#reset([...items, ...this.rest()]);
  }

  rest(): T[] {
    return this.#items.slice(this.#head);
  }

  take(): T[] {
    const all = this.rest();
    this.#reset([]);
    return all;
  }

  #reset(items: T[]): void {
    this.#items = items;
    this.#head = 0;
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
    return this.#ready.rest().slice(0, limit);
  }
}
