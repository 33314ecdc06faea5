// Wake queue: what has to happen later in this process, by due time; only the next one arms a timer.

interface Wake {
  readonly due: number;
  readonly run: () => void;
}

export class WakeQueue {
  readonly #heap: Wake[] = [];
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  nextDue(): number | undefined {
    return this.#heap[0]?.due;
  }

  add(due: number, run: () => void): void {
    const heap = this.#heap;
    heap.push({ due, run });
    let at = heap.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((heap[parent] as Wake).due <= due) break;
      this.#swap(at, parent);
      at = parent;
    }
    if (at === 0) this.#changed();
  }

  /** Runs everything that is due. */
  run(now: number): void {
    for (let next = this.#heap[0]; next && next.due <= now; next = this.#heap[0]) {
      this.#shift();
      next.run();
    }
  }

  #shift(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (heap.length === 0 || !last) return;
    heap[0] = last;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      if (left >= heap.length) return;
      const right = left + 1;
      const least = right < heap.length && (heap[right] as Wake).due < (heap[left] as Wake).due ? right : left;
      if ((heap[least] as Wake).due >= (heap[at] as Wake).due) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #swap(a: number, b: number): void {
    const held = this.#heap[a] as Wake;
    this.#heap[a] = this.#heap[b] as Wake;
    this.#heap[b] = held;
  }
}
