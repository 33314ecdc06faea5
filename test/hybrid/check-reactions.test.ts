// Reactions to events: TR107, TR110 and TR111, each with a silent twin.
import { describe, expect, it } from 'vitest';
import { defineActor, type AppOptions } from '../../src/index.ts';
import { codesIn, commandOf, eventOf, findingsIn, turnsOf } from '../support/check-kit.ts';

const OrderPlaced = eventOf('order.placed');
const OrderPacked = eventOf('order.packed');
const OrderChecked = eventOf('order.checked');
const PaymentCharged = eventOf('payment.charged');
const PaymentDeclined = eventOf('payment.declined');
const Recheck = commandOf('order.recheck');

const handOn = (...all: unknown[]): unknown => all;
const paying = { effect: 'charge-card' };

describe('one effect by two reactions (TR107)', () => {
  it('is found where two subscribers of an event have it', () => {
    const actors = [
      defineActor('billing').on(OrderPlaced, () => {}, paying),
      defineActor('payments').on(OrderPlaced, () => {}, paying),
    ];

    expect(findingsIn({ actors })).toMatchObject([
      {
        code: 'TR107',
        level: 'error',
        problem: 'order.placed leads to charge-card twice: by billing:order.placed and by payments:order.placed.',
        parts: ['billing', 'payments'],
        about: ['order.placed', 'charge-card', 'billing:order.placed', 'payments:order.placed'],
        way: [
          { at: 'billing:order.placed', does: 'reacts to', what: 'order.placed' },
          { at: 'billing:order.placed', does: 'does', what: 'charge-card' },
          { at: 'payments:order.placed', does: 'reacts to', what: 'order.placed' },
          { at: 'payments:order.placed', does: 'does', what: 'charge-card' },
        ],
      },
    ]);
  });

  it('is found once where a chain of reactions leads to the second', () => {
    const actors = [
      defineActor('billing').on(OrderPlaced, () => {}, paying),
      defineActor('packing', { publishes: [OrderPacked] }).on(OrderPlaced, (ctx, data) =>
        ctx.publish(OrderPacked, data),
      ),
      defineActor('payments').on(OrderPacked, () => {}, paying),
    ];
    const [finding, ...others] = findingsIn({ actors });

    expect(others).toEqual([]);
    expect(finding?.way.map(({ at, does, what }) => `${at} ${does} ${what}`)).toEqual([
      'billing:order.placed reacts to order.placed',
      'billing:order.placed does charge-card',
      'packing:order.placed reacts to order.placed',
      'packing:order.placed publishes order.packed',
      'payments:order.packed reacts to order.packed',
      'payments:order.packed does charge-card',
    ]);
  });

  it.each<[string, AppOptions]>([
    [
      'they have different effects',
      {
        actors: [
          defineActor('billing').on(OrderPlaced, () => {}, { effect: 'print-invoice' }),
          defineActor('payments').on(OrderPlaced, () => {}, paying),
        ],
      },
    ],
    [
      'filters part the event among them',
      {
        actors: [
          defineActor('billing').on(OrderPlaced, () => {}, { ...paying, where: () => true }),
          defineActor('payments').on(OrderPlaced, () => {}, { ...paying, where: () => false }),
        ],
      },
    ],
    [
      'a handler chooses which of them runs',
      {
        actors: [
          defineActor('payments', { publishes: [PaymentCharged, PaymentDeclined] }).on(OrderPlaced, (ctx, data) =>
            data.id === '' ? ctx.publish(PaymentDeclined, data) : ctx.publish(PaymentCharged, data),
          ),
          defineActor('mail')
            .on(PaymentCharged, () => {}, { effect: 'tell-customer' })
            .on(PaymentDeclined, () => {}, { effect: 'tell-customer' }),
        ],
      },
    ],
    [
      'one of them follows the other',
      {
        actors: [
          defineActor('payments', { publishes: [PaymentDeclined] })
            .on(OrderPlaced, (ctx, data) => ctx.publish(PaymentDeclined, data), paying)
            .on(PaymentDeclined, () => {}, paying),
        ],
      },
    ],
  ])('is not where %s', (_how, app) => {
    expect(codesIn(app)).toEqual([]);
  });

  it('is only a warning where one of them has a filter', () => {
    const actors = [
      defineActor('billing').on(OrderPlaced, () => {}, { ...paying, where: () => true }),
      defineActor('payments').on(OrderPlaced, () => {}, paying),
    ];

    expect(findingsIn({ actors })).toMatchObject([{ code: 'TR107', level: 'warning' }]);
  });

  it('is not where one of them yields', () => {
    const Charge = commandOf('payment.charge');
    const payments = defineActor('payments')
      .on(Charge, () => {})
      .on(OrderPlaced, () => {}, { ...paying, yieldsTo: 'orchestrator' });
    const billing = defineActor('billing').on(OrderPlaced, () => {}, paying);
    const sagas = [turnsOf('checkout', [OrderPacked, Charge], { orchestrates: [Charge] })];

    expect(codesIn({ actors: [payments, billing], sagas })).toEqual([]);
  });
});

