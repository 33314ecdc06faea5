// Mutants of contracts over time: schemas that only seem to fit, and messages nobody can read.
import type { Mutant } from './mutant.ts';

export const contractMutants: readonly Mutant[] = [
  {
    name: 'takes a property that became required for one that was always there',
    breaks: 'K6',
    file: 'hybrid/schema-fit-object.ts',
    find: `.filter(name => !present.includes(name))`,
    replace: `.filter(name => !present.includes(name) && present.length === 0)`,
    tests: ['hybrid/contract-matrix'],
  },
  {
    name: 'compares a changed contract with the last schema only',
    breaks: 'K6',
    file: 'hybrid/compare-contracts.ts',
    find: `...(isTransitive ? locked.history.toReversed() : [])`,
    replace: `...(isTransitive ? locked.history.slice(0, 0) : [])`,
    tests: ['hybrid/contract-lock'],
  },
  {
    name: 'lets code go live that cannot read what is delayed',
    breaks: 'P15',
    file: 'check-database.ts',
    find: `open + delayed === 0`,
    replace: `open === 0`,
    tests: ['hybrid/check-messages'],
  },
];
