import { existsSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/entries.mjs';
import { plant, type Mutant } from './mutant.ts';
import { mutants } from './mutants.ts';

const MOST_BREAKS = /^(?:[PK]|TR)\d+$/;

const sourceOf = ({ file }: Mutant): string => readFileSync(join(root, 'src', file), 'utf8');

describe('a mutant (H16)', () => {
  it.each(mutants)('applies once, and leaves a file that parses: $name', mutant => {
    const sound = sourceOf(mutant);
    const planted = plant(mutant, sound);

    expect(planted).not.toBe(sound);
    expect(() => stripTypeScriptTypes(planted)).not.toThrow();
  });

  it('that no longer applies says so loudly, and so does one that applies twice', () => {
    const [mutant] = mutants;
    if (!mutant) throw new Error('there are mutants');
    const sound = sourceOf(mutant);

    expect(() => plant(mutant, '')).toThrow('this mutant no longer applies');
    expect(() => plant(mutant, sound + sound)).toThrow('occurs 2 times');
  });
});

describe('the mutants (H16)', () => {
  it('are at least thirty, each with a name and a change of its own', () => {
    const changes = mutants.map(({ file, find, replace }) => JSON.stringify([file, find, replace]));

    expect(mutants.length).toBeGreaterThanOrEqual(30);
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
    expect(new Set(changes).size).toBe(mutants.length);
  });

  it('name the rule they break and tests that exist', () => {
    expect(mutants.filter(({ breaks }) => !MOST_BREAKS.test(breaks))).toEqual([]);
    const tests = mutants.flatMap(mutant => mutant.tests.map(test => `test/${test}.test.ts`));

    expect(tests.filter(test => !existsSync(join(root, test)))).toEqual([]);
    expect(mutants.filter(mutant => mutant.tests.length === 0)).toEqual([]);
  });
});
