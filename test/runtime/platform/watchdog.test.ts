// The watchdog in real processes: what it prints about a blocked event loop, and what its kill leads to.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const child = join(import.meta.dirname, 'watchdog-child.ts');
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'troupe-watchdog-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(mode: string, ...flags: string[]) {
  const args = [...flags, child, join(folder, 'app.db'), mode];
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env,
    timeout: 20_000,
  });
  const lines = stderr.split('\n').filter(line => line.includes('blocks the event loop'));
  return { status, signal, stdout, stderr, reports: lines.map(line => JSON.parse(line)) };
}

/** Starts the program again each time it is killed, as a process manager does. */
function runUntilItLives(mode: string) {
  const killed = [];
  let last = run(mode);
  while (last.signal === 'SIGKILL' && killed.length < 8) {
    killed.push(last);
    last = run('again');
  }
  expect(last.status, last.stderr).toBe(0);
  return { killed, survivor: last };
}

describe('the watchdog', () => {
  it('reports a turn that blocks the event loop, once, with its address and message id', { timeout: 30_000 }, () => {
    const { status, reports, stderr } = run('report');

    expect(status, stderr).toBe(0);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ level: 50, name: 'troupe', address: 'looper/räder', handler: 'loop.spin' });
    expect(reports[0].messageId).toMatch(/^[0-9a-f]{16}-1$/);
    expect(reports[0].blockedMs).toBeGreaterThanOrEqual(200);
  });

  it('P12 kills the process when asked to, until the message is a dead letter', { timeout: 60_000 }, () => {
    const { killed, survivor } = runUntilItLives('stored');

    expect(killed[0]?.reports[0]).toMatchObject({ level: 60, address: 'looper/1', handler: 'loop.spin' });
    expect(killed.length).toBe(4);
    expect(JSON.parse(survivor.stdout)).toEqual({
      letters: [{ reason: 'crashed', crashes: 3, address: 'looper/1' }],
      spins: 1,
    });
  });

  it('P6 bounds a delayed message that kills the process as well', { timeout: 60_000 }, () => {
    const { killed, survivor } = runUntilItLives('delayed');

    expect(killed.length).toBeLessThanOrEqual(5);
    expect(JSON.parse(survivor.stdout).letters).toMatchObject([{ reason: 'crashed', crashes: 3 }]);
  });

  it('P6 bounds a message that kills the process while its actor catches up with the log', { timeout: 60_000 }, () => {
    const { killed, survivor } = runUntilItLives('behind');

    expect(killed.length).toBeLessThanOrEqual(5);
    expect(JSON.parse(survivor.stdout)).toMatchObject({ letters: [{ reason: 'crashed', crashes: 3 }], spins: 1 });
  });

  it('is off under a debugger', { timeout: 30_000 }, () => {
    const { status, reports, stderr } = run('report', '--inspect=127.0.0.1:0');

    expect(status, stderr).toBe(0);
    expect(reports).toEqual([]);
  });
});
