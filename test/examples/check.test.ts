// Every example passes check: what is found in one is waived in its definitions, with a reason.
import { describe, expect, it } from 'vitest';
import '../../src/testing/vitest.ts';
import type { App } from '../../src/index.ts';
import { app as northwind } from '../../examples/northwind/app.ts';
import { app as payout } from '../../examples/payout/payout.ts';
import { app as race } from '../../examples/bugs/race/app.ts';
import { app as raceFixed } from '../../examples/bugs/race/fixed.ts';
import { app as compensation } from '../../examples/bugs/lost-compensation/app.ts';
import { app as compensationFixed } from '../../examples/bugs/lost-compensation/fixed.ts';
import { app as timer } from '../../examples/bugs/stale-timer/app.ts';
import { app as timerFixed } from '../../examples/bugs/stale-timer/fixed.ts';

describe('check', () => {
  it.each<[string, App]>([
    ['northwind', northwind],
    ['payout', payout],
    ['bugs/race', race],
    ['bugs/race, fixed', raceFixed],
    ['bugs/lost-compensation', compensation],
    ['bugs/lost-compensation, fixed', compensationFixed],
    ['bugs/stale-timer', timer],
    ['bugs/stale-timer, fixed', timerFixed],
  ])('is clean on the example %s', (_name, app) => {
    expect(app).toPassCheck();
  });
});
