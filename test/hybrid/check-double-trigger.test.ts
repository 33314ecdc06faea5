// Double triggers: TR101, TR102 and TR104, each with a silent twin that differs in what makes it right.
import { emit, setup } from 'xstate';
import { describe, expect, it } from 'vitest';
import { command, defineActor, defineSaga, saga, type AppOptions } from '../../src/index.ts';
import { codesIn, commandOf, eventOf, findingsIn, turnsOf, undoneBy, type Order } from '../support/check-kit.ts';

const OrderPlaced = eventOf('order.placed');
const OrderCancelled = eventOf('order.cancelled');
const OrderConfirmed = eventOf('order.confirmed');
const OrderPacked = eventOf('order.packed');
const PaymentCharged = eventOf('payment.charged');
const PaymentRefunded = eventOf('payment.refunded');
const StockReserved = eventOf('stock.reserved');
const ChargePayment = commandOf('payment.charge');
const RefundPayment = commandOf('payment.refund');
const ReserveStock = commandOf('stock.reserve');

const charging = defineActor('payments', { publishes: [PaymentCharged] }).on(ChargePayment, (ctx, data) =>
  ctx.publish(PaymentCharged, data),
);
const stock = defineActor('stock', { publishes: [StockReserved] }).on(ReserveStock, (ctx, data) =>
  ctx.publish(StockReserved, data),
);
/** Reacts to an event by the work that a command asks for, too. */
const eager = charging.on(OrderPlaced, (ctx, data) => ctx.publish(PaymentCharged, data));

