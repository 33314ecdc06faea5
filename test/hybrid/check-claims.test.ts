// Who has the right to a piece of work: TR103, TR105 and TR106, each with a silent twin.
import { describe, expect, it } from 'vitest';
import { defineActor, defineSaga, saga, type AppOptions, type Saga } from '../../src/index.ts';
import { setup } from 'xstate';
import { codesIn, commandOf, eventOf, findingsIn, inTurn, turnsOf, type Order } from '../support/check-kit.ts';

const OrderPlaced = eventOf('order.placed');
const OrderImported = eventOf('order.imported');
const ChargePayment = commandOf('payment.charge');
const RefundPayment = commandOf('payment.refund');
const ShipOrder = commandOf('order.ship');

const payments = defineActor('payments')
  .on(ChargePayment, () => {})
  .on(RefundPayment, () => {});
const shipping = defineActor('shipping').on(ShipOrder, () => {});
const actors = [payments, shipping];

/** A saga that starts on the event and has another saga do the work. */
function parentOf(child: Saga, options: object = {}): Saga {
  const machine = setup({
    types: {} as { input: Order; context: Order },
    actors: { child: saga(child, { key: input => (input as Order).id }) },
  } as never).createMachine({
    id: 'parent',
    context: ({ input }: { readonly input: unknown }) => input,
    initial: 'working',
    states: {
      working: { invoke: { id: 'c', src: 'child', onDone: 'done', onError: 'done' } },
      done: { type: 'final' },
    },
  } as never);
  return defineSaga('parent', { machine, ...options } as never).startsOn(OrderPlaced, data => data as never) as Saga;
}

describe('two orchestrators (TR103)', () => {
  it('are found where sagas that start on one event send one command', () => {
    const sagas = [
      turnsOf('checkout', [OrderPlaced, ShipOrder, ChargePayment]),
      turnsOf('billing', [OrderPlaced, ChargePayment]),
    ];

    expect(findingsIn({ actors, sagas })).toMatchObject([
      {
        code: 'TR103',
        level: 'error',
        problem: 'billing and checkout both start on order.placed, and both send payment.charge.',
        parts: ['billing', 'checkout'],
        about: ['order.placed', 'payment.charge'],
        way: [
          { at: 'billing', does: 'starts on' },
          { at: 'billing.s0/payment.charge', does: 'commands', what: 'payment.charge' },
          { at: 'checkout', does: 'starts on' },
          { at: 'checkout.s1/payment.charge', does: 'commands', what: 'payment.charge' },
        ],
      },
    ]);
  });

  it('are found where one of them has it done by a saga that it starts', () => {
    const child = defineSaga('child', { machine: inTurn(ChargePayment) } as never) as unknown as Saga;
    const sagas = [parentOf(child), child, turnsOf('billing', [OrderPlaced, ChargePayment])];

    expect(codesIn({ actors, sagas })).toEqual(['TR103']);
  });

  it.each<[string, readonly Saga[]]>([
    [
      'start on different events',
      [turnsOf('checkout', [OrderPlaced, ChargePayment]), turnsOf('billing', [OrderImported, ChargePayment])],
    ],
    [
      'send different commands',
      [turnsOf('checkout', [OrderPlaced, ChargePayment]), turnsOf('delivery', [OrderPlaced, ShipOrder])],
    ],
  ])('are not found where they %s', (_how, sagas) => {
    expect(codesIn({ actors, sagas })).toEqual([]);
  });
});

describe('a handler that yields to nobody (TR105)', () => {
  const yielding = payments.on(OrderPlaced, () => {}, { yieldsTo: 'orchestrator' });

  it('is found where no saga claims a command of its actor', () => {
    const sagas = [turnsOf('delivery', [OrderPlaced, ShipOrder], { orchestrates: [ShipOrder] })];

    expect(findingsIn({ actors: [yielding, shipping], sagas })).toMatchObject([
      {
        code: 'TR105',
        level: 'warning',
        problem:
          'payments:order.placed yields to an orchestrator, and no saga claims payment.charge or payment.refund.',
        parts: ['payments'],
        way: [{ at: 'payments:order.placed', does: 'yields', what: 'payment.charge' }],
      },
    ]);
  });

  it('is found where its actor owns no command and declares none that it sends', () => {
    const letters = defineActor('letters').on(OrderPlaced, () => {}, { yieldsTo: 'orchestrator' });

    expect(findingsIn({ actors: [letters] })[0]?.problem).toContain(
      'its actor owns no command, and it declares none in sends',
    );
  });

  it.each<[string, AppOptions]>([
    [
      'of its actor',
      {
        actors: [yielding],
        sagas: [turnsOf('checkout', [OrderPlaced, ChargePayment], { orchestrates: [ChargePayment] })],
      },
    ],
    [
      'that it sends',
      {
        actors: [
          payments,
          defineActor('autopilot', { sends: [ChargePayment] }).on(
            OrderPlaced,
            (ctx, data) => ctx.send(ChargePayment, data),
            { yieldsTo: 'orchestrator' },
          ),
        ],
        sagas: [turnsOf('checkout', [OrderPlaced, ChargePayment], { orchestrates: [ChargePayment] })],
      },
    ],
  ])('is not where a saga claims a command %s', (_how, app) => {
    expect(codesIn(app)).toEqual([]);
  });
});

describe('a claim without sending (TR106)', () => {
  it('is found where the machine never sends the command, with the handlers that give way', () => {
    const sagas = [turnsOf('checkout', [OrderPlaced, ShipOrder], { orchestrates: [ShipOrder, ChargePayment] })];
    const yielding = payments.on(OrderPlaced, () => {}, { yieldsTo: 'orchestrator' });

    expect(findingsIn({ actors: [yielding, shipping], sagas })).toMatchObject([
      {
        code: 'TR106',
        level: 'warning',
        parts: ['checkout', 'payments'],
        about: ['payment.charge'],
        way: [
          { at: 'checkout', does: 'claims', what: 'payment.charge' },
          { at: 'payments:order.placed', does: 'yields', what: 'payment.charge' },
        ],
      },
    ]);
  });

  it('is not where a saga that it starts sends it', () => {
    const child = defineSaga('child', { machine: inTurn(ChargePayment) } as never) as unknown as Saga;

    expect(codesIn({ actors, sagas: [parentOf(child, { orchestrates: [ChargePayment] }), child] })).toEqual([]);
  });
});
