import { describe, expect, it } from 'vitest';
import { explore, type Scenario } from './crash-explorer.ts';
import { oneCharge } from './effect-scenarios.ts';
import { sagaScenarios } from './saga-scenarios.ts';
import { actorScenarios } from './scenarios.ts';

/** A prime, so that the sample walks over all places; 1 explores everything (half a minute). */
const EVERY = Number(process.env['TROUPE_CRASH_EVERY'] ?? 7);

/** Every scenario there is. */
const scenarios: readonly Scenario[] = [...actorScenarios, oneCharge, ...sagaScenarios];

describe('a crash after any commit changes nothing: K3, K13, K18 to K22, K26', () => {
  for (const scenario of scenarios) {
    it(scenario.name, { timeout: 60_000 }, async () => {
      const count = await explore(scenario, {
        depth: 2,
        every: EVERY,
        compare: (found, expected, at) => expect(found, at).toEqual(expected),
      });

      expect(count).toBeGreaterThan(5);
    });
  }
});
