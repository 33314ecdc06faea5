// The wiring graph: read from definitions alone, wildcards resolved, nested machines and child sagas included.
import { fromPromise, setup } from 'xstate';
import { z } from 'zod';
import { describe, expect, it } from 'vitest';
import {
  command,
  defineActor,
  defineApp,
  defineCommand,
  defineEvent,
  defineModule,
  defineSaga,
  defineSchedule,
  expect as monitor,
  renderWiring,
  saga,
  task,
  type MessageOf,
  type WiredHandler,
  type Wiring,
} from '../../src/index.ts';

const byOrder = { data: z.object({ orderId: z.string() }), key: (d: { orderId: string }): string => d.orderId };
const OrderPlaced = defineEvent('order.placed', byOrder);
const OrderPaid = defineEvent('order.paid', byOrder);
const OrderCancelled = defineEvent('order.cancelled', byOrder);
const Charge = defineCommand('payment.charge', byOrder);
const Refund = defineCommand('payment.refund', byOrder);
const Ship = defineCommand('parcel.ship', byOrder);
const Sweep = defineCommand('parcel.sweep', byOrder);

interface Input {
  readonly orderId: string;
}

const payments = defineActor('payments', { publishes: [OrderPaid] })
  .on(Charge, (ctx, data) => ctx.publish(OrderPaid, data), { effect: 'charge-card' })
  .on(Refund, () => {});
const parcels = defineActor('parcels')
  .on(Ship, () => {})
  .on(Sweep, () => {});
const audit = defineActor('audit').onAny('order.*', () => {});
const delivery = defineSaga('delivery', {
  machine: setup({
    types: {} as { input: Input; context: Input },
    actors: { ship: command(Ship, { timeout: '1m' }) },
  }).createMachine({
    id: 'delivery',
    context: ({ input }) => input,
    initial: 'shipping',
    states: {
      shipping: {
        invoke: { id: 'ship', src: 'ship', input: ({ context }) => context, onDone: 'done', onError: 'done' },
      },
      done: { type: 'final' },
    },
  }),
});

/** Charges, then waits for the fact in a nested machine, then hands over to a child saga. */
const collection = setup({ types: {} as { events: MessageOf<typeof OrderPaid> } }).createMachine({
  id: 'collection',
  initial: 'waiting',
  states: { waiting: { on: { 'order.paid': 'paid' }, after: { 1000: 'paid' } }, paid: { type: 'final' } },
});
const machine = setup({
  types: {} as { input: Input; context: Input; events: MessageOf<typeof OrderPaid | typeof OrderCancelled> },
  actors: {
    charge: command(Charge, { compensate: { send: Refund, data: (_reply, data) => data } }),
    refund: command(Refund),
    collection,
    quote: task(() => 1, { timeout: '5s', effect: 'ask-price' }),
    plain: fromPromise(async () => 1),
    parcel: saga(delivery),
  },
  delays: { patience: 1000 },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'charging',
  states: {
    charging: {
      invoke: { id: 'charge', src: 'charge', input: ({ context }) => context, onDone: 'collecting', onError: 'failed' },
      on: { 'order.cancelled': 'refunding' },
    },
    collecting: { invoke: { id: 'collection', src: 'collection', onDone: 'quoting' } },
    quoting: {
      type: 'parallel',
      states: {
        one: { invoke: { id: 'quote', src: 'quote', onError: '#checkout.failed' } },
        two: { invoke: { id: 'plain', src: 'plain', onError: '#checkout.failed' } },
      },
      after: { patience: 'waiting' },
    },
    waiting: { on: { 'order.paid': 'parcel' } },
    parcel: {
      invoke: { id: 'parcel', src: 'parcel', input: ({ context }) => context, onDone: 'done', onError: 'failed' },
    },
    refunding: {
      invoke: { id: 'refund', src: 'refund', input: ({ context }) => context, onDone: 'failed', onError: 'failed' },
    },
    failed: { type: 'final', tags: 'compensate' },
    done: { type: 'final' },
  },
});
const checkout = defineSaga('checkout', { machine, orchestrates: [Charge] })
  .startsOn(OrderPlaced, data => data)
  .on(OrderPaid)
  .on(OrderCancelled);

