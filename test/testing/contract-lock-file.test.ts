// The contract lock in tests: the matcher for Vitest, what an update writes and what it refuses, and stored fixtures.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineActor, defineApp, defineCommand, defineEvent, lockContracts, type App } from '../../src/index.ts';
import { matchContractLock, type UpdateMode } from '../../src/testing/contract-lock-file.ts';
import { decodeStored, updateContractLock } from '../../src/testing/index.ts';
import '../../src/testing/vitest.ts';

const folder = mkdtempSync(join(tmpdir(), 'troupe-lock-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const nextFile = (): string => join(folder, `${(files += 1)}.json`);

const appOf = (data: z.ZodType, version = 1): App => {
  const event = defineEvent('it.noted', { data: data as never, version });
  return defineApp({ actors: [defineActor('reader').on(event, () => {})] });
};
const first = appOf(z.object({ a: z.string() }));
const wider = appOf(z.object({ a: z.string(), b: z.int().optional() }));
const other = appOf(z.object({ a: z.int() }));

function locked(app: App): string {
  const file = nextFile();
  expect(updateContractLock(file, app)).toEqual([]);
  return file;
}

const match = (app: App, file: string, update: UpdateMode) => matchContractLock(app, file, { update });

describe('toMatchContractLock', () => {
  it('passes where the file is what the app says', () => {
    expect(first).toMatchContractLock(locked(first));
    expect(wider).not.toMatchContractLock(locked(first));
  });

  it('takes the mode of the comparison', () => {
    const raised = appOf(z.object({ a: z.string() }), 2);

    expect(() => expect(raised).toMatchContractLock(locked(first), { mode: 'forward' })).toThrow(/version-raised/);
    expect(() => expect(raised).toMatchContractLock(locked(first))).toThrow(/upcaster-missing/);
  });

  it('prints what is broken first, and what to do', () => {
    const file = locked(first);
    const message =
      `expected the app to match ${file}\n\n` +
      'breaks [data-incompatible] it.noted (version 1) data.a: Stored data may not be readable: a string is not ' +
      'integer. Accept the earlier data, or raise the version and add upcast: { 1: old => … }.\n' +
      'The contracts are not those of the lock. Run vitest -u to update it.';

    expect(() => expect(other).toMatchContractLock(file)).toThrow(message);
  });

  it('is for apps', () => {
    // @ts-expect-error -- a text has no contracts
    expect(() => expect('app').toMatchContractLock('x.json')).toThrow(/expect got no app/);
    // @ts-expect-error -- an app publishes nothing by itself
    expect(() => expect(first).toHaveNoDeadLetters()).toThrow(/no test runtime/);
  });
});

describe('the lock file', () => {
  it('is written where it is missing, but not in continuous integration', () => {
    const file = nextFile();

    expect(match(first, file, 'none')).toEqual({ pass: false, text: expect.stringContaining('does not exist') });
    expect(existsSync(file)).toBe(false);
    expect(match(first, file, 'new').pass).toBe(true);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(lockContracts(first));
  });

  it('stays as it is without an update', () => {
    const file = locked(first);
    const before = readFileSync(file, 'utf8');

    expect(match(wider, file, 'new')).toMatchObject({ pass: false, text: expect.stringContaining('schema-changed') });
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('is written with its history by an update', () => {
    const file = locked(first);

    expect(match(wider, file, 'all').pass).toBe(true);
    expect(match(wider, file, 'none').pass).toBe(true);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(lockContracts(wider, lockContracts(first)));
  });

  it('is not written by an update that would hide a broken schema', () => {
    const file = locked(first);
    const before = readFileSync(file, 'utf8');

    expect(match(other, file, 'all')).toMatchObject({
      pass: false,
      text: expect.stringContaining('take its entry out of the file'),
    });
    expect(updateContractLock(file, other)).toMatchObject([{ code: 'data-incompatible' }]);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('is not written by an update where only the last schema counts, and that one does not fit', () => {
    const file = locked(first);
    const before = readFileSync(file, 'utf8');

    expect(updateContractLock(file, other, { transitive: false })).toMatchObject([{ code: 'data-incompatible' }]);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('is not written by an update that would hide an event that has become a command', () => {
    const command = defineCommand('it.noted', { data: z.object({ a: z.string() }) });
    const changed = defineApp({ actors: [defineActor('reader').on(command, () => {})] });

    expect(updateContractLock(locked(first), changed)).toMatchObject([{ code: 'kind-changed' }]);
  });

  it('accepts a removed contract by an update', () => {
    const file = locked(first);

    expect(match(defineApp({}), file, 'none').pass).toBe(false);
    expect(match(defineApp({}), file, 'all').pass).toBe(true);
    expect(match(defineApp({}), file, 'none').pass).toBe(true);
  });

  it('keeps the layout that a formatter has given it', () => {
    const file = locked(first);
    const formatted = JSON.stringify(JSON.parse(readFileSync(file, 'utf8')));
    writeFileSync(file, formatted);

    expect(match(first, file, 'all').pass).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe(formatted);
  });

  it('is refused where it is none', () => {
    const file = nextFile();
    for (const text of ['{', '{}', '{ "format": 2, "contracts": {} }']) {
      writeFileSync(file, text);
      expect(() => match(first, file, 'all')).toThrow(expect.objectContaining({ code: 'invalid-options' }));
    }
  });
});

describe('decodeStored', () => {
  const Placed = defineEvent('order.placed', {
    data: z.object({ orderId: z.string(), cents: z.int(), note: z.string().default('') }),
    version: 3,
    upcast: {
      1: (old: { orderId: string; euro: number }) => ({ orderId: old.orderId, cents: old.euro * 100 }),
      2: (old: object) => ({ ...old, note: 'from version 2' }),
    },
  });

  it('brings every earlier version up to the latest', () => {
    expect(decodeStored(Placed, { version: 1, data: { orderId: '1', euro: 42 } })).toEqual({
      orderId: '1',
      cents: 4200,
      note: 'from version 2',
    });
  });

  it('leaves data of the current version as it is, without defaults', () => {
    expect(decodeStored(Placed, { version: 3, data: { orderId: '1', cents: 1 } })).toEqual({ orderId: '1', cents: 1 });
  });

  it('refuses what the code cannot read', () => {
    const code = (stored: { version: number; data: unknown }): unknown => {
      try {
        return decodeStored(Placed, stored);
      } catch (error) {
        return (error as { code: unknown }).code;
      }
    };
    expect(code({ version: 4, data: {} })).toBe('upcaster-missing');
    expect(code({ version: 1, data: { orderId: '1' } })).toBe('invalid-message');
    expect(code({ version: 3, data: { orderId: 1 } })).toBe('invalid-message');
  });
});