describe('a double trigger (TR101)', () => {
  it('is found where a commanded actor does the same on the event that starts the saga', () => {
    const [finding, ...others] = findingsIn({
      actors: [eager],
      sagas: [turnsOf('checkout', [OrderPlaced, ChargePayment])],
    });

    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      code: 'TR101',
      level: 'error',
      problem:
        'checkout commands payments with payment.charge, and order.placed of the same flow leads to ' +
        'payments:order.placed, which publishes payment.charged, too.',
      parts: ['checkout', 'payments'],
      about: ['payment.charge', 'order.placed', 'payment.charged', 'checkout.s0', 'payments:order.placed'],
    });
    expect(finding?.way).toEqual([
      { at: 'checkout', does: 'starts on', what: 'order.placed' },
      { at: 'checkout.s0/payment.charge', does: 'commands', what: 'payment.charge' },
      { at: 'payments:payment.charge', does: 'publishes', what: 'payment.charged' },
      { at: 'payments:order.placed', does: 'reacts to', what: 'order.placed' },
      { at: 'payments:order.placed', does: 'publishes', what: 'payment.charged' },
    ]);
  });

  it.each<[string, AppOptions]>([
    [
      'on an event that the saga waits for before',
      {
        actors: [charging.on(OrderPacked, (ctx, data) => ctx.publish(PaymentCharged, data))],
        sagas: [turnsOf('checkout', [OrderPlaced, OrderPacked, ChargePayment])],
      },
    ],
    [
      'by a named effect',
      {
        actors: [
          defineActor('payments')
            .on(ChargePayment, () => {}, { effect: 'charge-card' })
            .on(OrderPlaced, () => {}, { effects: ['charge-card', 'print'] }),
        ],
        sagas: [turnsOf('checkout', [OrderPlaced, ChargePayment])],
      },
    ],
    [
      'by a task that it starts',
      {
        actors: [
          defineActor('payments', { publishes: [PaymentCharged] })
            .on(ChargePayment, (ctx, data) => ctx.start(OrderPacked, data))
            .on(OrderPlaced, (ctx, data) => ctx.start(OrderPacked, data))
            .task(OrderPacked, {
              run: async () => {},
              done: (ctx, _, data) => ctx.publish(PaymentCharged, data),
            }),
        ],
        sagas: [turnsOf('checkout', [OrderPlaced, ChargePayment])],
      },
    ],
    [
      'by sending itself the command',
      {
        actors: [
          defineActor('payments', { sends: [ChargePayment] })
            .on(ChargePayment, () => {})
            .on(OrderPlaced, (ctx, data) => ctx.send(ChargePayment, data)),
        ],
        sagas: [turnsOf('checkout', [OrderPlaced, ChargePayment])],
      },
    ],
    [
      'through a wildcard',
      {
        actors: [charging.onAny('order.*', (ctx, { key }) => ctx.publish(PaymentCharged, { id: key }))],
        sagas: [turnsOf('checkout', [OrderPlaced, ChargePayment])],
      },
    ],
  ])('is found %s', (_how, app) => {
    expect(codesIn(app)).toEqual(['TR101']);
  });

  it.each<[string, AppOptions]>([
    [
      'does other work then',
      {
        actors: [
          defineActor('payments', { publishes: [PaymentCharged, PaymentRefunded] })
            .on(ChargePayment, (ctx, data) => ctx.publish(PaymentCharged, data))
            .on(OrderPlaced, (ctx, data) => ctx.publish(PaymentRefunded, data)),
        ],
        sagas: [turnsOf('checkout', [OrderPlaced, ChargePayment])],
      },
    ],
    [
      'reacts to an event that comes after the step',
      {
        actors: [charging.on(OrderPacked, (ctx, data) => ctx.publish(PaymentCharged, data))],
        sagas: [turnsOf('checkout', [OrderPlaced, ChargePayment, OrderPacked])],
      },
    ],
    [
      'reacts to what its own work publishes',
      {
        actors: [
          defineActor('payments', { publishes: [PaymentCharged] })
            .on(ChargePayment, (ctx, data) => ctx.publish(PaymentCharged, data), { effect: 'charge-card' })
            .on(PaymentCharged, () => {}, { effect: 'charge-card' }),
        ],
        sagas: [turnsOf('checkout', [OrderPlaced, PaymentCharged, ChargePayment])],
      },
    ],
    [
      'yields, and the saga claims the command',
      {
        actors: [
          charging.on(OrderPlaced, (ctx, data) => ctx.publish(PaymentCharged, data), { yieldsTo: 'orchestrator' }),
        ],
        sagas: [turnsOf('checkout', [OrderPlaced, ChargePayment], { orchestrates: [ChargePayment] })],
      },
    ],
  ])('is not where the actor %s', (_how, app) => {
    expect(codesIn(app)).toEqual([]);
  });

  it('says which side of a claim is missing', () => {
    const yielding = charging.on(OrderPlaced, (ctx, data) => ctx.publish(PaymentCharged, data), {
      yieldsTo: 'orchestrator',
    });
    const plain = turnsOf('checkout', [OrderPlaced, ChargePayment]);
    const claiming = turnsOf('checkout', [OrderPlaced, ChargePayment], { orchestrates: [ChargePayment] });

    expect(findingsIn({ actors: [yielding], sagas: [plain] })[0]?.problem).toContain(
      'payments:order.placed yields, but checkout does not claim payment.charge.',
    );
    expect(findingsIn({ actors: [eager], sagas: [claiming] })[0]?.problem).toContain(
      'checkout claims payment.charge, but no handler on the way yields.',
    );
  });

  it('is only a warning where the actor may or may not do the work', () => {
    const helper = (...all: unknown[]): unknown => all;
    const actor = charging.on(OrderPlaced, ctx => void helper(ctx));

    expect(findingsIn({ actors: [actor], sagas: [turnsOf('checkout', [OrderPlaced, ChargePayment])] })).toMatchObject([
      { code: 'TR101', level: 'warning' },
    ]);
  });

  it('is only a warning where the handler has a filter', () => {
    const actor = charging.on(OrderPlaced, (ctx, data) => ctx.publish(PaymentCharged, data), {
      where: ({ id }) => id !== '',
    });

    expect(findingsIn({ actors: [actor], sagas: [turnsOf('checkout', [OrderPlaced, ChargePayment])] })).toMatchObject([
      { code: 'TR101', level: 'warning' },
    ]);
  });

  it('is found where the event leads to what takes a step back', () => {
    const actor = defineActor('payments', { publishes: [PaymentCharged, PaymentRefunded] })
      .on(ChargePayment, (ctx, data) => ctx.publish(PaymentCharged, data))
      .on(RefundPayment, (ctx, data) => ctx.publish(PaymentRefunded, data))
      .on(OrderCancelled, (ctx, data) => ctx.publish(PaymentRefunded, data));
    const machine = setup({
      types: {} as { input: Order; context: Order },
      actors: { charge: command(ChargePayment, { compensate: undoneBy(RefundPayment) }) },
    }).createMachine({
      id: 'checkout',
      context: ({ input }) => input,
      initial: 'paying',
      on: { 'order.cancelled': '.undone' },
      states: {
        paying: {
          invoke: { id: 'charge', src: 'charge', input: ({ context }) => context, onDone: 'paid', onError: 'undone' },
        },
        paid: { after: { 1000: 'done' } },
        done: { type: 'final' },
        undone: { type: 'final', tags: 'compensate' },
      },
    });
    const checkout = defineSaga('checkout', { machine })
      .startsOn(OrderPlaced, data => data)
      .on(OrderCancelled as never);
    const [finding] = findingsIn({ actors: [actor], sagas: [checkout] });

    expect(finding).toMatchObject({ code: 'TR101', about: expect.arrayContaining(['payment.refund']) });
    expect(finding?.way[1]).toEqual({ at: 'checkout.paying/charge', does: 'takes back with', what: 'payment.refund' });
  });
});

