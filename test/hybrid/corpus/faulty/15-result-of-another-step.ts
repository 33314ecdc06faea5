// The saga commands the stock and then the payment, and payments charges already when the stock says that it reserved.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { money, whole, type Case } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', money);
const StockReserved = defineEvent('stock.reserved', money);
const PaymentCharged = defineEvent('payment.charged', money);
const ReserveStock = defineCommand('stock.reserve', money);
const ChargePayment = defineCommand('payment.charge', money);

const stock = defineActor('stock', { state: () => ({ orders: 0 }), publishes: [StockReserved] }).on(
  ReserveStock,
  (ctx, order) => {
    ctx.state.orders += 1;
    ctx.publish(StockReserved, order);
  },
);
const payments = defineActor('payments', { state: () => ({ cents: 0 }), publishes: [PaymentCharged] })
  .on(ChargePayment, (ctx, charge) => {
    ctx.state.cents += charge.cents;
    ctx.publish(PaymentCharged, charge);
  })
  .on(StockReserved, (ctx, order) => {
    ctx.state.cents += order.cents;
    ctx.publish(PaymentCharged, order);
  });

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: { reserve: command(ReserveStock), charge: command(ChargePayment) },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'reserving',
  states: {
    reserving: { invoke: { id: 'reserve', src: 'reserve', input: whole, onDone: 'paying', onError: 'failed' } },
    paying: { invoke: { id: 'charge', src: 'charge', input: whole, onDone: 'paid', onError: 'failed' } },
    paid: { type: 'final' },
    failed: { type: 'final' },
  },
});
const checkout = defineSaga('checkout', { machine }).startsOn(OrderPlaced, data => data);

export const expected: readonly CheckCode[] = ['TR102'];
export const app = defineApp({ actors: [stock, payments], sagas: [checkout] });
