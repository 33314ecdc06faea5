// Between the order and the second charge stands one reaction: the risk check approves, and payments charges on that.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { money, ok, whole, type Case } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', money);
const OrderApproved = defineEvent('risk.order-approved', money);
const PaymentCharged = defineEvent('payment.charged', money);
const ChargePayment = defineCommand('payment.charge', { ...money, reply: ok });

const risk = defineActor('risk', { publishes: [OrderApproved] }).on(OrderPlaced, (ctx, order) => {
  if (order.cents < 100_000) ctx.publish(OrderApproved, order);
});
const payments = defineActor('payments', { state: () => ({ cents: 0 }), publishes: [PaymentCharged] })
  .on(ChargePayment, (ctx, charge) => {
    ctx.state.cents += charge.cents;
    ctx.publish(PaymentCharged, charge);
    return { ok: true };
  })
  .on(OrderApproved, (ctx, order) => {
    ctx.state.cents += order.cents;
    ctx.publish(PaymentCharged, order);
  });

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: { charge: command(ChargePayment, { doneIf: reply => reply.ok }) },
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

export const expected: readonly CheckCode[] = ['TR102'];
export const app = defineApp({ actors: [risk, payments], sagas: [checkout] });
