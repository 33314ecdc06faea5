// Claims while a flow runs: who gives way, to what, for which key, and what the trace says.
import { describe, expect, it } from 'vitest';
import { defineActor, defineSaga, renderTrace, type App } from '../../../src/index.ts';
import { compile } from '../../../src/create-runtime.ts';
import {
  ChargePayment,
  checkout,
  choreographed,
  claimsIn,
  flowOf,
  lateShop,
  latePayments,
  livingIn,
  OrderClosed,
  OrderPlaced,
  parentOf,
  payments,
  quick,
  ShipOrder,
  shop,
  StartCheckout,
  StockReserved,
  told,
  type Order,
} from '../../support/claims-kit.ts';
import { launch } from '../../support/kernel-kit.ts';
import type { Program } from '../../../src/runtime/start.ts';

const one = { order: '1' };

const place = told(OrderPlaced);
const reserve = told(StockReserved);
const close = told(OrderClosed);

const backwards = (app: App): Program => {
  const program = compile(app);
  return { ...program, behaviors: program.behaviors.toReversed() };
};

describe('a handler that yields to the orchestrator', () => {
  it.each([
    ['before', (app: App) => compile(app)],
    ['after', backwards],
  ])('K25 leaves the event that starts the saga to it, registered %s it', async (_, order) => {
    const launched = await launch(order(shop));
    await place(launched);

    expect(launched.runtime.state(payments, '1')).toEqual({ told: 1, own: 0 });
    expect(claimsIn(launched.store)).toEqual(['payment.charge 1: 1- by checkout/1']);
  });

  it('K25 does the work itself where no saga claims it, and nothing is written down', async () => {
    const launched = await launch(choreographed);
    await place(launched);

    expect(launched.runtime.state(payments, '1')).toEqual({ told: 0, own: 1 });
    expect(claimsIn(launched.store)).toEqual([]);
  });

  it('K25 leaves later events of the flow too, until the saga has ended', async () => {
    const launched = await launch(lateShop);
    await place(launched);
    await reserve(launched);
    expect(launched.runtime.state(latePayments, '1')).toEqual({ told: 1, own: 0 });

    await close(launched);
    await reserve(launched);
    expect(launched.runtime.state(latePayments, '1')).toEqual({ told: 1, own: 1 });
  });

  it('K25 leaves what the saga publishes with its end', async () => {
    const launched = await launch(lateShop);
    await place(launched);
    await close(launched);

    expect(launched.runtime.sagas.get(checkout, '1')?.status).toBe('done');
    expect(launched.runtime.state(latePayments, '1')).toEqual({ told: 1, own: 0 });
    expect(livingIn(launched.store)).toEqual([]);
  });

  it('K25 takes the events of other keys', async () => {
    const launched = await launch(lateShop);
    await place(launched);
    await reserve(launched, { order: '2' });

    expect(launched.runtime.state(latePayments, '2')).toEqual({ told: 0, own: 1 });
  });

  it('K25 takes what came before the claim', async () => {
    const launched = await launch(lateShop);
    await reserve(launched);
    await place(launched);

    expect(launched.runtime.state(latePayments, '1')).toEqual({ told: 1, own: 1 });
  });

  it('K25 that sends the claimed command gives way too, as its actor declares it or as it does', async () => {
    const heard: string[] = [];
    const till = defineActor('till', { sends: [ChargePayment] }).on(
      OrderPlaced,
      ctx => {
        heard.push('till');
        ctx.send(ChargePayment, one);
      },
      { yieldsTo: 'orchestrator' },
    );
    const own = defineActor('own', { sends: [ChargePayment, ShipOrder] })
      .on(OrderPlaced, () => void heard.push('charges'), { yieldsTo: 'orchestrator', sends: [ChargePayment] })
      .on(OrderPlaced, () => void heard.push('ships'), { yieldsTo: 'orchestrator', sends: [ShipOrder] });
    const shipping = defineActor('shipping').on(ShipOrder, () => ({ ok: true }));
    const launched = await launch({ actors: [till, own, payments, shipping], sagas: [checkout] });
    await place(launched);

    expect(heard).toEqual(['ships']);
    expect(launched.runtime.state(payments, '1')).toEqual({ told: 1, own: 0 });
  });

  it('K25 without yieldsTo goes on as it did', async () => {
    const audit = defineActor('audit', { state: () => ({ seen: 0 }) }).on(OrderPlaced, ctx => {
      ctx.state.seen += 1;
    });
    const launched = await launch({ actors: [audit, payments], sagas: [checkout] });
    await place(launched);

    expect(launched.runtime.state(audit, '1')).toEqual({ seen: 1 });
  });

  it('K25 is asked by its own key, before a single actor makes one of all', async () => {
    const heard: string[] = [];
    const ledger = defineActor('ledger', { single: true, sends: [ChargePayment] }).on(
      OrderPlaced,
      (_, { order }) => void heard.push(order),
      { yieldsTo: 'orchestrator' },
    );
    const other = defineActor('other', { sends: [ChargePayment] }).on(
      OrderPlaced,
      (_, { payment }) => void heard.push(payment),
      { yieldsTo: 'orchestrator', key: ({ payment }) => payment },
    );
    const launched = await launch({ actors: [payments, ledger, other], sagas: [checkout] });
    await place(launched, { payment: 'p-7' });

    expect(heard).toEqual(['p-7']);
  });

  it('K25 by a pattern gives way as well', async () => {
    const heard: string[] = [];
    const all = defineActor('all', { sends: [ChargePayment] }).onAny(
      'order.#',
      (_, { type }) => void heard.push(type),
      {
        yieldsTo: 'orchestrator',
      },
    );
    const launched = await launch({ actors: [payments, all], sagas: [checkout] });
    await place(launched);

    expect(heard).toEqual([]);
  });
});

