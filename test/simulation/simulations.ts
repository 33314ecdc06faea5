// Our own simulations: the kernel, actors, effects, sagas, the shop of the test kit, and the Northwind example.
import type { Simulation } from '../../src/testing/index.ts';
import { actorsSimulation } from './actors-simulation.ts';
import { claimsSimulation } from './claims-simulation.ts';
import { effectsSimulation } from './effects-simulation.ts';
import { ledgerSimulation } from './ledger-simulation.ts';
import { northwindSimulation } from './northwind-simulation.ts';
import { sagasSimulations } from './sagas-simulation.ts';
import { shopSimulation } from './shop-simulation.ts';

export const simulations: readonly Simulation[] = [
  ledgerSimulation,
  actorsSimulation,
  effectsSimulation,
  ...sagasSimulations,
  shopSimulation,
  northwindSimulation,
  claimsSimulation,
];
