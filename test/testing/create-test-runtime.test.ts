// The test kit: quiescence, virtual time, stubs, interleavings, failures and crashes on one small app (K29).
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineApp, defineCommand } from '../../src/index.ts';
import { createTestRuntime, pending, type TestRuntime, type TestRuntimeOptions } from '../../src/testing/index.ts';
import {
  app,
  books,
  ChargePayment,
  checkout,
  OrderCancelled,
  OrderConfirmed,
  OrderPlaced,
  OrderRejected,
  PaymentCharged,
  payments,
  RefundPayment,
  shipping,
  ShipOrder,
} from './shop.ts';

const setup = (options: TestRuntimeOptions = {}) => createTestRuntime(app, { seed: 42, now: '2026-01-01', ...options });
const order = { orderId: '1', cents: 4200 };

describe('quiescence', () => {
  it('returns from publish when every task waits in its ctx, with time standing still', async () => {
    await using t = await setup();
    await t.publish(OrderPlaced, order);
    expect(t.saga(checkout, '1').state).toBe('shipping');
    expect(t.state(books)).toEqual({ cents: 4200, orders: ['1'] });
    expect(t.published(OrderConfirmed)).toEqual([]);
    expect(t.now()).toBe(Date.UTC(2026, 0, 1));
  });

  it('moves time for an ask as far as its reply needs it', async () => {
    await using t = await setup();
    const reply = await t.ask(ShipOrder, { orderId: '9' }, { timeout: '1d' });
    expect(reply).toEqual({ parcel: 'parcel-9' });
    expect(t.now()).toBe(Date.UTC(2026, 0, 1, 1));
  });

  it('rejects an ask at its timeout in virtual time', async () => {
    await using t = await setup();
    t.stub(ShipOrder, () => pending);
    await expect(t.ask(ShipOrder, { orderId: '9' }, { timeout: '5s' })).rejects.toMatchObject({ code: 'ask-timeout' });
    expect(t.now()).toBe(Date.UTC(2026, 0, 1) + 5000);
  });
});

describe('virtual time', () => {
  it('fires what is due and nothing else', async () => {
    await using t = await setup();
    await t.publish(OrderPlaced, order);
    await t.advance('59m');
    expect(t.published(OrderConfirmed)).toEqual([]);
    await t.advance('1m');
    expect(t.published(OrderConfirmed)).toEqual([{ orderId: '1' }]);
    expect(t.state(shipping, '1')).toEqual({ parcels: 1 });
  });

  it('advances to the next thing that is due', async () => {
    await using t = await setup();
    await t.publish(OrderPlaced, order);
    await t.advanceToNextTimer();
    expect(t.now()).toBe(Date.UTC(2026, 0, 1, 1));
    expect(t.saga(checkout, '1').matches('confirmed')).toBe(true);
  });

  it('says so where nothing is armed', async () => {
    await using t = await setup();
    await expect(t.advanceToNextTimer()).rejects.toMatchObject({ code: 'not-found' });
  });

  it('runs until a condition holds, and tells what happened where it never does', async () => {
    await using t = await setup();
    await t.publish(OrderPlaced, order);
    await t.runUntil(() => t.published(OrderConfirmed).length > 0);
    expect(t.now()).toBe(Date.UTC(2026, 0, 1, 1));
    await expect(t.runUntil(() => false)).rejects.toThrow(/order\.confirmed/);
  });

  it('lists the timers that are armed', async () => {
    await using t = await setup();
    await t.publish(OrderPlaced, order);
    expect(t.timers(checkout)).toContainEqual({
      address: 'checkout/1',
      timer: expect.any(String),
      due: Date.UTC(2026, 0, 3),
    });
  });
});

describe('stubs', () => {
  it('refunds when shipping never answers', async () => {
    await using t = await setup();
    t.stub(ShipOrder, () => new Error('carrier down'));
    await t.publish(OrderPlaced, order);
    await t.advance('2d');
    expect(t.sent(RefundPayment).map(({ orderId }) => orderId)).toEqual(['1']);
    expect(t.saga(checkout, '1').status).toBe('compensated');
    expect(t.state(payments, '1')?.status).toBe('refunded');
    expect(t.attempts().filter(({ type }) => type === 'shipping.ship')).toHaveLength(3);
  });

  it('answers by attempt, in place of an on handler', async () => {
    await using t = await setup();
    t.stub(ChargePayment, (charge, attempt) =>
      attempt < 3
        ? new Error('timeout')
        : charge.cents > 10
          ? { ok: false, code: 'declined' }
          : { ok: true, receipt: 'r' },
    );
    const reply = await t.ask(ChargePayment, { orderId: '1', cents: 11 });
    expect(reply).toEqual({ ok: false, code: 'declined' });
    expect(t.state(payments, '1')).toBeUndefined();
  });

  it('does not run done for a task that a stub has answered', async () => {
    await using t = await setup();
    t.stub(ShipOrder, () => ({ parcel: 'stubbed' }));
    expect(await t.ask(ShipOrder, { orderId: '1' })).toEqual({ parcel: 'stubbed' });
    expect(t.state(shipping, '1')?.parcels ?? 0).toBe(0);
  });

  it('checks the reply of a stub as the contract does', async () => {
    await using t = await setup();
    t.stub(ChargePayment, () => ({ ok: 'maybe' }) as never);
    await expect(t.ask(ChargePayment, order)).rejects.toMatchObject({ code: 'handler-failed' });
  });

  it('refuses a command that nothing handles', async () => {
    await using t = await setup();
    const Unknown = defineCommand('stock.release', { data: z.object({}), key: () => 'all' });
    expect(() => t.stub(Unknown, () => pending)).toThrow(/Nothing handles stock\.release/);
  });

  it('lets a handler fail so many times', async () => {
    await using t = await setup();
    t.fail({ of: books, on: PaymentCharged }, new Error('disk of the books'), 2);
    await t.publish(OrderPlaced, order);
    expect(t.state(books)).toBeUndefined();
    await t.advance('10s');
    expect(t.state(books)?.orders).toEqual(['1']);
  });
});

