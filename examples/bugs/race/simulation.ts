// Lets the simulator look for the bug: five hundred seeds of app.ts, or of fixed.ts with `--fixed`.
import { simulate, SimulationFailedError } from 'troupe/testing';
import { app } from './app.ts';
import { app as fixed } from './fixed.ts';
import { invariants, scenario } from './scenario.ts';

try {
  const tested = process.argv.includes('--fixed') ? fixed : app;
  const options = { name: 'race', seeds: 500, invariants, seedsFile: false } as const;
  const { runs, commits } = await simulate(tested, scenario, options);
  console.log(`${runs} runs with ${commits} commits hold.`);
} catch (error) {
  if (!(error instanceof SimulationFailedError)) throw error;
  console.log(error.message);
  process.exitCode = 1;
}
