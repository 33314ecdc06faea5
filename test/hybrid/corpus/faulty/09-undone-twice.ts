// The saga undoes the charge when the order is cancelled, and payments gives the money back on that event as well.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { MessageOf } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about, money, ok, whole, type Case } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', money);
const OrderCancelled = defineEvent('order.cancelled', money);
const ParcelDelivered = defineEvent('parcel.delivered', about);
const ChargePayment = defineCommand('payment.charge', { ...money, reply: ok });
const RefundPayment = defineCommand('payment.refund', money);

const payments = defineActor('payments', { state: () => ({ cents: 0 }) })
  .on(
    ChargePayment,
    (ctx, { cents }) => {
      ctx.state.cents += cents;
      return { ok: true };
    },
    { effect: 'charge-card' },
  )
  .on(
    RefundPayment,
    (ctx, { cents }) => {
      ctx.state.cents -= cents;
    },
    { effect: 'refund-card' },
  )
  .on(
    OrderCancelled,
    (ctx, { cents }) => {
      ctx.state.cents -= cents;
    },
    { effect: 'refund-card' },
  );

const machine = setup({
  types: {} as {
    input: Case;
    context: Case;
    events: MessageOf<typeof OrderCancelled | typeof ParcelDelivered>;
    tags: 'compensate';
  },
  actors: {
    charge: command(ChargePayment, { compensate: { send: RefundPayment, data: (_reply, charge) => charge } }),
  },
  delays: { patience: 14 * 86_400_000 },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'paying',
  states: {
    paying: { invoke: { id: 'charge', src: 'charge', input: whole, onDone: 'travelling', onError: 'cancelled' } },
    travelling: {
      on: { 'order.cancelled': 'cancelled', 'parcel.delivered': 'delivered' },
      after: { patience: 'cancelled' },
    },
    delivered: { type: 'final' },
    cancelled: { type: 'final', tags: 'compensate' },
  },
});
const checkout = defineSaga('checkout', { machine, unhandled: 'stash' })
  .startsOn(OrderPlaced, data => data)
  .on(OrderCancelled)
  .on(ParcelDelivered);

export const expected: readonly CheckCode[] = ['TR101'];
export const app = defineApp({ actors: [payments], sagas: [checkout] });
