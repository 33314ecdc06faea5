// Runs many cases, one seed after the other, and counts what they used.
import { compare, type Difference } from './compare.ts';
import { FEATURES, type Feature } from './features.ts';
import type { Case } from './machine-spec.ts';
import { randomCase } from './random-machine.ts';
import { shrink } from './shrink.ts';

export interface Found {
  readonly seed: number;
  readonly case: Case;
  readonly difference: Difference;
}

export interface Batch {
  readonly cases: number;
  /** In how many cases each feature was used. */
  readonly used: ReadonlyMap<Feature, number>;
  /** The first difference, cut down. */
  readonly found: Found | undefined;
}

/** Ends at the first difference. */
export function runBatch(seeds: Iterable<number>): Batch {
  const used = new Map<Feature, number>(FEATURES.map(feature => [feature, 0]));
  let cases = 0;
  for (const seed of seeds) {
    cases += 1;
    const one = randomCase(seed);
    const seen = new Set<Feature>();
    const difference = compare(one, feature => seen.add(feature));
    for (const feature of seen) used.set(feature, (used.get(feature) ?? 0) + 1);
    if (difference) return { cases, used, found: { seed, ...shrink(one, difference) } };
  }
  return { cases, used, found: undefined };
}

/** Seeds are 32 bits; neighbours are as different as any two. */
export function* seedsFrom(first: number, count: number): Iterable<number> {
  for (let i = 0; i < count; i++) yield (first + i) >>> 0;
}

/** What one needs to see and repeat a difference. */
export function reportOf({ seed, case: { machine, acts, from }, difference }: Found): string {
  const { after, in: part, live, durable } = difference;
  return [
    `seed ${seed} differs in ${part} after ${after} acts; npm run differential -- --seed ${seed} --cases 1`,
    `machine  ${JSON.stringify(machine)}`,
    `acts     ${JSON.stringify(acts)}, from ${from}`,
    `live     ${JSON.stringify(live)}`,
    `durable  ${JSON.stringify(durable)}`,
  ].join('\n');
}
