// The saga claims two commands and sends one: stock gives way to it, and nobody reserves anything.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about, money, whole, type Case } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', money);
const ChargePayment = defineCommand('payment.charge', money);
const StockReserved = defineEvent('stock.reserved', about);
const ReserveStock = defineCommand('stock.reserve', about);

const payments = defineActor('payments', { state: () => ({ cents: 0 }) }).on(ChargePayment, (ctx, { cents }) => {
  ctx.state.cents += cents;
});
const stock = defineActor('stock', { state: () => ({ units: 0 }), publishes: [StockReserved] })
  .on(ReserveStock, (ctx, { id }) => {
    ctx.state.units += 1;
    ctx.publish(StockReserved, { id });
  })
  .on(
    OrderPlaced,
    (ctx, { id }) => {
      ctx.state.units += 1;
      ctx.publish(StockReserved, { id });
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
const checkout = defineSaga('checkout', { machine, orchestrates: [ChargePayment, ReserveStock] }).startsOn(
  OrderPlaced,
  data => data,
);

export const expected: readonly CheckCode[] = ['TR106'];
export const app = defineApp({ actors: [payments, stock], sagas: [checkout] });