describe('an event that the saga publishes', () => {
  /** Pays, then confirms; or is rejected without a payment. */
  function checkoutThatTells(event: typeof OrderConfirmed | typeof OrderCancelled) {
    const machine = setup({
      types: {} as { input: Order; context: Order },
      actors: { charge: command(ChargePayment) },
      guards: { isGood: () => true },
    }).createMachine({
      id: 'checkout',
      context: ({ input }) => input,
      initial: 'deciding',
      states: {
        deciding: { always: [{ guard: 'isGood', target: 'paying' }, { target: 'rejected' }] },
        paying: {
          invoke: {
            id: 'charge',
            src: 'charge',
            input: ({ context }) => context,
            onDone: 'confirmed',
            onError: 'confirmed',
          },
        },
        confirmed: { type: 'final', entry: emit(({ context }) => OrderConfirmed(context)) },
        rejected: { type: 'final', entry: emit(({ context }) => OrderCancelled(context)) },
      },
    });
    return {
      actors: [charging.on(event, (ctx, data) => ctx.publish(PaymentCharged, data))],
      sagas: [
        defineSaga('checkout', { machine, publishes: [OrderConfirmed, OrderCancelled] } as never).startsOn(
          OrderPlaced,
          data => data as never,
        ),
      ],
    };
  }

  it('leads to a double trigger (TR101) where one run has both', () => {
    expect(codesIn(checkoutThatTells(OrderConfirmed) as AppOptions)).toEqual(['TR101']);
  });

  it('leads to none where a run has either the event or the command', () => {
    expect(codesIn(checkoutThatTells(OrderCancelled) as AppOptions)).toEqual([]);
  });
});

