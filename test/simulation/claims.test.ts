// Claims in the simulator: with them each order is charged once, whatever strikes; without them it finds the accident.
import { describe, expect, it } from 'vitest';
import { simulate } from '../../src/testing/index.ts';
import { claimsApp, claimsSimulation } from './claims-simulation.ts';

const { name, app, scenario, options } = claimsSimulation;

describe('orders of which a saga conducts some', { timeout: 60_000 }, () => {
  it('K25 are charged exactly once each, under faults and duplicates', async () => {
    const report = await simulate(app, scenario, { ...options, name, seeds: 300, seedsFile: false });

    expect(report.runs).toBe(300);
    expect(report.uncontrolled).toEqual([]);
  });

  it('K25 end the same after a crash at any commit', async () => {
    const { runs } = await simulate(app, scenario, {
      ...options,
      name,
      explore: 'every-commit',
      pairs: 20,
      seedsFile: false,
    });

    expect(runs).toBeGreaterThan(20);
  });

  it('K25 are charged twice where no handler yields', async () => {
    const run = simulate(claimsApp(false), scenario, { ...options, name, seeds: 100, seedsFile: false });

    await expect(run).rejects.toThrow('happened twice for key');
  });
});
