// Rewrites the table in docs/sagas.md from the rules of the saga lint: `npm run docs:lint`.
import { join } from 'node:path';
import { LINT_RULES } from '../src/sagas/lint-rules.ts';
import { root } from './entries.mjs';
import { MarkedBlock } from './marked-block.mjs';

const block = new MarkedBlock(join(root, 'docs/sagas.md'), {
  name: 'lint',
  note: 'written by `npm run docs:lint` from src/sagas/lint-rules.ts',
});

/** The rules for which a machine is refused, a row each. */
export function lintTable() {
  const rows = LINT_RULES.filter(({ level }) => level === 'refused').map(
    ({ code, refuses, fix }) => `| \`${code}\` | ${refuses} | ${fix} |`,
  );
  return ['| code | refused | instead |', '|---|---|---|', ...rows].join('\n');
}

/** The table as the page has it, or an empty string. */
export function writtenLintTable() {
  return block.read();
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) block.write(lintTable());
