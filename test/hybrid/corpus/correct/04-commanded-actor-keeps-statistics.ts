// Payments is commanded by the saga and hears the same order too, for its fraud statistics: the work is disjoint.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import { about, money, ok, whole, type Case } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', money);
const OrderCancelled = defineEvent('order.cancelled', about);
const PaymentCharged = defineEvent('payment.charged', money);
const FraudSuspected = defineEvent('payment.fraud-suspected', about);
const ChargePayment = defineCommand('payment.charge', { ...money, reply: ok });

const payments = defineActor('payments', {
  state: () => ({ cents: 0, orders: 0, cancelled: 0 }),
  publishes: [PaymentCharged, FraudSuspected],
})
  .on(
    ChargePayment,
    (ctx, charge) => {
      ctx.state.cents += charge.cents;
      ctx.publish(PaymentCharged, charge);
      return { ok: true };
    },
    { publishes: [PaymentCharged], effect: 'charge-card' },
  )
  .on(
    OrderPlaced,
    (ctx, { id }) => {
      ctx.state.orders += 1;
      if (ctx.state.orders > 20) ctx.publish(FraudSuspected, { id });
    },
    { publishes: [FraudSuspected] },
  )
  .on(OrderCancelled, ctx => {
    ctx.state.cancelled += 1;
  });

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: { charge: command(ChargePayment, { timeout: '1m', doneIf: reply => reply.ok }) },
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

export const app = defineApp({ actors: [payments], sagas: [checkout] });
