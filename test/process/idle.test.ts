// What an idle runtime does in a real process: nothing.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'troupe-idle-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('K27 lets the process sleep and end once nothing is armed, and stay for what is', { timeout: 30_000 }, () => {
  const child = join(import.meta.dirname, 'idle-child.ts');
  const startedAt = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [child, join(folder, 'app.db')], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
    timeout: 20_000,
  });

  expect(status, stderr).toBe(0);
  const { idle, armed, drains, cpuMs } = JSON.parse(stdout) as Record<string, never>;
  expect(idle).toEqual([]);
  expect(drains).toBe(0);
  expect(cpuMs).toBeLessThan(100);
  expect(armed).toEqual(['Timeout']);
  // It ended by itself, without stop(), after the delayed message was handled.
  expect(performance.now() - startedAt).toBeGreaterThan(850);
});
