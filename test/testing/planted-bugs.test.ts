// Each built-in invariant of the simulator notices the bugs of a kernel it is there for, within 300 seeds (H16).
import { describe, expect, it } from 'vitest';
import { builtIn } from '../../src/testing/books.ts';
import { faultKinds } from '../../src/testing/faults.ts';
import { bugs, type Bug } from './planted-bugs.ts';
import { play } from './simulation-kit.ts';

/** The invariant that the first failing seed names. */
async function find({ plant }: Pick<Bug, 'plant'>, seeds: number): Promise<string | undefined> {
  const takeOut = plant();
  try {
    for (let seed = 1; seed <= seeds; seed++) {
      const { problem } = await play({ seed, kinds: faultKinds });
      if (problem) return problem.invariant;
    }
    return undefined;
  } finally {
    takeOut();
  }
}

describe('H16 planted bugs', () => {
  it.each(bugs)('names "$invariant" where $bug', async bug => {
    expect(await find(bug, 300)).toBe(bug.invariant);
  });

  it('has a bug for every built-in invariant', () => {
    expect(builtIn.filter(name => !bugs.some(({ invariant }) => invariant === name))).toEqual([]);
  });

  it('finds nothing in the kernel as it is', async () => {
    expect(await find({ plant: () => () => {} }, 50)).toBeUndefined();
  });
});
