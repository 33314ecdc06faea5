// The article's flow left to choreography: payments reacts to the order, and the saga only waits for what came of it.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { MessageOf } from '../../../../src/index.ts';
import { about, money, whole, type Case } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', money);
const PaymentCharged = defineEvent('payment.charged', money);
const PaymentDeclined = defineEvent('payment.declined', about);
const ShipOrder = defineCommand('shipping.ship', about);

const payments = defineActor('payments', {
  state: () => ({ cents: 0 }),
  publishes: [PaymentCharged, PaymentDeclined],
}).on(OrderPlaced, (ctx, order) => {
  if (order.cents > 100_000) {
    ctx.publish(PaymentDeclined, { id: order.id });
    return;
  }
  ctx.state.cents += order.cents;
  ctx.publish(PaymentCharged, order);
});
const shipping = defineActor('shipping', { state: () => ({ parcels: 0 }) }).on(ShipOrder, ctx => {
  ctx.state.parcels += 1;
});

const machine = setup({
  types: {} as {
    input: Case;
    context: Case;
    events: MessageOf<typeof PaymentCharged | typeof PaymentDeclined>;
  },
  actors: { ship: command(ShipOrder) },
  delays: { patience: 86_400_000 },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'awaiting-payment',
  states: {
    'awaiting-payment': {
      on: { 'payment.charged': 'shipping', 'payment.declined': 'rejected' },
      after: { patience: 'rejected' },
    },
    shipping: { invoke: { id: 'ship', src: 'ship', input: whole, onDone: 'shipped', onError: 'rejected' } },
    shipped: { type: 'final' },
    rejected: { type: 'final' },
  },
});
const checkout = defineSaga('checkout', { machine, unhandled: 'stash' })
  .startsOn(OrderPlaced, data => data)
  .on(PaymentCharged)
  .on(PaymentDeclined);

export const app = defineApp({ actors: [payments, shipping], sagas: [checkout] });
