import { beforeEach, describe, expect, it, vi } from 'vitest';
import { reportOf, runBatch, seedsFrom } from './batch.ts';
import { compare } from './compare.ts';
import { FAILING_SEEDS } from './failing-seeds.ts';
import { randomCase } from './random-machine.ts';

describe('the step and a live XState actor', () => {
  beforeEach(() => {
    // XState's development build warns of each event for an actor that is over; random machines send many.
    vi.spyOn(console, 'warn').mockImplementation(() => {});
  });

  for (const [seed, bug] of FAILING_SEEDS) {
    it(`agree on seed ${seed}: ${bug}`, () => {
      expect(compare(randomCase(seed))).toBeUndefined();
    });
  }

  it('agree on random machines, which use every feature', { timeout: 120_000 }, () => {
    const { used, found } = runBatch(seedsFrom(1, 1_500));

    expect(found && reportOf(found)).toBeUndefined();
    expect([...used].filter(([, count]) => count === 0)).toEqual([]);
  });
});
