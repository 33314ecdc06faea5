// npm run differential: compares the step with live XState on random machines until they differ or the cases are used up.
//
//   npm run differential -- --cases 20000    so many cases (default 2000)
//   npm run differential -- --seed 7         from this seed; it is printed, and chosen at random where it is not given
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { reportOf, runBatch, seedsFrom } from './batch.ts';

/** With fewer cases, a feature that none of them uses says nothing. */
const ENOUGH_FOR_ALL_FEATURES = 1_000;

const { values } = parseArgs({ options: { cases: { type: 'string', default: '2000' }, seed: { type: 'string' } } });
const cases = Number(values.cases);
const seed = Number(values.seed ?? randomInt(2 ** 32));
if (!Number.isInteger(cases) || cases < 1) throw new Error('differential: --cases takes a whole number from 1');
if (!Number.isInteger(seed) || seed < 0) throw new Error('differential: --seed takes a whole number from 0');

const start = performance.now();
const batch = runBatch(seedsFrom(seed, cases));
const seconds = (performance.now() - start) / 1_000;
const lines = [...batch.used].map(([feature, count]) => `${String(count).padStart(8)}  ${feature}`);
const unused = [...batch.used].filter(([, count]) => count === 0).map(([feature]) => feature);
const isBlind = cases >= ENOUGH_FOR_ALL_FEATURES && unused.length > 0;
process.stdout.write(`${lines.join('\n')}\n`);
process.stdout.write(`${batch.cases} cases from seed ${seed}, ${Math.round(batch.cases / seconds)} cases/s\n`);
if (batch.found) process.stdout.write(`${reportOf(batch.found)}\n`);
else if (isBlind) process.stdout.write(`no case used: ${unused.join(', ')}\n`);
process.exitCode = batch.found || isBlind ? 1 : 0;
