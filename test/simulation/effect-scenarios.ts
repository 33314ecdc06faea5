// A scenario of the crash explorer about the effect ledger.
import { defineActor } from '../../src/index.ts';
import { commandOf, eventOf } from '../support/kernel-kit.ts';
import type { Scenario } from './crash-explorer.ts';

const Ordered = eventOf('sim.ordered');
const Pay = commandOf('sim.pay');
const Ship = commandOf('sim.ship');
const items = [1, 2, 3];

export const oneCharge: Scenario = {
  name: 'an effect is done once',
  play: () => {
    const effects: [label: string, key: string][] = [];
    const bank = defineActor('bank')
      .task(
        Pay,
        async (ctx, { key, n }) => {
          effects.push([`pay ${key}`, ctx.idempotencyKey]);
          return n;
        },
        { effect: 'charge' },
      )
      .on(Ship, (_, { n }) => n, { effect: 'ship' });
    const eager = defineActor('eager').task(
      Ordered,
      async (ctx, { key }) => void effects.push([`order ${key}`, ctx.idempotencyKey]),
      { effect: 'charge' },
    );
    return { app: { actors: [bank, eager], effects: { charge: 'block', ship: 'dead-letter' } }, effects };
  },
  act: async runtime => {
    for (const key of ['a', 'b']) {
      for (const n of items) await runtime.ask(Pay, { key, n }, { idempotencyKey: `pay ${key} ${n}` });
      await runtime.publish(Ordered, { key }, { idempotencyKey: `order ${key}` });
      for (const n of items) await runtime.send(Ship, { key, n }, { idempotencyKey: `ship ${key} ${n}` });
    }
  },
};
