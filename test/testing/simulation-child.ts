// Prints the fingerprints of some runs, for a test that compares them with those of another process.
import { faultKinds } from '../../src/testing/faults.ts';
import { play } from './simulation-kit.ts';

const seeds = process.argv.slice(2).map(Number);
const fingerprints: [number, string][] = [];
for (const seed of seeds) fingerprints.push([seed, (await play({ seed, kinds: faultKinds })).fingerprint]);
process.stdout.write(JSON.stringify(fingerprints));
