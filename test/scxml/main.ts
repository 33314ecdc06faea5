// npm run scxml: plays the SCXML test framework on XState's own actor and on the durable step, and prints the figures.
import { cases, documents, exclusions, losses, type Case } from './cases.ts';
import { play, type Mode } from './interpreter.ts';

/** Of the 169 cases that XState enables, this many must pass on the durable step. */
const DURABLE_MINIMUM = 165;

const native = failuresOf('native');
const durable = failuresOf('durable');
const spread = failuresOf('spread');
const unexpected = [...native, ...[...durable, ...spread].filter(([{ name }]) => !losses.has(name))];
const enabled = cases.filter(one => one.isEnabledInXState);

say(`SCXML: ${documents.length} documents, ${cases.length} played, of which XState enables ${enabled.length} itself`);
say(`  native   ${score(cases, native)}   enabled in XState ${score(enabled, native)}`);
say(`  durable  ${score(cases, durable)}   enabled in XState ${score(enabled, durable)}`);
say(`  spread   ${score(cases, spread)}   enabled in XState ${score(enabled, spread)}`);
say('\nRefused by the durable step, because a stored session is JSON');
for (const [name, reason] of losses) say(`  ${name}: ${reason}`);
say('\nNot played; a number is a test of w3c-ecma');
for (const { reason, names } of exclusions) {
  say(`  ${reason}: ${[...names].map(name => name.replace('w3c-ecma/test', '')).join(', ')}`);
}
if (unexpected.length > 0) say('\nFailed');
for (const [{ name }, problem] of unexpected) say(`  ${name}: ${problem}`);

const passed = enabled.filter(one => !durable.has(one) && !spread.has(one)).length;
process.exitCode = unexpected.length > 0 || passed < DURABLE_MINIMUM ? 1 : 0;

function failuresOf(mode: Mode): ReadonlyMap<Case, string> {
  return new Map(
    cases.flatMap(one => {
      try {
        play(one, mode);
        return [];
      } catch (error) {
        return [[one, `${mode}: ${error instanceof Error ? error.message : String(error)}`]];
      }
    }),
  );
}

function score(played: readonly Case[], failures: ReadonlyMap<Case, string>): string {
  return `${played.filter(one => !failures.has(one)).length}/${played.length}`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
