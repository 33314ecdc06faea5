// npm run simulate: plays our own simulations until one fails or the seeds are used up; --help names all options.
//
//   npm run simulate -- --seeds 2000              so many runs in all
//   npm run simulate -- --seconds 60 --only shop  one simulation, for a minute
//   npm run simulate -- --explore                 a crash at every commit
import { simulateCommand } from '../../src/testing/index.ts';
import { simulations } from './simulations.ts';

process.exitCode = await simulateCommand(simulations, { argv: process.argv.slice(2), stdout: process.stdout });
