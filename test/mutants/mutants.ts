// All mutants, in the order in which they are shown.
import { abortMutants } from './abort-mutants.ts';
import { effectMutants } from './effect-mutants.ts';
import { contractMutants } from './contract-mutants.ts';
import { monitorMutants } from './monitor-mutants.ts';
import { claimsMutants } from './claims-mutants.ts';
import { checkMutants } from './check-mutants.ts';
import type { Mutant } from './mutant.ts';
import { ruleMutants } from './rule-mutants.ts';
import { sagaMutants } from './saga-mutants.ts';
import { startMutants } from './start-mutants.ts';
import { storeMutants } from './store-mutants.ts';
import { timeMutants } from './time-mutants.ts';
import { turnMutants } from './turn-mutants.ts';

export const mutants: readonly Mutant[] = [
  ...storeMutants,
  ...abortMutants,
  ...startMutants,
  ...turnMutants,
  ...effectMutants,
  ...timeMutants,
  ...sagaMutants,
  ...checkMutants,
  ...ruleMutants,
  ...contractMutants,
  ...monitorMutants,
  ...claimsMutants,
];
