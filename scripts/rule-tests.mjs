// Rewrites the table of tests in docs/guarantees.md from the rules (K1, P6 …) that test titles carry: `npm run docs:rules`.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './entries.mjs';
import { MarkedBlock } from './marked-block.mjs';

const block = new MarkedBlock(join(root, 'docs/guarantees.md'), {
  name: 'tests',
  note: 'written by `npm run docs:rules` from the titles of the tests',
});
const rules = [...numbered('P', 16), ...numbered('K', 29)];

/** @param {string} letter @param {number} count */
function numbered(letter, count) {
  return Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
}

/** The rules a title names; `K18 to K22` names those between as well. @param {string} title */
function rulesOf(title) {
  const ranges = [...title.matchAll(/\b([PK])(\d+) to \1(\d+)\b/g)].flatMap(([, letter, first, last]) =>
    numbered(letter ?? '', Number(last)).slice(Number(first) - 1),
  );
  const single = [...title.matchAll(/\b[PK]\d+\b/g)].map(([rule]) => rule);
  return [...new Set([...single, ...ranges])];
}

/** The titles of a test file, `describe` and `it` alike. @param {string} text */
function titlesOf(text) {
  const pattern = /\b(?:it|describe)(?:\.(?:each|for|skipIf|runIf)\([\s\S]*?\))?\(\s*(['"`])((?:\\.|(?!\1).)*)\1/g;
  return [...text.matchAll(pattern)].map(match => (match[2] ?? '').replaceAll(/\\(.)/g, '$1'));
}

/** Rule by rule: the files whose titles name it, and how many do. */
export function table() {
  const found = new Map(rules.map(rule => [rule, /** @type {Map<string, number>} */ (new Map())]));
  for (const path of readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }).toSorted()) {
    if (!path.endsWith('.test.ts')) continue;
    const file = `test/${path.replaceAll('\\', '/')}`;
    for (const title of titlesOf(readFileSync(join(root, file), 'utf8'))) {
      for (const rule of rulesOf(title)) {
        const files = found.get(rule);
        files?.set(file, (files.get(file) ?? 0) + 1);
      }
    }
  }
  const rows = [...found]
    .filter(([, files]) => files.size > 0)
    .map(([rule, files]) => `| ${rule} | ${[...files].map(([file, count]) => `\`${file}\` (${count})`).join(', ')} |`);
  const missing = [...found].filter(([, files]) => files.size === 0).map(([rule]) => rule);
  const rest = missing.length === 0 ? [] : ['', `No title names these yet: ${missing.join(', ')}.`];
  return ['| rule | tests, and how many titles name it |', '|---|---|', ...rows, ...rest].join('\n');
}

/** The table as the page has it, or an empty string. */
export function writtenTable() {
  return block.read();
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) block.write(table());
