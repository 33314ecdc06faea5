// A mutant: one bug planted by hand in a copy of the source, and the tests that have to notice it (PROMISES H16).

export interface Mutant {
  /** What somebody tired did. */
  readonly name: string;
  /** The promise or rule of docs/guarantees.md that it breaks, or the code of `check`. */
  readonly breaks: string;
  /** Below `src`. */
  readonly file: string;
  /** Occurs once in the file. */
  readonly find: string;
  readonly replace: string;
  /** Test files below `test`, without `.test.ts`; they fail with the bug and pass without it. */
  readonly tests: readonly string[];
  /** The simulator finds it too. */
  readonly simulator?: boolean;
}

/**
 * The source with the bug in it.
 *
 * @throws Error where the code it goes into has moved or changed
 */
export function plant({ name, file, find, replace }: Mutant, source: string): string {
  const count = source.split(find).length - 1;
  if (count === 1) return source.replace(find, () => replace);
  const found = count === 0 ? 'does not occur' : `occurs ${count} times`;
  throw new Error(`this mutant no longer applies: '${name}': what it looks for ${found} in src/${file}`);
}
