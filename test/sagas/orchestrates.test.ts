// What a saga may claim and which events it takes, as it is defined: `orchestrates` and `where`.
import { describe, expect, it } from 'vitest';
import { defineActor, defineApp } from '../../src/index.ts';
import { compile } from '../../src/create-runtime.ts';
import { sagaPaths } from '../../src/testing/index.ts';
import {
  ChargePayment,
  flowOf,
  latePayments,
  OrderClosed,
  OrderPlaced,
  parentOf,
  payments,
  StartCheckout,
  StockReserved,
  told,
} from '../support/claims-kit.ts';
import { launch } from '../support/kernel-kit.ts';

const place = told(OrderPlaced);
const close = told(OrderClosed);

describe('orchestrates', () => {
  it.each([
    ['no list', ChargePayment, 'orchestrates is not a list'],
    ['an event', [OrderPlaced], 'orchestrates[0] is not a command'],
    ['nothing', [ChargePayment, undefined], 'orchestrates[1] is not a command'],
    ['an object without a command', [{ key: () => '1' }], 'orchestrates[0] is not a command'],
    ['an object without a key', [{ command: ChargePayment }], 'orchestrates[0] has no key function'],
    ['a key that is no function', [{ command: ChargePayment, key: 'id' }], 'orchestrates[0] has no key function'],
  ])('K25 refuses %s when the saga is defined', (_, orchestrates, problem) => {
    expect(() => flowOf({ orchestrates: orchestrates as never })).toThrow(
      expect.objectContaining({ code: 'invalid-definition', message: expect.stringContaining(problem) as string }),
    );
  });

  it('K25 refuses a child whose key is not the one of the work', () => {
    const child = flowOf();

    expect(() => compile(defineApp({ actors: [payments], sagas: [parentOf(child), child] }))).toThrow(
      expect.objectContaining({
        code: 'invalid-definition',
        message: expect.stringContaining('another saga starts it without saying which') as string,
      }),
    );
  });

  it('K25 takes a child that is started with a key', async () => {
    const child = flowOf();
    const parent = parentOf(child, { key: ({ order }) => order });
    const launched = await launch({ actors: [latePayments], sagas: [parent, child] });
    await place(launched);
    await told(StockReserved)(launched);

    expect(launched.runtime.state(latePayments, '1')).toEqual({ told: 1, own: 0 });
  });
});

describe('yieldsTo', () => {
  it('K25 is refused for a command, which somebody waits for', () => {
    const define = () => defineActor('a').on(ChargePayment, () => ({ ok: true }), { yieldsTo: 'orchestrator' });

    expect(define).toThrow(expect.objectContaining({ code: 'invalid-definition' }));
  });

  it('K25 is refused where it names nobody known', () => {
    const define = () => defineActor('a').on(OrderPlaced, () => {}, { yieldsTo: 'checkout' as never });

    expect(define).toThrow("Use yieldsTo: 'orchestrator'.");
  });
});

describe('where of a saga', () => {
  const isCanary = ({ isCanary: is }: { readonly isCanary: boolean }): boolean => is;

  it('starts no instance with an event that it refuses', async () => {
    const flow = flowOf().startsOn(OrderPlaced, data => data, { where: isCanary });
    const launched = await launch({ actors: [payments], sagas: [flow] });
    await place(launched, { isCanary: false });

    expect(launched.runtime.sagas.get(flow, '1')).toBeUndefined();
    expect(launched.runtime.deadLetters.list()).toEqual([]);
  });

  it('delivers no event that it refuses', async () => {
    const flow = flowOf()
      .startsOn(OrderPlaced, data => data)
      .on(OrderClosed, { where: isCanary });
    const launched = await launch({ actors: [payments], sagas: [flow] });
    await place(launched);
    await close(launched, { isCanary: false });
    expect(launched.runtime.sagas.get(flow, '1')?.status).toBe('running');

    await close(launched);
    expect(launched.runtime.sagas.get(flow, '1')?.status).toBe('done');
  });

  it.each([
    [
      'startsOn',
      (saga: typeof flow) => saga.startsOn(OrderPlaced, data => data, { where: isCanary }).on(OrderPlaced as never),
    ],
    [
      'on',
      (saga: typeof flow) =>
        saga.startsOn(OrderPlaced, data => data).on(OrderPlaced as never, { where: isCanary as never }),
    ],
  ])('is for the event, wherever it is given: at %s', (_, define) => {
    expect(define(flow).bindings).toMatchObject([{ where: isCanary, isDelivered: true }]);
  });

  const flow = flowOf();

  it('is refused twice for one event, and for a command', () => {
    const twice = () =>
      flow
        .startsOn(OrderPlaced, data => data, { where: isCanary })
        .startsOn(OrderPlaced, data => data, { where: () => true });
    const ofCommand = () => flow.startsOn(StartCheckout, data => data, { where: isCanary });

    expect(twice).toThrow('filters order.placed twice');
    expect(ofCommand).toThrow('filters a command');
  });

  it('that throws makes a dead letter of the event, at this saga only', async () => {
    const picky = flow.startsOn(OrderPlaced, data => data, {
      where: () => {
        throw new Error('no idea');
      },
    });
    const launched = await launch({ actors: [payments], sagas: [picky] });
    await place(launched);

    expect(launched.runtime.deadLetters.list()).toMatchObject([{ address: 'checkout/1', reason: 'filter-failed' }]);
    expect(launched.runtime.state(payments, '1')).toEqual({ told: 0, own: 1 });
  });

  it('refuses a sample of a path that would never come', () => {
    const picky = flow.startsOn(OrderPlaced, data => data, { where: isCanary }).on(OrderClosed);
    const paths = () => sagaPaths(picky, { events: { 'order.placed': [{ order: '1', isCanary: false }] } } as never);

    expect(paths).toThrow(expect.objectContaining({ code: 'invalid-options' }));
  });
});
