// The article's accident, as it is written unwarned: the saga commands the payment, and payments also reacts to the order.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about, money, ok, whole, type Case } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', money);
const PaymentCharged = defineEvent('payment.charged', money);
const ChargePayment = defineCommand('payment.charge', { ...money, reply: ok });
const ShipOrder = defineCommand('shipping.ship', { ...about, reply: ok });

const payments = defineActor('payments', { state: () => ({ cents: 0 }), publishes: [PaymentCharged] })
  .on(ChargePayment, (ctx, charge) => {
    ctx.state.cents += charge.cents;
    ctx.publish(PaymentCharged, charge);
    return { ok: true };
  })
  .on(OrderPlaced, (ctx, order) => {
    ctx.state.cents += order.cents;
    ctx.publish(PaymentCharged, order);
  });
const shipping = defineActor('shipping', { state: () => ({ parcels: 0 }) }).on(ShipOrder, ctx => {
  ctx.state.parcels += 1;
  return { ok: true };
});

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: { charge: command(ChargePayment), ship: command(ShipOrder) },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'paying',
  states: {
    paying: { invoke: { id: 'charge', src: 'charge', input: whole, onDone: 'shipping', onError: 'failed' } },
    shipping: { invoke: { id: 'ship', src: 'ship', input: whole, onDone: 'shipped', onError: 'failed' } },
    shipped: { type: 'final' },
    failed: { type: 'final' },
  },
});
const checkout = defineSaga('checkout', { machine }).startsOn(OrderPlaced, data => data);

export const expected: readonly CheckCode[] = ['TR101'];
export const app = defineApp({ actors: [payments, shipping], sagas: [checkout] });
