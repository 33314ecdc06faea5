// Databases of a test runtime: a file over crashes and runs, an image of another runtime, and starts that fail.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createRuntime, defineApp } from '../../src/index.ts';
import { createTestRuntime, type TestRuntimeOptions } from '../../src/testing/index.ts';
import { app, books, checkout, OrderConfirmed, OrderPlaced, payments, shipping } from './shop.ts';

const folder = mkdtempSync(join(tmpdir(), 'troupe-testing-'));
const order = (n: number) => ({ orderId: String(n), cents: 100 });
let files = 0;
const newFile = (): string => join(folder, `${(files += 1)}.db`);
const setup = (options: TestRuntimeOptions = {}) => createTestRuntime(app, { seed: 42, ...options });

afterAll(() => rmSync(folder, { recursive: true }));

describe('a file', () => {
  it('keeps what was committed over a crash and a restart', async () => {
    await using t = await setup({ database: newFile() });
    await t.publish(OrderPlaced, order(1));
    await t.crash();
    await t.restart();
    await t.crash();
    await t.advance('1h');
    expect(t.saga(checkout, '1').status).toBe('done');
    expect(t.attempts().length).toBeGreaterThan(1);
    expect(t.imbalances()).toEqual([]);
  });

  it('is taken up by a later run with the same seed, and no id comes twice (K1)', async () => {
    const database = newFile();
    const ids: string[] = [];
    for (let run = 1; run <= 3; run++) {
      await using t = await setup({ database });
      ids.push((await t.publish(OrderPlaced, order(run))).id);
      ids.push(t.info().incarnation);
      await t.crash();
      await t.advance('1h');
      ids.push((await t.publish(OrderPlaced, order(10 + run))).id);
      expect(t.saga(checkout, String(run)).status).toBe('done');
      expect(t.imbalances().filter(problem => !problem.includes('is a task'))).toEqual([]);
    }
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is free again after the runtime has stopped, and locked while it runs', async () => {
    const database = newFile();
    const one = await setup({ database });
    await expect(setup({ database })).rejects.toMatchObject({ code: 'store-locked' });
    await one.stop();
    await (await setup({ database })).stop();
  });
});

describe('an image', () => {
  it('of another runtime goes on where that stood, at the time it was written', async () => {
    await using production = await createRuntime(app, { database: ':memory:', durability: 'memory' });
    await production.publish(OrderPlaced, order(1));
    await production.settled();
    await using t = await setup({ database: production.serialize() });
    expect(t.now()).toBeGreaterThan(Date.UTC(2026, 0, 1));
    expect(t.state(payments, '1')).toEqual({ status: 'charged', cents: 100 });
    await t.advance('1h');
    expect(t.published(OrderConfirmed)).toEqual([{ orderId: '1' }]);
    expect(t.published(OrderPlaced)).toEqual([]);
    expect(t.imbalances()).toEqual([]);
  });

  it('is not started before the time it was written at, where the test says when', async () => {
    await using t = await setup();
    await t.publish(OrderPlaced, order(1));
    await t.advance('30d');
    await expect(setup({ database: t.serialize(), now: '2026-01-01' })).rejects.toMatchObject({
      code: 'clock-behind-store',
    });
    await using later = await setup({ database: t.serialize() });
    expect(later.now()).toBe(Date.UTC(2026, 0, 2));
  });

  it('that is no database is refused', async () => {
    await expect(setup({ database: new Uint8Array(4096).fill(7) })).rejects.toThrow();
  });
});

describe('a start that fails', () => {
  const failing = (from: number) => {
    const starts = { count: 0 };
    const migrate = (): void => {
      starts.count += 1;
      if (starts.count >= from) throw new Error('no such column');
    };
    return defineApp({ actors: [payments, shipping, books], sagas: [checkout], migrate });
  };

  it('says what migrate threw, and leaves the file free', async () => {
    const database = newFile();
    await expect(createTestRuntime(failing(1), { database })).rejects.toThrow('no such column');
    await (await setup({ database })).stop();
  });

  it.each(['crash', 'restart'] as const)(
    'after a %s says so there, then to each call, and stops quietly',
    async how => {
      await using t = await createTestRuntime(failing(2));
      await t.publish(OrderPlaced, order(1));
      await expect(t[how]()).rejects.toThrow('no such column');
      await expect(t.publish(OrderPlaced, order(2))).rejects.toMatchObject({ code: 'stopped' });
    },
  );

  it.each(['busy', 'full', 'io', 'io-kept'] as const)(
    'for a planned failure of a commit starts again: %s',
    async how => {
      for (let nth = 1; nth <= 12; nth++) {
        await using t = await setup();
        await t.publish(OrderPlaced, order(1));
        t.failCommit(nth, how);
        await t.restart();
        if (t.info().state === 'failed') await t.crash();
        await t.advance('1h');
        if (t.info().state === 'failed') await t.crash();
        await t.advance('1h');
        expect(t.saga(checkout, '1').status).toBe('done');
        expect(t.imbalances()).toEqual([]);
      }
    },
  );
});