const app = defineApp({
  actors: [audit],
  sagas: [checkout, delivery],
  modules: [
    defineModule('billing', { actors: [payments], exposes: [Charge, Refund, OrderPaid] }),
    defineModule('warehouse', { actors: [parcels], exposes: [Ship, Sweep] }),
  ],
  schedules: [defineSchedule('nightly', Sweep, () => ({ orderId: 'all' }), { every: '1d' })],
});

function handlerOf({ actors }: Wiring, id: string): WiredHandler | undefined {
  return actors.flatMap(({ handlers }) => handlers).find(handler => handler.id === id);
}

describe('the wiring of an app', () => {
  const wiring = app.graph();
  const wired = wiring.sagas.find(({ name }) => name === 'checkout');

  it('resolves patterns to the events of the app', () => {
    expect(handlerOf(wiring, 'audit:order.*')).toMatchObject({
      how: 'onAny',
      takes: ['order.cancelled', 'order.paid', 'order.placed'],
    });
  });

  it('knows who owns a contract, who sends it and who takes it', () => {
    expect(wiring.contracts.find(({ type }) => type === 'payment.charge')).toEqual({
      type: 'payment.charge',
      kind: 'command',
      version: 1,
      module: 'billing',
      from: ['checkout'],
      to: ['payments:payment.charge'],
    });
    expect(wiring.contracts.find(({ type }) => type === 'order.paid')).toMatchObject({
      from: ['payments:payment.charge'],
      to: ['audit:order.*', 'checkout:order.paid'],
    });
    expect(wiring.contracts.find(({ type }) => type === 'order.placed')).toMatchObject({ from: [] });
    expect(wiring.contracts.find(({ type }) => type === 'parcel.sweep')).toMatchObject({ from: ['schedule nightly'] });
  });

  it('keeps the effects of a task step', () => {
    const named = wired?.steps.filter(({ effects }) => effects.length > 0);
    expect(named?.map(({ does, effects }) => [does, effects])).toEqual([['quote', ['ask-price']]]);
  });

  it('keeps the effects of a handler and what its text does', () => {
    expect(handlerOf(wiring, 'payments:payment.charge')).toMatchObject({
      effects: ['charge-card'],
      publishes: ['order.paid'],
      possible: [],
    });
    expect(handlerOf(wiring, 'payments:payment.refund')).toMatchObject({ publishes: [], possible: [] });
  });

  it('walks nested machines, parallel states and child sagas for the steps of a saga', () => {
    expect(wired?.steps.map(({ id, kind, does, hasTimeout }) => [id, kind, does, hasTimeout])).toEqual([
      ['checkout.charging/charge', 'command', 'payment.charge', false],
      ['checkout.quoting.one/quote', 'task', 'quote', true],
      ['checkout.quoting.two/plain', 'task', 'plain', false],
      ['checkout.parcel/parcel', 'saga', 'delivery', false],
      ['checkout.refunding/refund', 'command', 'payment.refund', false],
    ]);
    expect(wired?.steps[0]?.undo).toBe('payment.refund');
  });

  it('says which events may have come before a step', () => {
    const after = new Map(wired?.steps.map(step => [step.does, step.after]));
    expect(after.get('payment.charge')).toEqual(['order.placed']);
    expect(after.get('payment.refund')).toEqual(['order.cancelled', 'order.placed']);
    expect(after.get('delivery')).toEqual(['order.paid', 'order.placed']);
  });

  it('tells states that only wait from those that time, a step or a region ends', () => {
    const waiting = wired?.states.filter(({ onlyWaits }) => onlyWaits).map(({ path }) => path);
    expect(waiting).toEqual(['checkout.waiting']);
    expect(wired?.states.find(({ path }) => path === 'checkout/collection.waiting')).toMatchObject({
      waitsFor: ['order.paid'],
      delays: ['1000'],
    });
    expect(wired?.states.find(({ path }) => path === 'checkout.failed')).toMatchObject({
      isFinal: true,
      isCompensating: true,
    });
  });

  it('knows what monitors watch', () => {
    const watched = defineApp({
      actors: [payments],
      monitors: [monitor(OrderPlaced).leadsTo([OrderPaid, OrderCancelled], { within: '2d', name: 'paid' })],
    });
    expect(watched.graph().monitors).toEqual([
      { name: 'expect paid', module: undefined, start: 'order.placed', outcomes: ['order.cancelled', 'order.paid'] },
    ]);
    expect(renderWiring(watched.graph(), 'text')).toContain(
      'expect paid: order.placed -> order.cancelled | order.paid',
    );
  });

  it('gives the edges between parts', () => {
    expect(wiring.edges.map(({ from, kind, type, to }) => `${from} ${kind} ${type} ${to}`)).toEqual([
      'checkout start delivery delivery',
      'checkout command payment.charge payments',
      'checkout command payment.refund payments',
      'delivery command parcel.ship parcels',
      'outside event order.cancelled audit',
      'outside event order.placed audit',
      'outside event order.cancelled checkout',
      'outside event order.placed checkout',
      'payments event order.paid audit',
      'payments event order.paid checkout',
      'schedule nightly command parcel.sweep parcels',
    ]);
  });

  it('is the same data for the same definitions, and made once', () => {
    expect(app.graph()).toBe(wiring);
    expect(defineApp({ ...partsOf(), actors: [audit] }).graph()).toEqual(wiring);
  });

  it('refuses two contracts of one name, of which it could show only one', () => {
    const again = defineEvent('order.placed', byOrder);
    const actors = [defineActor('one').on(OrderPlaced, () => {}), defineActor('other').on(again, () => {})];

    expect(() => defineApp({ actors }).graph()).toThrow(expect.objectContaining({ code: 'duplicate-name' }));
  });

  it('does not depend on the order of definitions', () => {
    const { modules, sagas, ...rest } = partsOf();
    const reversed = defineApp({ ...rest, modules: modules.toReversed(), sagas: sagas.toReversed() });
    expect(renderWiring(reversed.graph(), 'json')).toBe(renderWiring(wiring, 'json'));
  });
});

