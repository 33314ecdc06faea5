// The article's flow with the handler removed: the saga commands the payment, and payments no longer hears of the order.
import { assign, emit, setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { MessageOf } from '../../../../src/index.ts';
import { about, money, ok, whole, type Case } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', money);
const OrderConfirmed = defineEvent('order.confirmed', about);
const OrderRejected = defineEvent('order.rejected', about);
const PaymentCharged = defineEvent('payment.charged', money);
const ChargePayment = defineCommand('payment.charge', { ...money, reply: ok });

const payments = defineActor('payments', { state: () => ({ cents: 0 }), publishes: [PaymentCharged] }).on(
  ChargePayment,
  (ctx, charge) => {
    if (charge.cents > 100_000) return { ok: false };
    ctx.state.cents += charge.cents;
    ctx.publish(PaymentCharged, charge);
    return { ok: true };
  },
);

const machine = setup({
  types: {} as {
    input: Case;
    context: Case & { readonly paid?: boolean };
    emitted: MessageOf<typeof OrderConfirmed | typeof OrderRejected>;
  },
  actors: { charge: command(ChargePayment, { timeout: '30s', doneIf: reply => reply.ok }) },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'paying',
  states: {
    paying: {
      invoke: {
        id: 'charge',
        src: 'charge',
        input: whole,
        onDone: { target: 'confirmed', actions: assign({ paid: true }) },
        onError: 'rejected',
      },
    },
    confirmed: { type: 'final', entry: emit(({ context: { id } }) => OrderConfirmed({ id })) },
    rejected: { type: 'final', entry: emit(({ context: { id } }) => OrderRejected({ id })) },
  },
});
const checkout = defineSaga('checkout', { machine, publishes: [OrderConfirmed, OrderRejected] }).startsOn(
  OrderPlaced,
  data => data,
);

export const app = defineApp({ actors: [payments], sagas: [checkout] });