describe('a circle of events (TR110)', () => {
  const packing = defineActor('packing', { publishes: [OrderPacked] }).on(OrderChecked, (ctx, data) =>
    ctx.publish(OrderPacked, data),
  );

  it('is found once, with the handlers in it', () => {
    const checking = defineActor('checking', { publishes: [OrderChecked] })
      .on(OrderPlaced, (ctx, data) => ctx.publish(OrderChecked, data))
      .on(OrderPacked, (ctx, data) => ctx.publish(OrderChecked, data));

    expect(findingsIn({ actors: [packing, checking] })).toMatchObject([
      {
        code: 'TR110',
        level: 'warning',
        problem: 'order.checked → order.packed → order.checked: each event causes the next.',
        parts: ['packing', 'checking'],
        way: [
          { at: 'packing:order.checked', does: 'reacts to', what: 'order.checked' },
          { at: 'packing:order.checked', does: 'publishes', what: 'order.packed' },
          { at: 'checking:order.packed', does: 'reacts to', what: 'order.packed' },
          { at: 'checking:order.packed', does: 'publishes', what: 'order.checked' },
        ],
      },
    ]);
  });

  it.each<[string, AppOptions]>([
    [
      'a command',
      {
        actors: [
          packing,
          defineActor('checking', { publishes: [OrderChecked], sends: [Recheck] })
            .on(OrderPacked, (ctx, data) => ctx.send(Recheck, data))
            .on(Recheck, (ctx, data) => ctx.publish(OrderChecked, data)),
        ],
      },
    ],
    [
      'a filter',
      {
        actors: [
          packing,
          defineActor('checking', { publishes: [OrderChecked] }).on(
            OrderPacked,
            (ctx, data) => ctx.publish(OrderChecked, data),
            { where: ({ id }) => id !== '' },
          ),
        ],
      },
    ],
    [
      'a handler that may do nothing of the kind',
      {
        actors: [
          packing,
          defineActor('checking', { publishes: [OrderChecked, PaymentCharged] })
            .on(OrderPlaced, (ctx, data) => ctx.publish(PaymentCharged, data))
            .on(OrderPacked, ctx => void handOn(ctx)),
        ],
      },
    ],
  ])('is not found where %s breaks it', (_what, app) => {
    expect(codesIn(app)).toEqual([]);
  });
});

describe('a passive-aggressive event (TR111)', () => {
  const asking = defineActor('orders', { publishes: [OrderPlaced] })
    .on(Recheck, (ctx, data) => ctx.publish(OrderPlaced, data))
    .on(OrderChecked, () => {});
  const answering = defineActor('checking', { publishes: [OrderChecked] }).on(OrderPlaced, (ctx, data) =>
    ctx.publish(OrderChecked, data),
  );
  const counting = defineActor('counting').on(OrderPlaced, () => {});
  const only = ({ actors }: AppOptions): readonly string[] =>
    codesIn({ actors }, { hints: true }).filter(code => code === 'TR111');

  it('is a hint where the publisher waits for the answer of its one subscriber', () => {
    expect(findingsIn({ actors: [asking, answering] }, { hints: true })).toContainEqual(
      expect.objectContaining({
        code: 'TR111',
        level: 'hint',
        problem: 'orders publishes order.placed for checking alone, and waits for order.checked of it.',
        about: ['order.placed', 'order.checked'],
      }),
    );
  });

  it('is not where others hear the event, too', () => {
    expect(only({ actors: [asking, answering, counting] })).toEqual([]);
  });

  it('is not where the publisher only observes everything', () => {
    const observing = defineActor('orders', { publishes: [OrderPlaced] })
      .on(Recheck, (ctx, data) => ctx.publish(OrderPlaced, data))
      .onAny('order.checked', () => {});

    expect(only({ actors: [observing, answering] })).toEqual([]);
  });
});