function partsOf(): Pick<typeof app, 'actors' | 'sagas' | 'modules' | 'schedules'> {
  const { actors, sagas, modules, schedules } = app;
  return { actors, sagas, modules, schedules };
}

describe('renderWiring', () => {
  const wiring = app.graph();

  it('writes one line per edge, and the effects', () => {
    const text = renderWiring(wiring, 'text').split('\n');
    expect(text).toContain('checkout sends payment.charge -> payments');
    expect(text).toContain('checkout starts delivery');
    expect(text).toContain('payments publishes order.paid -> checkout');
    expect(text).toContain('payments does charge-card');
  });

  it('draws actors as boxes, sagas as hexagons and modules as frames', () => {
    const chart = renderWiring(wiring, 'mermaid');
    expect(chart).toMatch(/^flowchart LR\n/);
    expect(chart).toContain('["audit"]');
    expect(chart).toContain('{{"checkout"}}');
    expect(chart).toContain('subgraph');
    expect(chart).toMatch(/n\d+ -->\|"payment\.charge"\| n\d+/);
    expect(chart).toMatch(/n\d+ ==> n\d+/);
    expect(chart).toMatch(/n\d+ --o n\d+/);
  });

  it('gives JSON that a review can compare', () => {
    expect(JSON.parse(renderWiring(wiring, 'json'))).toEqual(JSON.parse(JSON.stringify(wiring)));
  });

  it('refuses a format it does not have', () => {
    expect(() => renderWiring(wiring, 'svg' as 'json')).toThrow(/no format 'svg'/);
  });
});
