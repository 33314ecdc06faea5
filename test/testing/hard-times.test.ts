// The test kit where a hostile test would take it: many at once, calls not awaited, holds, schedules, operators, waits.
import { setup as setupMachine, assign } from 'xstate';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  defineApp,
  defineCommand,
  defineEvent,
  defineSaga,
  defineSchedule,
  defineActor,
  saga,
} from '../../src/index.ts';
import { createTestRuntime, pending, type TestRuntime } from '../../src/testing/index.ts';
import {
  app,
  books,
  ChargePayment,
  checkout,
  OrderCancelled,
  OrderConfirmed,
  OrderPlaced,
  PaymentCharged,
  payments,
  RefundPayment,
  shipping,
  ShipOrder,
} from './shop.ts';

const order = (n: number) => ({ orderId: String(n), cents: 100 });
const id = z.object({ id: z.string() });
const byId = (data: { readonly id: string }): string => data.id;

describe('many runtimes in one process', () => {
  it('do not see each other: each plays as it does alone (P16)', async () => {
    const play = async (seed: number): Promise<string> => {
      await using t = await createTestRuntime(app, { seed });
      await t.publish(OrderPlaced, order(seed));
      if (seed % 3 === 0) await t.crash();
      t.failCommit(1 + (seed % 4));
      await t.publish(OrderPlaced, order(seed + 1));
      await t.advance('1h');
      expect(t.published(OrderConfirmed)).toHaveLength(2);
      expect(t.imbalances()).toEqual([]);
      return `${t.timeline()}${Buffer.from(t.serialize()).toString('base64')}`;
    };
    const seeds = Array.from({ length: 50 }, (_, seed) => seed);
    const together = await Promise.all(seeds.map(play));
    expect(new Set(together).size).toBe(50);
    for (const seed of [0, 17, 49]) expect(await play(seed)).toBe(together[seed]);
  });
});

describe('calls that are not awaited', () => {
  it('have run when the next call returns', async () => {
    await using t = await createTestRuntime(app);
    const receipts = [1, 2, 3].map(n => t.publish(OrderPlaced, order(n)));
    await t.advance('1h');
    expect(t.published(OrderConfirmed)).toHaveLength(3);
    expect(new Set((await Promise.all(receipts)).map(receipt => receipt.id)).size).toBe(3);
  });

  it('and reject each for itself', async () => {
    await using t = await createTestRuntime(app);
    const [bad, good] = await Promise.allSettled([
      t.publish(OrderPlaced, { orderId: 1 } as never),
      t.publish(OrderPlaced, order(1)),
    ]);
    expect([bad.status, good.status]).toEqual(['rejected', 'fulfilled']);
    expect(t.saga(checkout, '1').state).toBe('shipping');
  });

  it('share the time that an ask needs', async () => {
    await using t = await createTestRuntime(app);
    const replies = await Promise.all([1, 2, 3].map(n => t.ask(ShipOrder, { orderId: String(n) }, { timeout: '1d' })));
    expect(replies.map(({ parcel }) => parcel)).toEqual(['parcel-1', 'parcel-2', 'parcel-3']);
    expect(t.now()).toBe(Date.UTC(2026, 0, 1, 1));
  });

  it('have committed when a transaction of the application returns, and run when the next call does', async () => {
    await using t = await createTestRuntime(app);
    t.transaction(tx => tx.publish(OrderPlaced, order(1)));
    expect(t.published(OrderPlaced)).toEqual([order(1)]);
    await t.settled();
    expect(t.saga(checkout, '1').state).toBe('shipping');
    expect(() =>
      t.transaction(() => {
        throw new Error('mine');
      }),
    ).toThrow('mine');
    t.failCommit(1);
    expect(() => t.transaction(tx => tx.publish(OrderPlaced, order(2)))).toThrow(/busy/);
    await t.settled();
    expect(t.published(OrderPlaced)).toHaveLength(1);
    expect(t.imbalances()).toEqual(['shipping.ship for shipping/1 is a task that is not over (attempt 1)']);
  });
});