describe('what a saga claims', () => {
  it('K25 is every command that it orchestrates', async () => {
    const shipping = defineActor('shipping', { state: () => ({ own: 0 }) })
      .on(ShipOrder, () => ({ ok: true }))
      .on(
        StockReserved,
        ctx => {
          ctx.state.own += 1;
        },
        { yieldsTo: 'orchestrator' },
      );
    const both = flowOf({ orchestrates: [ChargePayment, ShipOrder] }).startsOn(OrderPlaced, data => data);
    const launched = await launch({ actors: [payments, shipping], sagas: [both] });
    await place(launched);
    await reserve(launched);

    expect(launched.runtime.state(payments, '1')?.own).toBe(0);
    expect(launched.runtime.state(shipping, '1')?.own).toBeUndefined();
    expect(livingIn(launched.store)).toEqual(['order.ship 1', 'payment.charge 1']);
  });

  it('K25 goes by the key of the work, where a function tells it', async () => {
    const byPayment = defineActor('payments', { state: () => ({ own: 0 }) })
      .on(ChargePayment, () => ({ ok: true }), { key: ({ payment }) => payment })
      .on(
        StockReserved,
        ctx => {
          ctx.state.own += 1;
        },
        { yieldsTo: 'orchestrator', key: ({ payment }) => payment },
      );
    const flow = flowOf({
      orchestrates: [{ command: ChargePayment, key: ({ payment }: Order) => payment }],
    }).startsOn(OrderPlaced, data => data);
    const launched = await launch({ actors: [byPayment], sagas: [flow] });
    await place(launched, { payment: 'p-7' });
    await reserve(launched, { payment: 'p-7' });
    await reserve(launched, { payment: '1' });

    expect(livingIn(launched.store)).toEqual(['payment.charge p-7']);
    expect(launched.runtime.state(byPayment, 'p-7')?.own).toBeUndefined();
    expect(launched.runtime.state(byPayment, '1')?.own).toBe(1);
  });

  it('K25 is nothing where its key cannot be told: the start is a dead letter, and events do the work', async () => {
    const flow = flowOf({
      orchestrates: [
        ShipOrder,
        {
          command: ChargePayment,
          key: () => {
            throw new Error('no payment');
          },
        },
      ],
    }).startsOn(OrderPlaced, data => data);
    const shipping = defineActor('shipping').on(ShipOrder, () => ({ ok: true }));
    const launched = await launch({ actors: [payments, shipping], sagas: [flow] });
    await place(launched);

    expect(launched.runtime.state(payments, '1')).toEqual({ told: 0, own: 1 });
    expect(launched.runtime.deadLetters.list()).toMatchObject([{ address: 'checkout/1', reason: 'filter-failed' }]);
    expect(claimsIn(launched.store)).toEqual([]);

    await launched.run(launched.runtime.deadLetters.retry(1));
    expect(launched.runtime.sagas.get(flow, '1')).toBeUndefined();
    expect(claimsIn(launched.store)).toEqual([]);
  });

  it('K25 is nothing of a start event that its where refuses: only the canary is orchestrated', async () => {
    const canary = flowOf().startsOn(OrderPlaced, data => data, { where: ({ isCanary }) => isCanary });
    const launched = await launch({ actors: [payments], sagas: [canary] });
    await place(launched, { order: '1' });
    await place(launched, { order: '2', isCanary: false });

    expect(launched.runtime.state(payments, '1')).toEqual({ told: 1, own: 0 });
    expect(launched.runtime.state(payments, '2')).toEqual({ told: 0, own: 1 });
    expect(launched.runtime.sagas.get(canary, '2')).toBeUndefined();
    expect(livingIn(launched.store)).toEqual(['payment.charge 1']);
  });

  it('K25 goes by correlate', async () => {
    const flow = flowOf().startsOn(OrderPlaced, data => data, { correlate: ({ payment }) => payment });
    const launched = await launch({ actors: [payments], sagas: [flow] });
    await place(launched, { payment: 'p-7' });

    expect(claimsIn(launched.store)).toEqual(['payment.charge p-7: 1- by checkout/p-7']);
    expect(launched.runtime.state(payments, '1')?.own).toBe(1);
  });

  it('K25 counts from the command, where a command starts it', async () => {
    const flow = flowOf().startsOn(StartCheckout, data => data);
    const asks = defineActor('asks', { sends: [StartCheckout], publishes: [StockReserved] }).on(
      OrderClosed,
      (ctx, data) => {
        ctx.send(StartCheckout, data);
        ctx.publish(StockReserved, data);
      },
    );
    const launched = await launch({ actors: [latePayments, asks], sagas: [flow] });
    await close(launched);

    expect(launched.runtime.state(latePayments, '1')).toEqual({ told: 1, own: 0 });
    expect(claimsIn(launched.store)).toEqual(['payment.charge 1: 2- by checkout/1']);
  });

  it('K25 counts from any event, where an unknown instance starts', async () => {
    const flow = flowOf({ unknown: 'start' }).on(OrderClosed);
    const launched = await launch({ actors: [latePayments], sagas: [flow] });
    await close(launched);
    await reserve(launched);

    expect(launched.runtime.state(latePayments, '1')?.own).toBe(0);
    expect(livingIn(launched.store)).toEqual(['payment.charge 1']);
  });

  it('K25 belongs to a child by the input it is started with', async () => {
    const child = flowOf({ orchestrates: [{ command: ChargePayment, key: ({ order }: Order) => order }] });
    const parent = parentOf(child);
    const launched = await launch({ actors: [latePayments], sagas: [parent, child] });
    await place(launched);
    await reserve(launched);

    expect(livingIn(launched.store)).toEqual(['payment.charge 1']);
    expect(launched.runtime.state(latePayments, '1')).toEqual({ told: 1, own: 0 });
  });

  it('K25 stays with the second of two sagas when the first has ended', async () => {
    const short = defineSaga('a.short', { machine: quick, orchestrates: [ChargePayment] }).startsOn(
      OrderPlaced,
      () => ({}),
    );
    const launched = await launch({ actors: [latePayments], sagas: [short, checkout] });
    await place(launched);
    await reserve(launched);

    expect(launched.runtime.sagas.get(short, '1')?.status).toBe('done');
    expect(launched.runtime.state(latePayments, '1')).toEqual({ told: 1, own: 0 });
  });
});

