// Sagas of every kind: nested machines, tasks, child sagas, timeouts and a stash; what was done is undone in reverse.
import { isDeepStrictEqual } from 'node:util';
import { defineApp, type Actor, type AppOptions, type Runtime, type Saga } from '../../src/index.ts';
import { eventually, leadsTo, noDeadLetters, once } from '../../src/testing/index.ts';
import type { Invariant, Simulation, TestRuntime } from '../../src/testing/index.ts';
import * as paying from '../sagas/checkout.ts';
import type { Scenario } from './crash-explorer.ts';
import { everyKind, tooLate } from './saga-scenarios.ts';

/** How a trip ends, and what the worker did for it, in order. */
type End = readonly [status: string, ...did: readonly string[]];

/** Plays a scenario of the crash explorer; each of its trips has one of these ends. */
function simulationOf(
  name: string,
  { act, play }: Scenario,
  ends: Readonly<Record<string, readonly End[]>>,
): Simulation {
  const { actors = [], sagas = [] } = play().app as AppOptions;
  const [worker] = actors as readonly [Actor<{ done: readonly string[] }>];
  const [trip] = sagas as readonly [Saga];
  const endOf = (t: TestRuntime, id: string): End => [t.saga(trip, id).status, ...(t.state(worker, id)?.done ?? [])];
  const invariants = Object.entries(ends).map(([id, wanted]) =>
    eventually(`${id} has its end`, t => {
      const end = endOf(t, id);
      if (!wanted.some(one => isDeepStrictEqual(end, one))) throw new Error(`it is ${end.join(', ')}`);
    }),
  );
  return {
    name,
    app: defineApp({ actors, sagas }),
    scenario: ({ client }) => act(client as unknown as Runtime, undefined as never),
    options: { invariants: [noDeadLetters(), ...invariants] },
  };
}

const kinds = simulationOf('sagas', everyKind, {
  good: [['done', 'one', 'two', 'deep', 'child', 'last good']],
  bad: [
    [
      ...(['compensated', 'one', 'two', 'deep', 'child', 'last bad'] as const),
      ...['child', 'deep', 'call', 'two', 'one'].map(what => `undo ${what}`),
    ],
  ],
});

// A timeout counts the time the engine is up: after a long downtime the reply is in time, and nothing is undone at once.
const lateReplies = simulationOf('late replies', tooLate, {
  x: [
    ['done', 'late', 'one', 'undo late'],
    ['done', 'late', 'undo late', 'one'],
    ['done', 'late', 'one'],
  ],
  y: [['compensated', 'late', 'undo late']],
});

/** Money and goods are secured side by side; what is secured for an order that gets nothing is given back. */
const givenBack: Invariant = eventually('who gets nothing pays nothing', t => {
  const orders = t.sagas.list(paying.checkout);
  for (const { key, status } of orders) {
    const { charged, refunded } = t.state(paying.payments, key) ?? { charged: 0, refunded: 0 };
    const isRight = status === 'done' ? charged > 0 && refunded === 0 : charged === refunded;
    if (!isRight) throw new Error(`${key} is ${status}, has paid ${charged} and got ${refunded} back`);
  }
  const { reserved, released } = t.state(paying.stock) ?? { reserved: 0, released: 0 };
  const kept = orders.filter(({ status }) => status === 'done').length;
  if (reserved - released !== kept) throw new Error(`${reserved} reserved, ${released} released, ${kept} kept`);
});

const checkout: Simulation = {
  name: 'checkout',
  app: paying.app,
  scenario: async ({ client, random }) => {
    const orders = ['usual', 'cancelled', 'dear', 'sold-out', 'lost'].filter(() => random() < 0.6);
    const place = (orderId: string): Promise<unknown> =>
      client.publish(paying.OrderPlaced, { orderId, cents: orderId === 'dear' ? 200_000 : 100 });
    await Promise.all(orders.map(order => place(order)));
    if (!orders.includes('cancelled')) return;
    await client.sleep(Math.floor(random() * 3));
    await client.publish(paying.OrderCancelled, { orderId: 'cancelled', reason: 'changed my mind' });
  },
  options: {
    invariants: [
      givenBack,
      once(paying.OrderConfirmed).per('key'),
      once(paying.OrderRejected).per('key'),
      leadsTo(paying.OrderPlaced, [paying.OrderConfirmed, paying.OrderRejected], { within: '30d' }),
    ],
  },
};

export const sagasSimulations: readonly Simulation[] = [kinds, lateReplies, checkout];