describe('hold', () => {
  it('goes on over restarts and crashes', async () => {
    await using t = await createTestRuntime(app);
    const held = t.hold(PaymentCharged);
    await t.publish(OrderPlaced, order(1));
    await t.restart();
    await t.crash();
    await t.publish(OrderPlaced, order(2));
    await t.advance('1h');
    expect(t.state(books)).toBeUndefined();
    await held.release();
    expect(t.state(books)?.orders).toEqual(['1', '2']);
    expect(t.imbalances()).toEqual([]);
  });

  it('twice on one contract needs two releases; a release too many does nothing', async () => {
    await using t = await createTestRuntime(app);
    const [one, two] = [t.hold(PaymentCharged), t.hold(PaymentCharged)];
    await t.publish(OrderPlaced, order(1));
    await one.release();
    await one.release();
    expect(t.state(books)).toBeUndefined();
    await two.release();
    expect(t.state(books)?.orders).toEqual(['1']);
    await t.publish(OrderPlaced, order(2));
    expect(t.state(books)?.orders).toEqual(['1', '2']);
  });

  it('of several contracts lets each go by itself', async () => {
    await using t = await createTestRuntime(app);
    const charge = t.hold(ChargePayment);
    const cancel = t.hold(OrderCancelled);
    await t.publish(OrderPlaced, order(1));
    await t.publish(OrderCancelled, { orderId: '1' });
    await cancel.release();
    expect(t.saga(checkout, '1').matches('rejected')).toBe(true);
    await charge.release();
    await t.advance('1d');
    expect(t.state(payments, '1')?.status).toBe('refunded');
    expect(t.imbalances()).toEqual([]);
  });

  it('keeps a reply back too', async () => {
    await using t = await createTestRuntime(app);
    t.stub(ShipOrder, () => ({ parcel: 'p' }));
    await t.pause(payments);
    await t.publish(OrderPlaced, order(1));
    const held = t.hold(ChargePayment);
    await t.resume(payments);
    await held.release();
    expect(t.saga(checkout, '1').status).toBe('done');
  });
});

describe('operators', () => {
  it('have what they did run when their call returns', async () => {
    await using t = await createTestRuntime(app);
    t.fail({ of: books, on: PaymentCharged }, new Error('disk'), 8);
    await t.publish(OrderPlaced, order(1));
    await t.advance('1h');
    const [letter] = t.deadLetters.list();
    expect(letter?.attempts).toBeGreaterThan(1);
    await t.pause(books);
    await t.deadLetters.retry(letter?.id ?? 0);
    expect(t.state(books)).toBeUndefined();
    t.fail({ of: books, on: PaymentCharged }, new Error('disk'));
    await t.resume(books);
    await t.advanceToNextTimer();
    expect(t.state(books)?.orders).toEqual(['1']);
    await t.replay(books, PaymentCharged, { from: 'beginning' });
    expect(t.state(books)?.orders).toEqual(['1', '1']);
    await t.publish(OrderPlaced, order(2));
    await t.sagas.cancel(checkout, '2', { compensate: true });
    await t.advance('1h');
    expect(t.sent(RefundPayment).map(({ orderId }) => orderId)).toEqual(['2']);
    expect(t.imbalances()).toEqual([]);
  });
});