describe('a delivery that is skipped', () => {
  it('K25 shows in the trace, with who has claimed it', async () => {
    const launched = await launch(shop);
    const { correlationId } = await place(launched);
    const trace = launched.runtime.trace(correlationId);

    expect(trace.roots[0]?.turns).toContainEqual(
      expect.objectContaining({
        address: 'payments/1',
        outcome: 'skipped',
        detail: { claimedBy: 'checkout/1', command: 'payment.charge' },
      }),
    );
    expect(renderTrace(trace, 'tree')).toMatch(/payments\/1 skipped: claimed by checkout\/1$/m);
    expect(renderTrace(trace, 'sequence')).toContain('skipped: claimed by checkout/1');
    expect(renderTrace(trace, 'mermaid')).toMatch(/Note over p\d: skipped: claimed by checkout\/1/);
  });

  it('K25 is told to taps, under the key of a single actor', async () => {
    const single = defineActor('single', { single: true, sends: [ChargePayment] }).on(OrderPlaced, () => {}, {
      yieldsTo: 'orchestrator',
    });
    const launched = await launch({ actors: [payments, single], sagas: [checkout] });
    const taps: string[] = [];
    launched.runtime.tap('turn', ({ address, outcome }) => void taps.push(`${address} ${outcome}`));
    await place(launched);

    expect(taps).toContain('single/default skipped');
  });
});
