// Payments charges when the saga says so, and also when an old invoice falls due, which is no event of that flow.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import { money, whole, type Case } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', money);
const InvoiceDue = defineEvent('invoice.fell-due', money);
const RiskAssessed = defineEvent('risk.order-assessed', money);
const PaymentCharged = defineEvent('payment.charged', money);
const ChargePayment = defineCommand('payment.charge', money);

const risk = defineActor('risk', { publishes: [RiskAssessed] }).on(OrderPlaced, (ctx, order) => {
  ctx.publish(RiskAssessed, order);
});
const payments = defineActor('payments', { state: () => ({ cents: 0, risk: 0 }), publishes: [PaymentCharged] })
  .on(ChargePayment, (ctx, charge) => {
    ctx.state.cents += charge.cents;
    ctx.publish(PaymentCharged, charge);
  })
  .on(InvoiceDue, (ctx, invoice) => {
    ctx.state.cents += invoice.cents;
    ctx.publish(PaymentCharged, invoice);
  })
  .on(RiskAssessed, (ctx, { cents }) => {
    ctx.state.risk += cents;
  });

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: { charge: command(ChargePayment) },
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

export const app = defineApp({ actors: [risk, payments], sagas: [checkout] });
