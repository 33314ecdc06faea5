// The handler would give way, but the saga forgets to claim the command: both do the work, and `yieldsTo` does nothing.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { money, whole, type Case } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', money);
const PaymentCharged = defineEvent('payment.charged', money);
const ChargePayment = defineCommand('payment.charge', money);

const payments = defineActor('payments', { state: () => ({ cents: 0 }), publishes: [PaymentCharged] })
  .on(ChargePayment, (ctx, charge) => {
    ctx.state.cents += charge.cents;
    ctx.publish(PaymentCharged, charge);
  })
  .on(
    OrderPlaced,
    (ctx, order) => {
      ctx.state.cents += order.cents;
      ctx.publish(PaymentCharged, order);
    },
    { yieldsTo: 'orchestrator' },
  );

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

export const expected: readonly CheckCode[] = ['TR101', 'TR105'];
export const app = defineApp({ actors: [payments], sagas: [checkout] });
