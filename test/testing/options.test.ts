// What createTestRuntime and its methods refuse, each with a sentence that says what to do.
import { describe, expect, it } from 'vitest';
import { defineEvent } from '../../src/index.ts';
import { createTestRuntime, type TestRuntimeOptions } from '../../src/testing/index.ts';
import { z } from 'zod';
import { app, books, OrderPlaced, PaymentCharged, ShipOrder } from './shop.ts';

const create = (options: unknown) => createTestRuntime(app, options as TestRuntimeOptions);

describe('createTestRuntime', () => {
  it.each([
    [{ seed: Number.NaN }, /seed is NaN/],
    [{ seed: 1.5 }, /seed is 1\.5\. Use a whole number/],
    [{ seed: '42' }, /seed is '42'/],
    [{ now: 'garbage' }, /now is 'garbage', no moment\. Use a date object/],
    [{ now: new Date(Number.NaN) }, /now is Invalid Date, no moment/],
    [{ now: Infinity }, /now is Infinity, no moment/],
    [{ now: {} }, /no moment/],
    [{ now: null }, /now is null, no moment/],
    [{ database: 5 }, /database is neither a path nor an image/],
    [{ database: '' }, /database is neither/],
    [{ alwaysRehydrate: 'yes' }, /alwaysRehydrate is 'yes'\. Use true or false/],
    [{ coverage: {} }, /coverage observes no commits/],
    [{ logger: false }, /logger has not all of debug/],
    [{ logger: {} }, /logger has not all of debug/],
    [{ sed: 1 }, /no option 'sed'\. Use seed, now/],
    [null, /The options are no object/],
  ])('refuses %j', async (options, message) => {
    await expect(create(options)).rejects.toThrow(message);
    await expect(create(options)).rejects.toMatchObject({ code: 'invalid-options' });
  });

  it('refuses a patience that is no duration', async () => {
    await expect(create({ patience: 'long' })).rejects.toMatchObject({ code: 'invalid-duration' });
  });

  it('refuses what is no app', async () => {
    await expect(createTestRuntime({ actors: [] } as never)).rejects.toThrow(/needs an app/);
  });

  it.each([-1, 0, 7, 2 ** 40, Number.MAX_SAFE_INTEGER])('takes any whole number for a seed: %i', async seed => {
    await using t = await create({ seed });
    await t.publish(OrderPlaced, { orderId: '1', cents: 1 });
    expect(t.timeline()).toContain(`seed ${seed}`);
  });

  it.each(['2026-03-29', '2026-03-29T01:30:00', new Date(0), -1, 0])('takes a moment: %s', async now => {
    await using t = await create({ now });
    await t.publish(OrderPlaced, { orderId: '1', cents: 1 });
    await t.advance('2h');
    expect(t.imbalances()).toEqual([]);
  });
});

describe('the methods', () => {
  const Unknown = defineEvent('stock.counted', { data: z.object({}) });

  it.each([
    ['advance', t => t.advance('soon' as never), 'invalid-duration'],
    ['advance back', t => t.advance(-1), 'invalid-duration'],
    ['advance for ever', t => t.advance(Infinity), 'invalid-duration'],
  ] as readonly [string, (t: Awaited<ReturnType<typeof create>>) => Promise<void>, string][])(
    'refuse %s',
    async (_, call, code) => {
      await using t = await create({});
      await expect(call(t)).rejects.toMatchObject({ code });
    },
  );

  it('refuse what could have no effect', async () => {
    await using t = await create({});
    expect(() => t.hold(Unknown)).toThrow(/Nothing handles stock\.counted/);
    expect(() => t.fail(Unknown, new Error('no'))).toThrow(/Nothing handles stock\.counted/);
    expect(() => t.fail({ of: books, on: ShipOrder }, new Error('no'))).toThrow(/books has no handler for shipping/);
    expect(() => t.stub({ of: books, on: 'quote' }, () => 1)).toThrow(/books has no handler for quote/);
    expect(() => t.fail(PaymentCharged, new Error('no'), 0)).toThrow(/fail got 0 times/);
    expect(() => t.fail(PaymentCharged, new Error('no'), Number.NaN)).toThrow(/fail got NaN times/);
    expect(() => t.failCommit(0)).toThrow(/Count commits from 1/);
    expect(() => t.failCommit(1, 'slow' as never)).toThrow(/There is no failure 'slow'/);
  });

  it.each([undefined, null, {}, 'order.placed'])('refuse %j, which is no contract', async what => {
    await using t = await create({});
    const message = /neither a contract nor a handler\. Pass what defineEvent/;
    expect(() => t.hold(what as never)).toThrow(message);
    expect(() => t.fail(what as never, new Error('no'))).toThrow(message);
    expect(() => t.stub(what as never, () => 1)).toThrow(message);
  });

  it('refuse a stub that is the reply itself', async () => {
    await using t = await create({});
    expect(() => t.stub(ShipOrder, { parcel: 'P-1' } as never)).toThrow(/A stub is object\. Use a function/);
  });
});
