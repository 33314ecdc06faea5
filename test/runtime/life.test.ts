// A runtime and its process: signals, and taking the place of another runtime.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createRuntime, defineActor, defineApp, defineEvent } from '../../src/index.ts';

let folder = '';
let file = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'troupe-life-'));
  file = join(folder, 'app.db');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program whose task takes `ms`, and sends it signals while it works. */
async function signal(ms: number, ...signals: NodeJS.Signals[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'signals-child.ts'), file, String(ms)]);
  let stdout = '';
  child.stdout.on('data', data => {
    stdout += String(data);
    if (String(data).includes('working')) for (const one of signals) child.kill(one);
  });
  const ended = await new Promise(resolve => child.on('exit', (_code, by) => resolve(by)));
  const row = new Database(file).prepare('select clean from troupe_epochs').get();
  return { ended, stdout, row };
}

describe('handleSignals', () => {
  it(
    'P13 lets running tasks end and closes the database before the signal ends the process',
    { timeout: 30_000 },
    async () => {
      expect(await signal(300, 'SIGTERM')).toEqual({
        ended: 'SIGTERM',
        stdout: 'working\nworked\n',
        row: { clean: 1 },
      });
    },
  );

  it('P13 ends at once on the second signal', { timeout: 30_000 }, async () => {
    expect(await signal(9_000, 'SIGINT', 'SIGTERM')).toMatchObject({ stdout: 'working\n', row: { clean: 0 } });
  });
});

describe('onExisting', () => {
  const Rang = defineEvent('bell.rang', { data: z.object({}) });
  const counter = defineActor('counter', { state: () => ({ n: 0 }) }).on(Rang, ctx => void (ctx.state.n += 1));
  const app = defineApp({ actors: [counter] });

  it('K27 refuses a second runtime on the file', async () => {
    await using first = await createRuntime(app, { database: file });

    await expect(createRuntime(app, { database: file })).rejects.toMatchObject({ code: 'store-locked' });
    expect(first.info().state).toBe('running');
  });

  it('K27 replaces the runtime of this process when asked to, with everything it had accepted', async () => {
    const first = await createRuntime(app, { database: file });
    await first.publish(Rang, {});
    await using second = await createRuntime(app, { database: file, onExisting: 'replace' });

    expect(first.info().state).toBe('stopped');
    expect(second.state(counter)).toEqual({ n: 1 });
    await expect(first.publish(Rang, {})).rejects.toMatchObject({ code: 'stopped' });
  });

  it('K27 runs two runtimes on two files', async () => {
    await using first = await createRuntime(app, { database: file });
    await using second = await createRuntime(app, { database: join(folder, 'other.db') });

    await first.publish(Rang, {});

    expect(second.state(counter)).toBeUndefined();
  });
});
