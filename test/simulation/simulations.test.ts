// Our own simulations with fixed seeds, those that failed once first, and a crash at every commit (H1, H2, H10).
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/entries.mjs';
import { faultKinds, simulate, type Simulation, type SimulationReport } from '../../src/testing/index.ts';
import { checkoutSimulation } from './northwind-simulation.ts';
import { shopSimulation } from './shop-simulation.ts';
import { simulations } from './simulations.ts';

const SEEDS = Number(process.env['TROUPE_SIMULATION_SEEDS'] ?? 150);
const PAIRS = 100;
/** What has failed once is played first, for ever. */
const seedsFile = join(root, 'troupe-seeds.json');
const reports: SimulationReport[] = [];

function explore({ name, app, scenario, options }: Simulation): Promise<SimulationReport> {
  return simulate(app, scenario, { ...options, name, explore: 'every-commit', pairs: PAIRS, seedsFile: false });
}

describe('our own simulations: H1, H2, H10, K29', { timeout: 120_000 }, () => {
  for (const { name, app, scenario, options } of simulations) {
    it(`${name} keeps its promises under faults`, async () => {
      const report = await simulate(app, scenario, { ...options, name, seeds: SEEDS, seedsFile });

      expect(report.runs).toBeGreaterThanOrEqual(SEEDS);
      expect(report.uncontrolled).toEqual([]);
      reports.push(report);
    });
  }

  it('they strike with every kind of fault, and look at every built-in invariant', () => {
    const strikes = (kind: string): number => reports.reduce((sum, { faults }) => sum + (faults[kind]?.struck ?? 0), 0);
    const names = Object.keys(reports[0]?.invariants ?? {});
    const looks = (name: string): number => reports.reduce((sum, one) => sum + (one.invariants[name] ?? 0), 0);

    expect(faultKinds.filter(kind => strikes(kind) === 0)).toEqual([]);
    expect(names.filter(name => looks(name) === 0)).toEqual([]);
  });

  it('the Northwind checkout has the same books after a crash at any commit, and after two', async () => {
    const { runs } = await explore(checkoutSimulation);

    expect(runs).toBeGreaterThan(3 * PAIRS);
  });

  it('the shop ends the same after a crash at any commit, and after two', async () => {
    const { runs } = await explore(shopSimulation);

    expect(runs).toBeGreaterThan(PAIRS);
  });
});