describe('interleavings', () => {
  it('keeps a message on its way until it is released', async () => {
    await using t = await setup();
    const held = t.hold(PaymentCharged);
    await t.publish(OrderPlaced, order);
    await t.advance('2h');
    expect(t.published(OrderConfirmed)).toHaveLength(1);
    expect(t.state(books)).toBeUndefined();
    await held.release();
    expect(t.state(books)?.orders).toEqual(['1']);
  });

  it('keeps those on their way whose data it is asked to, also over a crash', async () => {
    await using t = await setup();
    const held = t.hold(PaymentCharged, ({ orderId }) => orderId === '1');
    await t.publish(OrderPlaced, order);
    await t.publish(OrderPlaced, { ...order, orderId: '2' });
    await t.crash();
    expect(t.state(books)?.orders).toEqual(['2']);
    await held.release();
    expect(t.state(books)?.orders).toEqual(['2', '1']);
  });

  it('keeps the order of a sender behind a held message (P5)', async () => {
    await using t = await setup();
    const held = t.hold(ChargePayment);
    await t.send(ChargePayment, order);
    await t.send(RefundPayment, { orderId: '1', receipt: 'r' });
    expect(t.state(payments, '1')).toBeUndefined();
    await held.release();
    expect(t.state(payments, '1')?.status).toBe('refunded');
  });

  it('lets another sender overtake a held message', async () => {
    await using t = await setup();
    const held = t.hold(ChargePayment);
    await t.publish(OrderPlaced, order);
    await t.publish(OrderCancelled, { orderId: '1' });
    await held.release();
    await t.advance('1d');
    expect(t.saga(checkout, '1').matches('rejected')).toBe(true);
    expect(t.state(payments, '1')?.status).toBe('refunded');
  });
});

