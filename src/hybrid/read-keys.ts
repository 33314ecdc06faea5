// Read keys: which keys of a machine's context a function reads, found out by calling it with one that takes notes.

/** A function that follows what it reads for ever is given up. */
const MAX_READS = 1_000;
const MAX_DEPTH = 8;

/** Reads the whole context, or what it reads is not to be told. */
class Unreadable extends Error {}

/**
 * The keys of context that an `input` reads; undefined where that cannot be told: it reads the event, hands the whole
 * context on, or does not get along with a context that is not real.
 */
export function readsOf(input: unknown): ReadonlySet<string> | undefined {
  if (typeof input !== 'function') return new Set();
  const read = new Set<string>();
  const values = new Values();
  const context = new Proxy({}, notesOf(read, values));
  const args = {
    context,
    get event(): never {
      throw new Unreadable();
    },
    get self(): never {
      throw new Unreadable();
    },
  };
  try {
    const made: unknown = (input as (given: object) => unknown)(args);
    return hasWhole(made, context) ? undefined : read;
  } catch {
    return undefined;
  }
}

function notesOf(read: Set<string>, values: Values): ProxyHandler<object> {
  const refuse = (): never => {
    throw new Unreadable();
  };
  return {
    get: (_, key) => {
      if (typeof key === 'symbol') return refuse();
      read.add(key);
      return values.some();
    },
    has: refuse,
    ownKeys: refuse,
    getOwnPropertyDescriptor: refuse,
    set: refuse,
    deleteProperty: refuse,
    defineProperty: refuse,
    getPrototypeOf: refuse,
  };
}

/** Values of which everything can be read and called; in a calculation they are not a number. */
class Values {
  #reads = 0;

  some(): unknown {
    this.#reads += 1;
    if (this.#reads > MAX_READS) throw new Unreadable();
    return new Proxy(() => {}, {
      get: (_, key) => {
        if (key === Symbol.toPrimitive) return () => Number.NaN;
        return key === Symbol.iterator ? () => [].values() : this.some();
      },
      apply: () => this.some(),
      construct: () => ({}),
      has: () => false,
    });
  }
}

function hasWhole(made: unknown, context: object, depth = 0): boolean {
  if (made === context || depth > MAX_DEPTH) return true;
  if (typeof made !== 'object' || made === null) return false;
  return Object.values(made).some(value => hasWhole(value, context, depth + 1));
}
