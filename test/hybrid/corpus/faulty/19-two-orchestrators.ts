// Two teams wrote a saga each that starts on the placed order, and both charge the customer.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about, money, ok, whole, type Case } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', money);
const ChargePayment = defineCommand('payment.charge', { ...money, reply: ok });
const ShipOrder = defineCommand('shipping.ship', about);
const GrantPoints = defineCommand('bonus.grant', about);

const payments = defineActor('payments', { state: () => ({ cents: 0 }) }).on(ChargePayment, (ctx, { cents }) => {
  ctx.state.cents += cents;
  return { ok: true };
});
const shipping = defineActor('shipping', { state: () => ({ parcels: 0 }) }).on(ShipOrder, ctx => {
  ctx.state.parcels += 1;
});
const bonus = defineActor('bonus', { state: () => ({ points: 0 }) }).on(GrantPoints, ctx => {
  ctx.state.points += 1;
});

const shop = setup({
  types: {} as { input: Case; context: Case },
  actors: { charge: command(ChargePayment), ship: command(ShipOrder) },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'paying',
  states: {
    paying: { invoke: { id: 'charge', src: 'charge', input: whole, onDone: 'shipping', onError: 'failed' } },
    shipping: { invoke: { id: 'ship', src: 'ship', input: whole, onDone: 'shipped', onError: 'failed' } },
    shipped: { type: 'final' },
    failed: { type: 'final' },
  },
});
const club = setup({
  types: {} as { input: Case; context: Case },
  actors: { charge: command(ChargePayment), grant: command(GrantPoints) },
}).createMachine({
  id: 'club',
  context: ({ input }) => input,
  initial: 'paying',
  states: {
    paying: { invoke: { id: 'charge', src: 'charge', input: whole, onDone: 'granting', onError: 'failed' } },
    granting: { invoke: { id: 'grant', src: 'grant', input: whole, onDone: 'granted', onError: 'failed' } },
    granted: { type: 'final' },
    failed: { type: 'final' },
  },
});

export const expected: readonly CheckCode[] = ['TR103'];
export const app = defineApp({
  actors: [payments, shipping, bonus],
  sagas: [
    defineSaga('checkout', { machine: shop }).startsOn(OrderPlaced, data => data),
    defineSaga('club', { machine: club }).startsOn(OrderPlaced, data => data),
  ],
});
