// The oracle: what a small app must end in, in plain memory; a list of what was accepted is all it needs.

export interface Sent {
  readonly what: 'put' | 'note' | 'work';
  readonly key: string;
  readonly n: number;
  /** Its identity: the same one accepted twice counts once. */
  readonly id: string;
}

/** Numbers at which the handlers of the app fail: for ever, or at their first attempt. */
export const isPoison = (n: number): boolean => n % 7 === 3;
export const isFlaky = (n: number): boolean => n % 5 === 4;

export interface Ending {
  /** By actor and key: what was handled, in order. */
  readonly lists: Readonly<Record<string, readonly number[]>>;
  readonly total: number;
  readonly deadLetters: readonly string[];
}

export class Oracle {
  readonly #seen = new Set<string>();
  readonly #lists: Record<string, number[]> = {};
  readonly #deadLetters: string[] = [];
  #total = 0;

  /** One accepted message, in the order of acceptance. Each address handles what it gets in that order. */
  accept({ what, key, n, id }: Sent): void {
    if (this.#seen.has(id)) return;
    this.#seen.add(id);
    if (isPoison(n)) {
      this.#deadLetters.push(`${what} ${key} ${n}`);
      return;
    }
    this.#append(`${what}/${key}`, n);
    if (what !== 'put') return;
    this.#append(`echo/${key}`, n);
    this.#total += n;
  }

  #append(address: string, n: number): void {
    (this.#lists[address] ??= []).push(n);
  }

  get ending(): Ending {
    return { lists: this.#lists, total: this.#total, deadLetters: this.#deadLetters.toSorted() };
  }
}
