// The kit beside fake timers of a test framework, which stop every global clock and timer of the process.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { defineActor, defineApp, defineCommand } from '../../src/index.ts';
import { createTestRuntime, simulate } from '../../src/testing/index.ts';
import { app, checkout, OrderPlaced } from './shop.ts';

const order = { orderId: '1', cents: 100 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('has virtual time of its own', async () => {
  await using t = await createTestRuntime(app);
  await t.publish(OrderPlaced, order);
  await t.crash();
  await t.advance('2h');
  expect(t.saga(checkout, '1').state).toBe('confirmed');
});

it('gives up a task that waits for the real world all the same', async () => {
  const Fetch = defineCommand('web.fetch', { data: z.object({ id: z.string() }), key: data => data.id });
  const web = defineActor('web').task(Fetch, () => new Promise<never>(() => {}));
  await using t = await createTestRuntime(defineApp({ actors: [web] }), { patience: '20ms' });
  await expect(t.send(Fetch, { id: '1' })).rejects.toMatchObject({ code: 'wait-timeout' });
});

it('ends a simulation that is bounded by real seconds', async () => {
  const { runs, seconds } = await simulate(app, ({ client }) => client.publish(OrderPlaced, order), {
    seconds: 0.05,
    seedsFile: false,
  });
  expect(runs).toBeGreaterThan(0);
  expect(seconds).toBeGreaterThanOrEqual(0.05);
});
