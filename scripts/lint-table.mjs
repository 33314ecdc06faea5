// Rewrites the table in docs/sagas.md from the rules of the saga lint: `npm run docs:lint`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LINT_RULES } from '../src/sagas/lint-rules.ts';
import { root } from './entries.mjs';

const page = join(root, 'docs/sagas.md');
const marker = '<!-- lint: written by `npm run docs:lint` from src/sagas/lint-rules.ts -->';
const block = new RegExp(`${marker}\n[\\s\\S]*?<!-- end of lint -->`);

/** The rules for which a machine is refused, a row each. */
export function lintTable() {
  const rows = LINT_RULES.filter(({ level }) => level === 'refused').map(
    ({ code, refuses, fix }) => `| \`${code}\` | ${refuses} | ${fix} |`,
  );
  return ['| code | refused | instead |', '|---|---|---|', ...rows].join('\n');
}

/** The table as the page has it, or an empty string. */
export function writtenLintTable() {
  const found = block.exec(readFileSync(page, 'utf8'));
  return found === null ? '' : found[0].split('\n').slice(1, -1).join('\n');
}

function write() {
  const fenced = `${marker}\n${lintTable()}\n<!-- end of lint -->`;
  writeFileSync(
    page,
    readFileSync(page, 'utf8').replace(block, () => fenced),
  );
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) write();
