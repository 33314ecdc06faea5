// The command that repeats the reaction is sent in one region of a parallel state, two levels down.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about, money, ok, whole, type Case } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', money);
const StockReserved = defineEvent('stock.reserved', about);
const ReserveStock = defineCommand('stock.reserve', { ...about, reply: ok });
const ChargePayment = defineCommand('payment.charge', { ...money, reply: ok });

const stock = defineActor('stock', { state: () => ({ units: 0 }), publishes: [StockReserved] })
  .on(ReserveStock, (ctx, { id }) => {
    ctx.state.units += 1;
    ctx.publish(StockReserved, { id });
    return { ok: true };
  })
  .on(OrderPlaced, (ctx, { id }) => {
    ctx.state.units += 1;
    ctx.publish(StockReserved, { id });
  });
const payments = defineActor('payments', { state: () => ({ cents: 0 }) }).on(ChargePayment, (ctx, { cents }) => {
  ctx.state.cents += cents;
  return { ok: true };
});

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: { reserve: command(ReserveStock), charge: command(ChargePayment) },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'securing',
  states: {
    securing: {
      type: 'parallel',
      onDone: 'ready',
      states: {
        goods: {
          initial: 'asking',
          states: {
            asking: {
              invoke: { id: 'reserve', src: 'reserve', input: whole, onDone: 'here', onError: '#checkout.failed' },
            },
            here: { type: 'final' },
          },
        },
        money: {
          initial: 'asking',
          states: {
            asking: {
              invoke: { id: 'charge', src: 'charge', input: whole, onDone: 'here', onError: '#checkout.failed' },
            },
            here: { type: 'final' },
          },
        },
      },
    },
    ready: { type: 'final' },
    failed: { type: 'final' },
  },
});
const checkout = defineSaga('checkout', { machine }).startsOn(OrderPlaced, data => data);

export const expected: readonly CheckCode[] = ['TR101'];
export const app = defineApp({ actors: [stock, payments], sagas: [checkout] });
