// Rewrites what the simulator prints about examples/bugs, there and in docs/testing.md: `npm run docs:bugs`.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './entries.mjs';

const home = join(root, 'examples/bugs');
const page = join(root, 'docs/testing.md');
const block = /(<!-- bug (?<name>[a-z-]+): written by `npm run docs:bugs` -->\n+```text\n)[\s\S]*?(?=```\n)/g;

/** The folders of the broken apps. */
export function bugNames() {
  return readdirSync(home, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

/**
 * What the simulator prints today, started by node and not by a test runner or npm, which its line for a rerun names.
 * @param {string} name
 * @param {Readonly<Record<string, string>>} [env]
 */
export function simulateBug(name, env = {}) {
  const fromSource = pathToFileURL(join(root, 'scripts/from-source.mjs')).href;
  const args = ['--import', fromSource, join(home, name, 'simulation.ts')];
  const own = { ...process.env, VITEST: undefined, npm_lifecycle_event: undefined, ...env };
  return spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', env: own });
}

/** @param {string} name */
export function writtenOutput(name) {
  return readFileSync(join(home, name, 'output.txt'), 'utf8');
}

/** The page with the outputs as they are recorded. */
export function pageWithOutputs() {
  return readFileSync(page, 'utf8').replace(block, (_, head, name) => head + writtenOutput(name));
}

function write() {
  for (const name of bugNames()) writeFileSync(join(home, name, 'output.txt'), simulateBug(name).stdout);
  writeFileSync(page, pageWithOutputs());
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) write();
