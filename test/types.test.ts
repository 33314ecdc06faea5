// Compiles test/types: each `@ts-expect-error` there is a use of the surface that TypeScript has to refuse.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../scripts/entries.mjs';

it('accepts and refuses what the type tests say', { timeout: 60_000 }, () => {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');

  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', 'test/types'], { cwd: root, encoding: 'utf8' });

  expect(stdout).toBe('');
  expect(status).toBe(0);
});