describe('an indirect double trigger (TR102)', () => {
  const reserving = defineActor('stock', { publishes: [StockReserved] }).on(OrderPlaced, (ctx, data) =>
    ctx.publish(StockReserved, data),
  );
  const chained = charging.on(StockReserved, (ctx, data) => ctx.publish(PaymentCharged, data));

  it('is found at the end of a chain of reactions, with every link', () => {
    const [finding, ...others] = findingsIn({
      actors: [reserving, chained],
      sagas: [turnsOf('checkout', [OrderPlaced, ChargePayment])],
    });

    expect(others).toEqual([]);
    expect(finding).toMatchObject({ code: 'TR102', level: 'error', parts: ['checkout', 'payments', 'stock'] });
    expect(finding?.way.map(({ at, does, what }) => `${at} ${does} ${what}`)).toEqual([
      'checkout starts on order.placed',
      'checkout.s0/payment.charge commands payment.charge',
      'payments:payment.charge publishes payment.charged',
      'stock:order.placed reacts to order.placed',
      'stock:order.placed publishes stock.reserved',
      'payments:stock.reserved reacts to stock.reserved',
      'payments:stock.reserved publishes payment.charged',
    ]);
  });

  it('is found where another actor sends the command on the event', () => {
    const autopilot = defineActor('autopilot', { sends: [ChargePayment] }).on(OrderPlaced, (ctx, data) =>
      ctx.send(ChargePayment, data),
    );

    expect(
      codesIn({ actors: [charging, autopilot], sagas: [turnsOf('checkout', [OrderPlaced, ChargePayment])] }),
    ).toEqual(['TR102']);
  });

  it('is found where a task of another actor asks for the command', () => {
    const autopilot = defineActor('autopilot').task(OrderPlaced, async (ctx, data) => {
      await ctx.ask('charge', ChargePayment, data);
    });

    expect(
      codesIn({ actors: [charging, autopilot], sagas: [turnsOf('checkout', [OrderPlaced, ChargePayment])] }),
    ).toEqual(['TR102']);
  });

  it('is found where the result of an earlier step leads to it', () => {
    expect(
      codesIn({ actors: [stock, chained], sagas: [turnsOf('checkout', [OrderPlaced, ReserveStock, ChargePayment])] }),
    ).toEqual(['TR102']);
  });

  it('is not where the result of a later step leads to it', () => {
    expect(
      codesIn({ actors: [stock, chained], sagas: [turnsOf('checkout', [OrderPlaced, ChargePayment, ReserveStock])] }),
    ).toEqual([]);
  });

  it('is not where the chain ends in other work', () => {
    const counting = charging.on(StockReserved, () => {});

    expect(
      codesIn({ actors: [reserving, counting], sagas: [turnsOf('checkout', [OrderPlaced, ChargePayment])] }),
    ).toEqual([]);
  });

  it('is not where the chain is cut by a handler that gives way', () => {
    const yielding = defineActor('stock', { publishes: [StockReserved] })
      .on(ReserveStock, () => {})
      .on(OrderPlaced, (ctx, data) => ctx.publish(StockReserved, data), { yieldsTo: 'orchestrator' });
    const checkout = turnsOf('checkout', [OrderPlaced, ReserveStock, ChargePayment], { orchestrates: [ReserveStock] });

    expect(codesIn({ actors: [yielding, chained], sagas: [checkout] })).toEqual([]);
  });

  it('is found through a child saga', () => {
    const child = turnsOf('collection', [OrderPacked, ChargePayment]);
    const machine = setup({
      types: {} as { input: Order; context: Order },
      actors: { collection: saga(child) },
    } as never).createMachine({
      id: 'checkout',
      context: ({ input }: { readonly input: unknown }) => input,
      initial: 'collecting',
      states: {
        collecting: { invoke: { id: 'c', src: 'collection', onDone: 'done', onError: 'done' } },
        done: { type: 'final' },
      },
    } as never);
    const checkout = defineSaga('checkout', { machine } as never).startsOn(OrderPlaced, data => data as never);
    const [finding] = findingsIn({ actors: [eager], sagas: [checkout, child] } as AppOptions);

    expect(finding?.code).toBe('TR101');
    expect(finding?.way.slice(0, 3).map(({ at, does }) => `${at} ${does}`)).toEqual([
      'checkout starts on',
      'checkout.collecting/c starts',
      'collection.s0/payment.charge commands',
    ]);
  });
});

describe('a shared start (TR104)', () => {
  const counting = charging.on(OrderPlaced, () => {});
  const sagas = [turnsOf('checkout', [OrderPlaced, ChargePayment])];

  it('is a hint where the commanded actor does other work on the same event', () => {
    const found = findingsIn({ actors: [counting], sagas }, { hints: true });
    expect(found.filter(({ code }) => code === 'TR104')).toMatchObject([
      {
        code: 'TR104',
        level: 'hint',
        about: ['payment.charge', 'order.placed', 'checkout.s0', 'payments:order.placed'],
      },
    ]);
  });

  it('is not where the event comes after the step, nor where the work is done twice', () => {
    const later = charging.on(OrderPacked, () => {});

    expect(
      codesIn(
        { actors: [later], sagas: [turnsOf('checkout', [OrderPlaced, ChargePayment, OrderPacked])] },
        { hints: true },
      ),
    ).not.toContain('TR104');
    expect(codesIn({ actors: [eager], sagas }, { hints: true })).not.toContain('TR104');
  });
});
