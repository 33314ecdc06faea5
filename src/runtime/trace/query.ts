// Queries of operators: an option that is misspelt would be a filter that filters nothing.
import { TroupeError } from '../errors.ts';

/** What a query may say. */
export interface QueryRule {
  readonly options: readonly string[];
  /** The option that takes one of a few words, and these. */
  readonly words: readonly [option: string, allowed: readonly string[]];
  /** The greatest limit; default: any. */
  readonly most?: number;
}

/**
 * Refuses a query with unknown options, an unknown word or a limit out of range.
 *
 * @throws TroupeError `invalid-options`
 */
export function checkQuery(what: string, query: object, rule: QueryRule): void {
  const { options, words, most = Infinity } = rule;
  const [option, allowed] = words;
  const given: Readonly<Record<string, unknown>> = { ...query };
  const unknown = Object.keys(given).find(name => !options.includes(name));
  if (unknown !== undefined) throw refuse(`${what} has no option '${unknown}'`, `Use ${options.join(', ')}.`);
  const { limit = 1, [option]: word = allowed[0] } = given;
  if (!Number.isSafeInteger(limit) || Number(limit) < 1 || Number(limit) > most) {
    const range = most === Infinity ? 'from 1' : `from 1 to ${most}`;
    throw refuse(`${what} got limit ${String(limit)}`, `Use a whole number ${range}.`);
  }
  if (!allowed.includes(String(word))) {
    throw refuse(`${what} got ${option} '${String(word)}'`, `Use ${allowed.join(', ')}.`);
  }
}

function refuse(problem: string, remedy: string): TroupeError {
  return new TroupeError('invalid-options', `${problem}. ${remedy}`);
}
