// The handler wants to give way, and its actor does not declare what its task asks for: the router finds no claim.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { money, ok, whole, type Case } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', money);
const ChargePayment = defineCommand('payment.charge', { ...money, reply: ok });

const payments = defineActor('payments', { state: () => ({ cents: 0 }) }).on(ChargePayment, (ctx, { cents }) => {
  ctx.state.cents += cents;
  return { ok: true };
});
const legacy = defineActor('legacy').task(
  OrderPlaced,
  async (ctx, order) => {
    await ctx.ask('charge', ChargePayment, order);
  },
  { yieldsTo: 'orchestrator' },
);

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: { charge: command(ChargePayment, { timeout: '1h', doneIf: reply => reply.ok }) },
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
const checkout = defineSaga('checkout', { machine, orchestrates: [ChargePayment] }).startsOn(OrderPlaced, data => data);

export const expected: readonly CheckCode[] = ['TR102', 'TR105'];
export const app = defineApp({ actors: [payments, legacy], sagas: [checkout] });
