// Runs everything a change has to pass, one npm script after the other, and stops at the first that fails.
//
//   npm run check                       all steps
//   npm run check -- --skip test        all but the named steps (comma separated), for who has just run them
//   npm run check -- --report FILE      also writes { passed, failed } as JSON
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './entries.mjs';

const steps = [
  { name: 'format', script: ['format:check'] },
  { name: 'lint', script: ['lint'] },
  { name: 'types', script: ['types'] },
  { name: 'build', script: ['build'] },
  { name: 'api', script: ['api'] },
  { name: 'knip', script: ['knip'] },
  { name: 'package', script: ['package:lint'] },
  { name: 'test', script: ['test'] },
  { name: 'bench', script: ['bench', '--', '--smoke'] },
];

const { values } = parseArgs({ options: { skip: { type: 'string', default: '' }, report: { type: 'string' } } });
const skipped = new Set(values.skip.split(',').filter(Boolean));
const unknown = [...skipped].filter(name => !steps.some(step => step.name === name));
if (unknown.length > 0) {
  console.error(
    `check: no step is called ${unknown.join(', ')}; the steps are ${steps.map(step => step.name).join(', ')}.`,
  );
  process.exit(1);
}

/** @param {number} since */
const seconds = since => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/** @type {string[]} */
const passed = [];
/** @type {string[]} */
const failed = [];
const start = performance.now();
for (const { name, script } of steps) {
  if (skipped.has(name)) {
    console.log(`- ${name.padEnd(10)} skipped`);
    continue;
  }
  const since = performance.now();
  const { status, signal, stdout, stderr } = spawnSync('npm', ['run', '--silent', ...script], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    shell: process.platform === 'win32',
  });
  const ok = status === 0;
  (ok ? passed : failed).push(name);
  console.log(`${ok ? '✓' : '✗'} ${name.padEnd(10)} ${seconds(since).padStart(7)}`);
  if (!ok) {
    console.log(`\n${stdout}${stderr}`);
    console.log(`check: ${name} failed (${signal ?? `exit ${status}`}); alone: npm run ${script.join(' ')}`);
    break;
  }
}
if (values.report !== undefined) {
  mkdirSync(dirname(values.report), { recursive: true });
  writeFileSync(values.report, JSON.stringify({ passed: passed.length, failed: failed.length }));
}
if (failed.length === 0) console.log(`check: ${passed.length} steps passed in ${seconds(start)}`);
process.exit(failed.length === 0 ? 0 : 1);
