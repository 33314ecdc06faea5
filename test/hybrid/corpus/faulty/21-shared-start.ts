// Payments is commanded by the saga and hears its start event for other work: neither may rely on the other's order.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { money, whole, type Case } from '../kit.ts';

const PlaceOrder = defineCommand('order.place', money);
const OrderPlaced = defineEvent('order.placed', money);
const ChargePayment = defineCommand('payment.charge', money);

const shop = defineActor('shop', { publishes: [OrderPlaced] }).on(PlaceOrder, (ctx, order) => {
  ctx.publish(OrderPlaced, order);
});
const payments = defineActor('payments', { state: () => ({ cents: 0, limit: 0 }) })
  .on(ChargePayment, (ctx, { cents }) => {
    ctx.state.cents += Math.min(cents, ctx.state.limit);
  })
  .on(OrderPlaced, (ctx, { cents }) => {
    ctx.state.limit += Math.round(cents / 10);
  });

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: { charge: command(ChargePayment, { timeout: '1m' }) },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'paying',
  states: {
    paying: { invoke: { id: 'charge', src: 'charge', input: whole, onDone: 'paid', onError: 'failed' } },
    paid: { type: 'final' },
    failed: { type: 'final' },
  },
});
const checkout = defineSaga('checkout', { machine }).startsOn(OrderPlaced, data => data);

export const hints = true;
export const expected: readonly CheckCode[] = ['TR104'];
export const app = defineApp({ actors: [shop, payments], sagas: [checkout] });
