// Rewrites the tree in docs/architecture.md from the first sentence of every source file: `npm run docs:tree`.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './entries.mjs';

const page = join(root, 'docs/architecture.md');
const marker = '<!-- tree: written by `npm run docs:tree` from the first line of each file -->';
const block = new RegExp(`${marker}\n\`\`\`text\n[\\s\\S]*?\n\`\`\``);

/**
 * The sentence a source file opens with, or an empty string.
 * @param {string} text
 */
export function purposeOf(text) {
  const [first = '', second = ''] = text.split('\n');
  const line = first.startsWith('#!') ? second : first;
  return /^\/\/ (?<sentence>\S.*\.)$/.exec(line)?.groups?.['sentence'] ?? '';
}

/** The tree as it should be: a line per file, path and sentence in two columns. */
export function tree() {
  const paths = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map(path => `src/${path.replaceAll('\\', '/')}`)
    .filter(path => path.endsWith('.ts'))
    .toSorted();
  const width = Math.max(...paths.map(path => path.length));
  return paths
    .map(path => `${path.padEnd(width)}  ${purposeOf(readFileSync(join(root, path), 'utf8'))}`.trimEnd())
    .join('\n');
}

/** The tree as the page has it, or an empty string. */
export function writtenTree() {
  if (!existsSync(page)) return '';
  const found = block.exec(readFileSync(page, 'utf8'));
  return found === null ? '' : found[0].split('\n').slice(2, -1).join('\n');
}

function write() {
  const text = existsSync(page) ? readFileSync(page, 'utf8') : '# Architecture\n';
  const fenced = `${marker}\n\`\`\`text\n${tree()}\n\`\`\``;
  const next = block.test(text) ? text.replace(block, () => fenced) : `${text.trimEnd()}\n\n${fenced}\n`;
  mkdirSync(dirname(page), { recursive: true });
  writeFileSync(page, next);
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) write();
