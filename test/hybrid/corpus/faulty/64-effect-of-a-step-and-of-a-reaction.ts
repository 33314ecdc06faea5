// A step of the saga charges the card itself, in a task; payments does the same when it hears of the order.
import { setup } from 'xstate';
import { defineActor, defineApp, defineEvent, defineSaga, task } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { money, whole, type Case } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', money);
const effect = 'charge-card';

const payments = defineActor('payments', { state: () => ({ cents: 0 }) }).on(
  OrderPlaced,
  (ctx, { cents }) => {
    ctx.state.cents += cents;
  },
  { effect },
);

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: {
    charge: task(async ({ input }: { input: Case }) => Promise.resolve(input.cents), { effect, timeout: '1m' }),
  },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'paying',
  states: {
    paying: { invoke: { id: 'charge', src: 'charge', input: whole, onDone: 'paid', onError: 'unpaid' } },
    paid: { type: 'final' },
    unpaid: { type: 'final' },
  },
});
const checkout = defineSaga('checkout', { machine }).startsOn(OrderPlaced, data => data);

export const expected: readonly CheckCode[] = ['TR107'];
export const app = defineApp({ actors: [payments], sagas: [checkout] });
