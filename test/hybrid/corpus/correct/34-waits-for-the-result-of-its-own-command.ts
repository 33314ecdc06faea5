// The saga commands the payment and waits for the event about it, which the actor that was commanded hears from nobody.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { MessageOf } from '../../../../src/index.ts';
import { money, whole, type Case } from '../kit.ts';

const BasketOrdered = defineEvent('basket.ordered', money);
const PaymentSettled = defineEvent('payment.settled', money);
const ParcelDelivered = defineEvent('parcel.delivered', money);
const BeginTransfer = defineCommand('payment.begin-transfer', money);
const DispatchParcel = defineCommand('parcel.dispatch', money);

const payments = defineActor('payments', {
  state: () => ({ transfers: 0, delivered: 0 }),
  publishes: [PaymentSettled],
})
  .on(BeginTransfer, (ctx, transfer) => {
    ctx.state.transfers += 1;
    ctx.publish(PaymentSettled, transfer);
  })
  // It hears of the end of the flow, and only counts it: the word "publish" in this comment is no call.
  .on(ParcelDelivered, ctx => {
    ctx.state.delivered += 1;
  });
const carrier = defineActor('carrier', { publishes: [ParcelDelivered] }).on(DispatchParcel, (ctx, parcel) => {
  ctx.publish(ParcelDelivered, parcel);
});
const statistics = defineActor('statistics', { state: () => ({ cents: 0 }), single: true }).on(
  PaymentSettled,
  (ctx, { cents }) => {
    ctx.state.cents += cents;
  },
);

const machine = setup({
  types: {} as {
    input: Case;
    context: Case;
    events: MessageOf<typeof PaymentSettled | typeof ParcelDelivered>;
  },
  actors: { begin: command(BeginTransfer), dispatch: command(DispatchParcel) },
  delays: { patience: 3 * 86_400_000 },
}).createMachine({
  id: 'fulfilment',
  context: ({ input }) => input,
  initial: 'paying',
  after: { patience: '.failed' },
  states: {
    paying: { invoke: { id: 'begin', src: 'begin', input: whole, onDone: 'settling', onError: 'failed' } },
    settling: { on: { 'payment.settled': 'dispatching' } },
    dispatching: { invoke: { id: 'dispatch', src: 'dispatch', input: whole, onDone: 'travelling', onError: 'failed' } },
    travelling: { on: { 'parcel.delivered': 'delivered' } },
    delivered: { type: 'final' },
    failed: { type: 'final' },
  },
});
const fulfilment = defineSaga('fulfilment', { machine, unhandled: 'stash' })
  .startsOn(BasketOrdered, data => data)
  .on(PaymentSettled)
  .on(ParcelDelivered);

export const app = defineApp({ actors: [payments, carrier, statistics], sagas: [fulfilment] });
