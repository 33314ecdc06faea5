// Contract names: which declared type a name in the source stands for, by the words both are made of.

/** Words that name the kind of a thing and not the thing. */
const KINDS = new Set(['event', 'command', 'contract', 'message']);

/**
 * The type of `types` that a name stands for: `ChargePayment` for `payment.charge`. The name is one of these contracts,
 * so the best match decides; undefined where none is best, as with the names that a minifier makes.
 */
export function typeNamed(name: string, types: readonly string[]): string | undefined {
  const words = wordsOf(name);
  return one(types, type => isSame(words, wordsOf(type))) ?? one(types, type => isNear(words, wordsOf(type)));
}

/** The same, where the name may as well stand for something else. */
export function typeNamedExactly(name: string, types: readonly string[]): string | undefined {
  const words = wordsOf(name);
  return one(types, type => isSame(words, wordsOf(type)));
}

function wordsOf(name: string): ReadonlySet<string> {
  const words = name.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\d+/gu) ?? [];
  return new Set(words.map(word => word.toLowerCase()).filter(word => !KINDS.has(word)));
}

const isSame = (words: ReadonlySet<string>, others: ReadonlySet<string>): boolean =>
  words.size > 0 && words.size === others.size && isWithin(words, others);

const isNear = (words: ReadonlySet<string>, others: ReadonlySet<string>): boolean =>
  words.size > 0 && others.size > 0 && (isWithin(words, others) || isWithin(others, words));

const isWithin = (words: ReadonlySet<string>, others: ReadonlySet<string>): boolean =>
  [...words].every(word => others.has(word));

function one(types: readonly string[], isIt: (type: string) => boolean): string | undefined {
  const found = types.filter(isIt);
  return found.length === 1 ? found[0] : undefined;
}
