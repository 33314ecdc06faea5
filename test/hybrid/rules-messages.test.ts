// Rules about messages, versions and handlers: TR130 to TR161, each with the apps that look alike and are right.
import { z } from 'zod';
import { describe, expect, it } from 'vitest';
import {
  command,
  createRuntime,
  defineActor,
  defineApp,
  defineCommand,
  defineEvent,
  defineModule,
  defineSchedule,
  type Actor,
  type AppOptions,
} from '../../src/index.ts';
import { ask, ends, event, flow, found, invoke, looks, places } from './rules-kit.ts';

const Placed = event('order.placed');
const Paid = event('order.paid');
const Charge = ask('payment.charge');
const data = z.object({ id: z.string() });
const saga = flow({ paying: invoke('charge', 'done'), ...ends }, { actors: { charge: command(Charge as never) } });
const as = (actor: unknown): Actor => actor as Actor;

describe('TR130 unhandled-command', () => {
  it('finds a command without an owner, whoever sends it, also where no handler does', () => {
    const actor = as(defineActor('orders', { sends: [Charge] }).on(Placed, () => {}));
    const schedule = defineSchedule('nightly', Charge as never, () => ({ id: '1' }), { every: '1d' });

    expect(found('TR130', { actors: [actor], sagas: [saga], schedules: [schedule] })).toMatchObject([
      {
        level: 'error',
        problem: 'The command payment.charge has no owner, and is sent by flow and orders and schedule nightly.',
        way: [
          { at: 'flow', does: 'sends', what: 'payment.charge' },
          { at: 'orders', does: 'sends', what: 'payment.charge' },
          { at: 'schedule nightly', does: 'sends', what: 'payment.charge' },
        ],
        about: ['payment.charge'],
      },
    ]);
  });

  it('finds what the runtime refuses', async () => {
    const app = { sagas: [saga] };

    expect(found('TR130', app)).toHaveLength(1);
    await expect(createRuntime(defineApp(app), { database: ':memory:' })).rejects.toMatchObject({ code: 'no-owner' });
  });

  it('is silent where an actor owns it, or a saga starts on it', () => {
    const Start = defineCommand('refund.start', { data });
    const sender = as(
      defineActor('desk', { sends: [Start] }).on(Placed, (ctx, order) => ctx.send(Start, order as never)),
    );

    expect(found('TR130', { actors: [looks('payments', Charge)], sagas: [saga] })).toEqual([]);
    expect(
      found('TR130', {
        actors: [sender],
        sagas: [flow({ on: { always: 'done' }, ...ends }).startsOn(Start as never, one => one)],
      }),
    ).toEqual([]);
  });
});

describe('TR131 event-never-published and TR132 event-never-consumed', () => {
  const listens = as(defineActor('mail').on(Placed, () => {}));
  const publishes = as(
    defineActor('orders', { publishes: [Paid] }).on(Charge, (ctx, one) => {
      ctx.publish(Paid, one as never);
      return { ok: true } as never;
    }),
  );

  it('find an event that only comes from outside, and one that goes nowhere', () => {
    expect(places('TR131', { actors: [listens] })).toEqual(['order.placed']);
    expect(places('TR132', { actors: [publishes] })).toEqual(['order.paid']);
  });

  it('are silent where both ends are there, about patterns, and about what a module exposes', () => {
    const both = { actors: [publishes, as(defineActor('mail').on(Paid, () => {}))] };
    const auditor = as(defineActor('audit').onAny('#', () => {}));
    const module = defineModule('sales', { actors: [publishes], exposes: [Paid] });

    expect([...found('TR131', both), ...found('TR132', both)]).toEqual([]);
    expect(found('TR131', { actors: [auditor], modules: [module] })).toEqual([]);
    expect(found('TR132', { modules: [module] })).toEqual([]);
  });
});

describe('TR140 upcaster-gap', () => {
  const old = (upcast: Record<number, (old: unknown) => unknown>, version = 3): AppOptions => {
    const contract = defineEvent('order.moved', { data, version, upcast: upcast as never });
    return { actors: [as(defineActor('mail').on(contract, () => {}))] };
  };
  const actor = (options: object): AppOptions => ({ actors: [as(defineActor('mail', options).on(Placed, () => {}))] });
  const same = (value: unknown): unknown => value;

  it('finds a contract without steps from the first version on', () => {
    expect(found('TR140', old({ 2: same }))).toMatchObject([
      {
        problem: 'The contract order.moved has version 3, and no upcast step from version 1.',
        way: [{ at: 'order.moved', does: 'cannot read', what: 'version 1' }],
        parts: ['mail'],
        about: ['order.moved'],
      },
    ]);
    expect(found('TR140', old({}, 6))).toMatchObject([{ problem: expect.stringContaining('from version 1 to 5') }]);
    expect(found('TR140', old({ 1: same, 2: same }))).toEqual([]);
  });

  it('finds an actor whose older states cannot be read, and is silent about one without state', () => {
    expect(places('TR140', actor({ state: () => ({}), version: 2 }))).toEqual(['mail']);
    expect(places('TR140', actor({ state: () => ({}), version: 3, migrate: { 1: same } }))).toEqual(['mail']);
    expect(places('TR140', actor({ state: () => ({}), version: 2, migrate: { 1: same } }))).toEqual([]);
    expect(places('TR140', actor({ version: 2 }))).toEqual([]);
  });

  it('finds a saga without a step from an older version', () => {
    const states = { first: { always: 'done' }, ...ends };

    expect(places('TR140', { sagas: [flow(states, { options: { version: 2 } })] })).toEqual(['flow']);
    expect(places('TR140', { sagas: [flow(states, { options: { version: 2, migrate: { 1: same } } })] })).toEqual([]);
  });
});

