// Rewrites the codes in docs/hybrid.md from the rules of `check`: `npm run docs:codes`.
import { join } from 'node:path';
import { CHECK_RULES } from '../src/hybrid/codes.ts';
import { root } from './entries.mjs';
import { MarkedBlock } from './marked-block.mjs';

const block = new MarkedBlock(join(root, 'docs/hybrid.md'), {
  name: 'codes',
  note: 'written by `npm run docs:codes` from src/hybrid/codes.ts',
});

/** Every rule, one after the other. */
export function codeTable() {
  return CHECK_RULES.map(
    ({ code, name, level, finds, why, fixes }) =>
      `**${code} ${name}** (${level}): ${finds}. Why: ${why}.\n${fixes.map(fix => `- ${fix}`).join('\n')}\n`,
  ).join('\n');
}

/** The codes as the page has them, or an empty string. */
export function writtenCodeTable() {
  return block.read();
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) block.write(codeTable());
