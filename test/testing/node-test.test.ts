// The kit needs no test framework: a test file runs under node --test, and its failure shows the conversation.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../../scripts/entries.mjs';

function runNodeTest(env: Readonly<Record<string, string>> = {}) {
  const args = ['--import', './scripts/from-source.mjs', '--test', '--test-reporter=tap'];
  // NODE_TEST_CONTEXT would make the child a part of another run.
  const { NODE_TEST_CONTEXT: _context, NODE_OPTIONS: _options, ...inherited } = process.env;
  return spawnSync(process.execPath, [...args, join(root, 'test/testing/node-test-child.ts')], {
    cwd: root,
    encoding: 'utf8',
    env: { ...inherited, ...env },
  });
}

it('runs under node:test without Vitest', { timeout: 30_000 }, () => {
  const { status, stdout } = runNodeTest();
  expect(stdout).toMatch(/^# pass 1$/m);
  expect(status).toBe(0);
});

it('shows the conversation and the seed where an assertion of node:assert fails', { timeout: 30_000 }, () => {
  const { status, stdout } = runNodeTest({ SHOW_FAILURE: 'yes' });
  expect(status).toBe(1);
  expect(stdout).toMatch(/^# fail 1$/m);
  expect(stdout).toContain('seed 42');
  expect(stdout).toMatch(/── payment\.charge ──>/);
});