declare const XMLHttpRequest: new () => unknown;
declare const axios: { get(url: string): unknown };
declare const https: { request(url: string): unknown };
declare const repo: { fetch(id: string): string; setTimeout(): void; load(id: string): Promise<unknown> };

describe('TR150 persists-and-calls-out', () => {
  const handler = (run: (ctx: never) => unknown): AppOptions => ({
    actors: [as(defineActor('mail').on(Placed, run as never))],
  });

  it.each<[string, () => unknown]>([
    ['fetch', () => void fetch('https://a.example')],
    ['globalThis.fetch', () => void globalThis.fetch('https://a.example')],
    ['axios', () => void axios.get('https://a.example')],
    ['https.request', () => void https.request('https://a.example')],
    ['new XMLHttpRequest', () => new XMLHttpRequest()],
    ['setTimeout', () => void setTimeout(() => {}, 5)],
    ['.then', () => void repo.load('1').then(String)],
  ])('finds %s in a handler', (what, run) => {
    const app = handler(run);

    expect(found('TR150', app)).toMatchObject([
      {
        problem: `mail:order.placed runs in the transaction and calls out with ${what}.`,
        about: ['mail:order.placed', what],
      },
    ]);
  });

  it('is silent about texts, comments and methods that are only called so', () => {
    const run = (): string => {
      // fetch(url).then(…)
      repo.setTimeout();
      return `fetch(${repo.fetch('axios.get(') /* setTimeout( */}) ${/fetch(x)/u.source} then(`;
    };

    expect(found('TR150', handler(run))).toEqual([]);
  });

  it('looks at what ends a task, and not at its body', () => {
    const task = (done: () => unknown): AppOptions => ({
      actors: [as(defineActor('mail').task(Placed, { run: () => fetch('https://a.example'), done: done as never }))],
    });

    expect(
      places(
        'TR150',
        task(() => {}),
      ),
    ).toEqual([]);
    expect(
      places(
        'TR150',
        task(() => void fetch('https://a.example')),
      ),
    ).toEqual(['mail:order.placed']);
  });

  it('looks at the actions of a saga that run in its transaction', () => {
    const states = { first: { entry: 'tell', always: 'done' }, ...ends };
    const tell = (): void => void fetch('https://a.example');
    const more = { actions: { tell } };

    expect(places('TR150', { sagas: [flow(states, { ...more, options: { inTransaction: { tell } } })] })).toEqual([
      'flow -> action tell',
    ]);
    expect(places('TR150', { sagas: [flow(states, more)] })).toEqual([]);
  });
});

describe('TR160 command-not-imperative and TR161 event-not-past', () => {
  const commands = (...types: readonly string[]): readonly (string | undefined)[] =>
    places('TR160', { actors: [looks('all', ...types.map(ask))] });
  const events = (...types: readonly string[]): readonly (string | undefined)[] =>
    places('TR161', { actors: types.map((type, n) => as(defineActor(`a${n}`).on(event(type), () => {}))) });

  it('find commands that read like facts', () => {
    const wrong = [
      'payment.charged',
      'order.orderPlaced',
      'parcel.sent',
      'goods.goods-delivered',
      'Stock.StockReserved',
      'a.charged.v2',
    ];
    expect(commands(...wrong)).toEqual(wrong.toSorted());
  });

  it('are silent about commands that only end so', () => {
    const right = [
      'import.feed',
      'order.mark-paid',
      'order.set-closed',
      'order.putOnHold',
      'data.seed',
      'user.notify-shipped',
    ];
    const more = [
      'stock.embed',
      'order.speed',
      'money.pay',
      'price.set',
      'file.read',
      'order.charge',
      'page.finalize_printed',
    ];
    expect(commands(...right, ...more)).toEqual([]);
  });

  it('find events that read like requests', () => {
    const wrong = [
      'order.place',
      'payment.charge',
      'mail.sendEmail',
      'order.create-order',
      'order.cancel',
      'card.charge-card',
    ];
    expect(new Set(events(...wrong))).toEqual(new Set(wrong));
  });

  it('are silent about events that may be the name of a thing', () => {
    const things = ['order.review', 'stock.count', 'shipping.label', 'user.report', 'price.change', 'order.short'];
    const more = [
      'order.placed',
      'charge.failed',
      'payment.charge-failed',
      'mail.send-failure',
      'rate.charge-rate',
      'day.pay-day',
    ];
    expect(events(...things, ...more)).toEqual([]);
  });
});
