// Tasks under the test kit: stubs per attempt, timeouts, failures, bodies of dead processes, and I/O of the real world.
import { setTimeout as realSleep } from 'node:timers/promises';
import { setup as setupMachine } from 'xstate';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  defineActor,
  defineApp,
  defineCommand,
  defineEvent,
  defineSaga,
  task,
  type TaskArgs,
} from '../../src/index.ts';
import { createTestRuntime, pending } from '../../src/testing/index.ts';
import { app, checkout, OrderPlaced, OrderRejected, RefundPayment, shipping, ShipOrder } from './shop.ts';

const order = { orderId: '1', cents: 100 };
const byId = (data: { readonly id: string }): string => data.id;
const Fetch = defineCommand('web.fetch', { data: z.object({ id: z.string() }), key: byId, reply: z.string() });
const Asked = defineEvent('quote.asked', { data: z.object({ id: z.string() }), key: byId });

describe('a stub', () => {
  it('is replaced by a later one, for the attempts to come', async () => {
    await using t = await createTestRuntime(app);
    t.stub(ShipOrder, () => new Error('carrier down'));
    await t.publish(OrderPlaced, order);
    t.stub(ShipOrder, () => ({ parcel: 'by hand' }));
    await t.advance('1m');
    expect(t.saga(checkout, '1').status).toBe('done');
    expect(t.attempts().map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(new Set(t.attempts().map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  });

  it('that is pending is timed out and tried again as its handler says, then is a dead letter', async () => {
    await using t = await createTestRuntime(app);
    t.stub(ShipOrder, () => pending);
    await t.publish(OrderPlaced, order);
    expect(t.attempts()).toHaveLength(1);
    await t.advance('29s');
    expect(t.attempts()).toHaveLength(1);
    await t.advance('3m');
    expect(t.attempts()).toHaveLength(3);
    expect(t.deadLetters.list()).toMatchObject([{ type: 'shipping.ship', reason: 'timed-out', attempts: 3 }]);
    expect(t.saga(checkout, '1').status).toBe('compensated');
    expect(t.imbalances()).toEqual([]);
  });

  it('that throws fails the attempt like one that returns an error', async () => {
    await using t = await createTestRuntime(app);
    t.stub(ShipOrder, (_, attempt) => {
      if (attempt < 3) throw new Error('carrier down');
      return { parcel: 'third' };
    });
    expect(await t.ask(ShipOrder, { orderId: '1' })).toEqual({ parcel: 'third' });
  });

  it('that returns a promise says that it must not', async () => {
    await using t = await createTestRuntime(app);
    t.stub(ShipOrder, (() => Promise.resolve({ parcel: 'late' })) as never);
    await expect(t.ask(ShipOrder, { orderId: '1' }, { timeout: '1d' })).rejects.toThrow(/promise/i);
  });

  it('outlives crashes, with its attempts', async () => {
    await using t = await createTestRuntime(app);
    const attempts: number[] = [];
    t.stub(ShipOrder, (_, attempt) => {
      attempts.push(attempt);
      return attempt === 1 ? new Error('carrier down') : pending;
    });
    await t.publish(OrderPlaced, order);
    await t.advance('10s');
    await t.crash();
    expect(attempts).toEqual([1, 2, 2]);
  });
});

describe('a task of a saga', () => {
  const machine = setupMachine({
    types: {} as { context: { id: string }; input: { id: string } },
    actors: { quote: task(({ input }: TaskArgs<{ sku: string }>) => ({ price: input.sku.length }), { timeout: '1m' }) },
  }).createMachine({
    context: ({ input }) => input,
    initial: 'asking',
    states: {
      asking: {
        invoke: {
          src: 'quote',
          input: ({ context }) => ({ sku: `sku-${context.id}` }),
          onDone: 'priced',
          onError: 'unpriced',
        },
      },
      priced: { type: 'final' },
      unpriced: { type: 'final' },
    },
  });
  const quoting = defineSaga('quoting', { machine }).startsOn(Asked, data => data);
  const quotes = defineApp({ sagas: [quoting] });

  it('is stubbed by its name, attempt by attempt, with the input of the machine', async () => {
    await using t = await createTestRuntime(quotes);
    const seen: unknown[] = [];
    t.stub({ of: quoting, on: 'quote' }, (input, attempt) => {
      seen.push([input, attempt]);
      return attempt < 3 ? new Error('busy') : { price: 7 };
    });
    await t.publish(Asked, { id: '1' });
    await t.advance('1m');
    expect(t.saga(quoting, '1').state).toBe('priced');
    expect(seen).toEqual([1, 2, 3].map(attempt => [{ sku: 'sku-1' }, attempt]));
  });

  it('that is pending runs into its timeout', async () => {
    await using t = await createTestRuntime(quotes);
    t.stub({ of: quoting, on: 'quote' }, () => pending);
    await t.publish(Asked, { id: '1' });
    await t.advance('1h');
    expect(t.saga(quoting, '1').state).toBe('unpriced');
    expect(t.imbalances()).toEqual([]);
  });

  it('fails by its name', async () => {
    await using t = await createTestRuntime(quotes);
    t.fail({ of: quoting, on: 'quote' }, new Error('down'), Infinity);
    await t.publish(Asked, { id: '1' });
    await t.advance('1h');
    expect(t.saga(quoting, '1').state).toBe('unpriced');
    expect(t.attempts()).toHaveLength(5);
  });
});

describe('a failure', () => {
  it('of a task handler counts attempts, not turns', async () => {
    await using t = await createTestRuntime(app);
    t.fail({ of: shipping, on: ShipOrder }, new Error('no label'), 2);
    await t.publish(OrderPlaced, order);
    await t.advance('2h');
    expect(t.attempts().map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(t.state(shipping, '1')).toEqual({ parcels: 1 });
    expect(t.sent(RefundPayment)).toEqual([]);
  });

  it('for ever ends in compensation', async () => {
    await using t = await createTestRuntime(app);
    t.fail(ShipOrder, new Error('no label'), Infinity);
    await t.publish(OrderPlaced, order);
    await t.advance('2d');
    expect(t.published(OrderRejected)).toEqual([{ orderId: '1' }]);
  });
});

/** An app whose one task waits for the real world. */
const webOf = (run: (ctx: { step: (name: string, run: () => string) => Promise<string> }) => Promise<string>) =>
  defineActor('web', { state: () => ({ fetched: 0 }) }).task(Fetch, {
    run: ctx => run(ctx),
    done: (ctx, result) => {
      ctx.state.fetched += 1;
      return result;
    },
  });

describe('a task with I/O of its own (K29)', () => {
  it('is waited for really, and named', async () => {
    const web = webOf(async () => {
      await realSleep(30);
      return 'page';
    });
    await using t = await createTestRuntime(defineApp({ actors: [web] }));
    await t.send(Fetch, { id: '1' });
    expect(t.state(web, '1')).toEqual({ fetched: 1 });
    expect(t.uncontrolled).toEqual(['web/1 web.fetch']);
  });

  it('is told from tasks that wait in their ctx or in a stub', async () => {
    const web = webOf(async () => {
      await realSleep(30);
      return 'page';
    });
    await using t = await createTestRuntime(defineApp({ actors: [web, shipping] }));
    await t.send(ShipOrder, { orderId: 'asleep' });
    t.stub(ShipOrder, () => pending);
    await t.send(ShipOrder, { orderId: 'stubbed' });
    await t.send(Fetch, { id: '1' });
    expect(t.uncontrolled).toEqual(['web/1 web.fetch']);
  });

  it('that never ends lets the call fail with its name, and the test go on', async () => {
    const web = webOf(() => new Promise(() => {}));
    await using t = await createTestRuntime(defineApp({ actors: [web] }), { patience: '50ms' });
    await expect(t.send(Fetch, { id: '1' })).rejects.toMatchObject({
      code: 'wait-timeout',
      message: expect.stringContaining('web/1 web.fetch waited 50 ms of real time'),
    });
    await t.advance('10s');
    expect(t.imbalances()).toContain('web.fetch for web/1 is a task that is not over (attempt 1)');
  });

  it('of a process that has died has no effect when it goes on', async () => {
    const releases: (() => void)[] = [];
    const returned: string[] = [];
    const web = webOf(async ctx => {
      if (releases.length === 0) await new Promise<void>(resolve => releases.push(resolve));
      const page = await ctx.step('page', () => 'page');
      returned.push(page);
      return page;
    });
    await using t = await createTestRuntime(defineApp({ actors: [web] }), { patience: '20ms' });
    await expect(t.send(Fetch, { id: '1' })).rejects.toMatchObject({ code: 'wait-timeout' });
    await t.crash();
    expect(returned).toEqual(['page']);
    for (const release of releases) release();
    await realSleep(5);
    await t.settled();
    expect(returned).toEqual(['page']);
    expect(t.state(web, '1')).toEqual({ fetched: 1 });
    expect(t.imbalances()).toEqual([]);
  });
});

describe('the end of a test', () => {
  it('with tasks that wait takes no real time', async () => {
    const t = await createTestRuntime(app);
    t.stub(ShipOrder, () => pending);
    await t.publish(OrderPlaced, order);
    await t.send(ShipOrder, { orderId: '2' });
    const before = t.now();
    await t.stop();
    expect(t.now() - before).toBeLessThanOrEqual(10_000);
    await t.stop();
    await expect(t.publish(OrderPlaced, order)).rejects.toMatchObject({ code: 'stopped' });
  });
});
