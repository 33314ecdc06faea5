// The article's flow where payments gives way: the saga claims the command, and the handler of the event yields to it.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import { about, money, ok, whole, type Case } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', money);
const PaymentCharged = defineEvent('payment.charged', money);
const ChargePayment = defineCommand('payment.charge', { ...money, reply: ok });
const RefundPayment = defineCommand('payment.refund', about);
const ShipOrder = defineCommand('shipping.ship', { ...about, reply: ok });

const payments = defineActor('payments', { state: () => ({ cents: 0 }), publishes: [PaymentCharged] })
  .on(ChargePayment, (ctx, charge) => {
    ctx.state.cents += charge.cents;
    ctx.publish(PaymentCharged, charge);
    return { ok: true };
  })
  .on(RefundPayment, ctx => {
    ctx.state.cents = 0;
  })
  // Orders of the old shop have no checkout yet.
  .on(
    OrderPlaced,
    (ctx, order) => {
      ctx.state.cents += order.cents;
      ctx.publish(PaymentCharged, order);
    },
    { yieldsTo: 'orchestrator' },
  );
const shipping = defineActor('shipping').on(ShipOrder, (_ctx, { id }) => ({ ok: !id.startsWith('island') }));

const machine = setup({
  types: {} as { input: Case; context: Case; tags: 'compensate' },
  actors: {
    charge: command(ChargePayment, {
      doneIf: reply => reply.ok,
      compensate: { send: RefundPayment, data: (_reply, { id }) => ({ id }) },
    }),
    ship: command(ShipOrder, { doneIf: reply => reply.ok }),
  },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'paying',
  states: {
    paying: { invoke: { id: 'charge', src: 'charge', input: whole, onDone: 'shipping', onError: 'rejected' } },
    shipping: { invoke: { id: 'ship', src: 'ship', input: whole, onDone: 'shipped', onError: 'rejected' } },
    shipped: { type: 'final' },
    rejected: { type: 'final', tags: 'compensate' },
  },
});
const checkout = defineSaga('checkout', { machine, orchestrates: [ChargePayment] }).startsOn(OrderPlaced, data => data);

export const app = defineApp({ actors: [payments, shipping], sagas: [checkout] });