describe('failures', () => {
  it('survives a crash and a failed commit with a message on its way', async () => {
    await using t = await setup();
    const held = t.hold(PaymentCharged);
    await t.publish(OrderPlaced, order);
    t.failCommit(3);
    await t.crash();
    await held.release();
    await t.advance('1d');
    expect(t.published(OrderConfirmed), t.timeline()).toHaveLength(1);
    expect(t.state(books)).toEqual({ cents: 4200, orders: ['1'] });
  });

  it.each(['busy', 'full'] as const)('goes on by itself after a commit that failed: %s', async how => {
    await using t = await setup();
    await t.publish(OrderPlaced, order);
    t.failCommit(1, how);
    await t.advance('2h');
    expect(t.published(OrderConfirmed)).toHaveLength(1);
  });

  it('refuses new work while the disk is full', async () => {
    await using t = await setup();
    t.failCommit(1, 'full');
    await expect(t.publish(OrderPlaced, order)).rejects.toMatchObject({ code: 'store-full' });
    await t.publish(OrderPlaced, order);
    expect(t.published(OrderPlaced)).toHaveLength(1);
  });

  it.each([
    { how: 'io', kept: 0 },
    { how: 'io-kept', kept: 1 },
  ] as const)('stops on an I/O error, and knows after a restart what was kept: $how', async ({ how, kept }) => {
    await using t = await setup();
    t.failCommit(1, how);
    await expect(t.publish(OrderPlaced, order)).rejects.toMatchObject({ code: 'commit-unknown' });
    expect(t.info().state).toBe('failed');
    await t.crash();
    expect(t.published(OrderPlaced)).toHaveLength(kept);
    expect(t.sagas.list(checkout)).toHaveLength(kept);
  });

  it('says how a runtime that has stopped itself goes on, to whoever calls it or lets time pass', async () => {
    await using t = await setup();
    await t.publish(OrderPlaced, order);
    t.failCommit(1, 'io');
    await t.advance('1h');
    const stopped = { code: 'stopped', message: expect.stringMatching(/itself after an I\/O error\. Call crash\(\)/) };
    await expect(t.advance('1h')).rejects.toMatchObject(stopped);
    await expect(t.publish(OrderPlaced, order)).rejects.toMatchObject(stopped);
    await expect(t.ask(ShipOrder, { orderId: '1' })).rejects.toMatchObject(stopped);
    await t.crash();
    await t.advance('1h');
    expect(t.published(OrderConfirmed)).toHaveLength(1);
  });

  it('rejects what waits for a process that dies, and never settles its ctx', async () => {
    await using t = await setup();
    let wentOn = false;
    t.stub({ of: shipping, on: ShipOrder }, () => pending);
    const reply = t.ask(ShipOrder, { orderId: '1' }, { timeout: '1d' }).finally(() => (wentOn = true));
    const outcome = expect(reply).rejects.toMatchObject({ code: 'crashed', retryable: true });
    await Promise.resolve();
    await t.crash();
    await outcome;
    expect(wentOn).toBe(true);
    expect(t.info().state).toBe('running');
  });

  it.each([
    ['pause', t => t.pause(payments)],
    ['resume', t => t.resume(payments)],
    ['discard', t => t.deadLetters.discard(1)],
  ] as readonly [string, (t: TestRuntime) => Promise<void>][])('rejects a %s whose process dies', async (_, call) => {
    await using t = await setup();
    const outcome = expect(call(t)).rejects.toMatchObject({ code: 'crashed', retryable: true });
    await t.crash();
    await outcome;
  });

  it.each([
    ['dies', t => t.crash()],
    ['has stopped itself after an I/O error', t => t.crash(), t => t.failCommit(1, 'io')],
  ] as readonly [string, (t: TestRuntime) => Promise<void>, ((t: TestRuntime) => void)?][])(
    'releases what is held where the process %s',
    async (_, replace, before) => {
      await using t = await setup();
      const held = t.hold(ChargePayment);
      await t.publish(OrderPlaced, order);
      before?.(t);
      await Promise.all([held.release(), replace(t)]);
      await t.advance('1h');
      expect(t.saga(checkout, '1').status).toBe('done');
    },
  );

  it('restarts gracefully with everything kept', async () => {
    await using t = await setup();
    await t.publish(OrderPlaced, order);
    await t.restart();
    await t.advance('1h');
    expect(t.saga(checkout, '1').status).toBe('done');
  });

  it('goes on observing after a crash', async () => {
    await using t = await setup();
    const seen: string[] = [];
    t.tap(OrderConfirmed, ({ data }) => seen.push(data.orderId));
    await t.publish(OrderPlaced, order);
    await t.crash();
    await t.advance('1h');
    expect(seen).toEqual(['1']);
  });

  it('rehydrates every state before each turn', async () => {
    await using t = await setup({ alwaysRehydrate: true });
    await t.publish(OrderPlaced, order);
    expect(t.info().cachedInstances).toBeLessThanOrEqual(1);
    await t.advance('1h');
    expect(t.saga(checkout, '1').status).toBe('done');
  });
});

describe('options of the runtime', () => {
  it('takes limits', async () => {
    await using t = await setup({ limits: { inputs: 1 } });
    const both = await Promise.allSettled([t.publish(OrderPlaced, order), t.publish(OrderPlaced, order)]);
    expect(both.map(({ status }) => status)).toContain('rejected');
    await expect(setup({ limits: { inputs: 0 } })).rejects.toMatchObject({ code: 'invalid-options' });
  });

  it('rehearses a deploy that drops an actor with open work', async () => {
    await using before = await setup();
    before.hold(PaymentCharged);
    await before.publish(OrderPlaced, order);
    const database = before.serialize();
    const without = defineApp({ actors: [payments, shipping], sagas: [checkout] });
    await expect(createTestRuntime(without, { database })).rejects.toMatchObject({ code: 'orphaned-work' });
    await using after = await createTestRuntime(without, { database, dropOrphans: ['books'] });
    expect(after.deadLetters.list()).toMatchObject([{ reason: 'dropped' }]);
  });
});

describe('determinism', () => {
  const play = async (seed: number) => {
    await using t = await setup({ seed });
    await t.publish(OrderPlaced, order);
    await t.crash();
    await t.advance('1h');
    return Buffer.from(t.serialize()).toString('base64');
  };

  it('writes the same bytes for the same seed, other ids for another (P16)', async () => {
    const [one, two, other] = await Promise.all([play(7), play(7), play(8)]);
    expect(one).toBe(two);
    expect(other).not.toBe(one);
  });
});

describe('looking back', () => {
  it('draws the conversation with the seed', async () => {
    await using t = await setup();
    await t.publish(OrderPlaced, order);
    expect(t.timeline()).toContain('seed 42');
    expect(t.timeline()).toContain('payment.charge');
  });

  it('names the sagas there are where one is missing', async () => {
    await using t = await setup();
    await t.publish(OrderPlaced, order);
    expect(() => t.saga(checkout, '2')).toThrow(/There are 1\./);
    expect(t.published(OrderRejected)).toEqual([]);
  });
});
