import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createRuntime, defineApp, StoreLockedError } from '../../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'troupe-lock-'));
const app = defineApp({});
const children: ChildProcess[] = [];
let files = 0;

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const nextFile = (): string => join(folder, `${(files += 1)}.db`);

/** A process that has the file open. */
async function owner(file: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'lock-child.ts'), file], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  await new Promise(resolve => child.stdout?.once('data', resolve));
  return child;
}

const gone = (child: ChildProcess): Promise<unknown> => new Promise(resolve => child.once('exit', resolve));

describe('K27 a file', () => {
  it('has one runtime in a process', async () => {
    const file = nextFile();
    const first = await createRuntime(app, { database: file });
    await expect(createRuntime(app, { database: file })).rejects.toBeInstanceOf(StoreLockedError);
    await first.stop();

    await (await createRuntime(app, { database: file })).stop();
  });

  it('has one runtime over processes', async () => {
    const file = nextFile();
    const child = await owner(file);
    await expect(createRuntime(app, { database: file })).rejects.toMatchObject({
      name: 'StoreLockedError',
      code: 'store-locked',
      retryable: true,
    });
    const over = gone(child);
    child.stdin?.write('stop\n');
    await over;

    await (await createRuntime(app, { database: file })).stop();
  });

  it('is free at once after its process was killed', async () => {
    const file = nextFile();
    const child = await owner(file);
    const over = gone(child);
    child.kill('SIGKILL');
    await over;

    await (await createRuntime(app, { database: file })).stop();
  });

  it('is waited for with lockWait', async () => {
    const file = nextFile();
    const child = await owner(file);
    const waiting = createRuntime(app, { database: file, lockWait: '30s' });
    child.stdin?.write('stop\n');

    await (await waiting).stop();
  });

  it('is not held by a runtime that could not start', async () => {
    const file = nextFile();
    const failing = defineApp({
      migrate: () => {
        throw new Error('on purpose');
      },
    });
    await expect(createRuntime(failing, { database: file })).rejects.toThrow('on purpose');

    await (await createRuntime(app, { database: file })).stop();
  });
});
