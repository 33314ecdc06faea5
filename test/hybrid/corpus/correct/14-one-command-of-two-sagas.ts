// Two sagas send the same command, and different events start them.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import { money, ok, whole, type Case } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', money);
const SubscriptionRenewed = defineEvent('subscription.renewed', money);
const ChargePayment = defineCommand('payment.charge', { ...money, reply: ok });

const payments = defineActor('payments', { state: () => ({ cents: 0 }) }).on(
  ChargePayment,
  (ctx, { cents }) => {
    ctx.state.cents += cents;
    return { ok: true };
  },
  { effect: 'charge-card' },
);

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: { charge: command(ChargePayment, { timeout: '30s', doneIf: reply => reply.ok }) },
}).createMachine({
  id: 'collecting',
  context: ({ input }) => input,
  initial: 'charging',
  states: {
    charging: { invoke: { id: 'charge', src: 'charge', input: whole, onDone: 'paid', onError: 'unpaid' } },
    paid: { type: 'final' },
    unpaid: { type: 'final' },
  },
});

export const app = defineApp({
  actors: [payments],
  sagas: [
    defineSaga('checkout', { machine }).startsOn(OrderPlaced, data => data),
    defineSaga('renewal', { machine }).startsOn(SubscriptionRenewed, data => data),
  ],
});
