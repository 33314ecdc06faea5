// Both handlers of the shelf publish that it has changed; the effects they name say that they do different work.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import { about, whole } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', about);
const StockChanged = defineEvent('stock.changed', about);
const ReserveGoods = defineCommand('stock.reserve', about);

const shelf = defineActor('shelf', { state: () => ({ reserved: 0, asked: 0 }), publishes: [StockChanged] })
  .on(
    ReserveGoods,
    (ctx, { id }) => {
      ctx.state.reserved += 1;
      ctx.publish(StockChanged, { id });
    },
    { effect: 'reserve-goods' },
  )
  .on(
    OrderPlaced,
    (ctx, { id }) => {
      ctx.state.asked += 1;
      ctx.publish(StockChanged, { id });
    },
    { effect: 'count-demand' },
  );

const machine = setup({
  types: {} as { input: { id: string }; context: { id: string } },
  actors: { reserve: command(ReserveGoods, { timeout: '1m' }) },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'reserving',
  states: {
    reserving: { invoke: { id: 'reserve', src: 'reserve', input: whole, onDone: 'reserved', onError: 'failed' } },
    reserved: { type: 'final' },
    failed: { type: 'final' },
  },
});
const checkout = defineSaga('checkout', { machine }).startsOn(OrderPlaced, data => data);

export const app = defineApp({ actors: [shelf], sagas: [checkout] });