describe('sagas.waitFor', () => {
  it('lets time pass until the saga is there, and no further', async () => {
    await using t = await createTestRuntime(app);
    await t.publish(OrderPlaced, order(1));
    const instance = await t.sagas.waitFor(checkout, '1', 'done', { timeout: '2h' });
    expect(instance.state).toBe('confirmed');
    expect(t.now()).toBe(Date.UTC(2026, 0, 1, 1));
  });

  it('gives up at its timeout, in virtual time', async () => {
    await using t = await createTestRuntime(app);
    t.stub(ShipOrder, () => pending);
    await t.publish(OrderPlaced, order(1));
    await expect(t.sagas.waitFor(checkout, '1', { state: 'confirmed' })).rejects.toMatchObject({
      code: 'wait-timeout',
    });
    expect(t.now()).toBe(Date.UTC(2026, 0, 1) + 30_000);
  });

  it('goes on over a crash, and gives up where nothing is left to happen', async () => {
    await using t = await createTestRuntime(app);
    await t.publish(OrderPlaced, order(1));
    const done = t.sagas.waitFor(checkout, '1', 'done', { timeout: '2h' });
    const never = t.sagas.waitFor(checkout, '2', 'done', { timeout: '2h' });
    const outcome = expect(never).rejects.toMatchObject({ code: 'wait-timeout' });
    await t.crash();
    expect((await done).state).toBe('confirmed');
    await outcome;
  });

  it('sees what is there already without moving time', async () => {
    await using t = await createTestRuntime(app);
    await t.publish(OrderPlaced, order(1));
    await t.sagas.waitFor(checkout, '1', { state: 'shipping' });
    expect(t.now()).toBe(Date.UTC(2026, 0, 1));
  });
});

describe('settled', () => {
  it('resolves while tasks wait in their ctx and in stubs', async () => {
    await using t = await createTestRuntime(app);
    await t.send(ShipOrder, { orderId: 'asleep' });
    t.stub(ShipOrder, () => pending);
    void t.send(ShipOrder, { orderId: 'stubbed' });
    await t.settled();
    expect(t.attempts()).toHaveLength(2);
    expect(t.now()).toBe(Date.UTC(2026, 0, 1));
  });
});

describe('schedules', () => {
  const Close = defineCommand('books.close', { data: z.object({ day: z.string() }) });
  const closer = defineActor('closer', { state: () => ({ days: [] as string[] }), single: true }).on(
    Close,
    (ctx, { day }) => void ctx.state.days.push(day),
  );
  const nightly = defineSchedule('nightly', Close, slot => ({ day: new Date(slot).toISOString() }), {
    cron: '0 3 * * *',
    timeZone: 'Europe/Berlin',
  });
  const nights = defineApp({ actors: [closer], schedules: [nightly] });

  it('fire at each slot of the time that passes, over a change of the clocks and a crash', async () => {
    await using t = await createTestRuntime(nights, { now: '2026-03-28T00:00:00Z' });
    await t.advance('1d');
    await t.crash();
    await t.advance('2d');
    expect(t.state(closer)?.days).toEqual([
      '2026-03-28T02:00:00.000Z',
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T01:00:00.000Z',
    ]);
    expect(t.imbalances()).toEqual([]);
  });

  it('are what advanceToNextTimer finds', async () => {
    await using t = await createTestRuntime(nights, { now: '2026-01-01T00:00:00Z' });
    await t.advanceToNextTimer();
    expect(t.sent(Close)).toEqual([{ day: '2026-01-01T02:00:00.000Z' }]);
  });
});

