// Checks the packed tarball as its users get it: publint for package.json, attw for what TypeScript resolves.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './entries.mjs';
import { pack } from './pack.mjs';

const tarball = pack(join(root, '.tmp/package')).path;

/** @param {string} command @param {string[]} args */
function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  return status === 0;
}

const passed = [
  run('publint', ['run', tarball, '--strict']),
  // The package is ESM only; CommonJS reaches it by require() of ESM, which test/package.test.ts runs.
  run('attw', [tarball, '--profile', 'esm-only', '--no-emoji']),
];
process.exit(passed.every(Boolean) ? 0 : 1);