describe('always rehydrated', () => {
  const Started = defineEvent('job.started', { data: id, key: byId });
  const Poked = defineEvent('job.poked', { data: id, key: byId });
  const Done = defineEvent('job.done', { data: z.object({ id: z.string(), pokes: z.int() }), key: byId });
  const types = {} as {
    context: { id: string; pokes: number };
    input: { id: string };
    events: { type: 'job.poked'; data: { id: string } };
  };
  const poke = assign<{ id: string; pokes: number }, never, undefined, never, never>({
    pokes: ({ context }) => context.pokes + 1,
  });
  const child = defineSaga('child', {
    unhandled: 'stash',
    machine: setupMachine({ types }).createMachine({
      context: ({ input }) => ({ id: input.id, pokes: 0 }),
      initial: 'deaf',
      states: {
        deaf: { after: { 3_600_000: 'listening' } },
        listening: { on: { 'job.poked': { target: 'poked', actions: poke as never } } },
        poked: { on: { 'job.poked': { target: 'over', actions: poke as never } } },
        over: { type: 'final' },
      },
      output: ({ context }) => ({ pokes: context.pokes }),
    }),
  }).on(Poked);
  const parent = defineSaga('parent', {
    publishes: [Done],
    machine: setupMachine({
      types: {} as { context: { id: string }; input: { id: string } },
      actors: { kid: saga(child, { key: ({ id: key }: { id: string }) => key }) },
    }).createMachine({
      context: ({ input }) => input,
      initial: 'waiting',
      states: {
        waiting: { invoke: { src: 'kid', input: ({ context }) => context, onDone: 'over', onError: 'over' } },
        over: { type: 'final' },
      },
    }),
  }).startsOn(Started, data => data);
  const family = defineApp({ sagas: [parent, child] });

  const play = async (t: TestRuntime): Promise<unknown> => {
    await t.publish(Started, { id: '1' });
    await t.publish(Poked, { id: '1' });
    await t.publish(Poked, { id: '1' });
    expect(t.info().stashed).toBe(2);
    await t.advance('1h');
    expect(t.imbalances()).toEqual([]);
    return [t.saga(parent, '1').status, t.saga(child, '1').context, t.saga(child, '1').state];
  };

  it('a child saga with a timer and a stash ends as it does in memory, crashed or not', async () => {
    await using plain = await createTestRuntime(family);
    await using always = await createTestRuntime(family, { alwaysRehydrate: true });
    const expected = ['done', { id: '1', pokes: 2 }, 'over'];
    expect(await play(plain)).toEqual(expected);
    expect(await play(always)).toEqual(expected);
    await using crashed = await createTestRuntime(family, { alwaysRehydrate: true });
    await crashed.publish(Started, { id: '2' });
    await crashed.publish(Poked, { id: '2' });
    await crashed.crash();
    await crashed.advance('1h');
    await crashed.crash();
    await crashed.publish(Poked, { id: '2' });
    expect(crashed.saga(parent, '2').status).toBe('done');
    expect(crashed.imbalances()).toEqual([]);
  });
});

describe('crashes and calls at once', () => {
  it.each([
    ['two crashes', (t: TestRuntime) => [t.crash(), t.crash()]],
    ['a crash and a restart', (t: TestRuntime) => [t.crash(), t.restart()]],
    ['a restart and a crash', (t: TestRuntime) => [t.restart(), t.crash()]],
    ['two restarts', (t: TestRuntime) => [t.restart(), t.restart()]],
    ['a call, a crash and a call', (t: TestRuntime) => [t.publish(OrderPlaced, order(2)), t.crash(), t.advance('1s')]],
    ['time and a crash', (t: TestRuntime) => [t.advance('2h'), t.crash()]],
    ['a crash and a stop', (t: TestRuntime) => [t.crash(), t.stop()]],
  ] as const)('end in one process on what was committed: %s', { timeout: 5_000 }, async (_, calls) => {
    await using t = await createTestRuntime(app);
    await t.publish(OrderPlaced, order(1));
    const outcomes = await Promise.allSettled(calls(t));
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'crashed' });
    }
    await t.crash();
    await t.advance('3h');
    expect(t.info().state).toBe('running');
    expect(t.saga(checkout, '1').status).toBe('done');
    expect(t.imbalances()).toEqual([]);
  });
});

describe('stopping', () => {
  it('a stopped runtime starts again with restart, and after a crash', async () => {
    await using t = await createTestRuntime(app);
    await t.publish(OrderPlaced, order(1));
    await t.stop();
    await t.restart();
    await t.advance('1h');
    expect(t.saga(checkout, '1').status).toBe('done');
    await t.stop();
    await t.crash();
    expect(t.state(shipping, '1')).toEqual({ parcels: 1 });
  });
});
