// The shelf is commanded to reserve, and gives back on the event of a cancellation: one field, and the opposite of it.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { MessageOf } from '../../../../src/index.ts';
import { about, whole } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', about);
const OrderCancelled = defineEvent('order.cancelled', about);
const ReserveGoods = defineCommand('stock.reserve', about);

const shelf = defineActor('shelf', { state: () => ({ open: 10, seen: 0 }) })
  .on(ReserveGoods, ctx => {
    ctx.state.open -= 1;
  })
  .on(OrderPlaced, ctx => {
    ctx.state.seen += 1;
  })
  .on(OrderCancelled, ctx => {
    ctx.state.open += 1;
  });

const machine = setup({
  types: {} as { input: { id: string }; context: { id: string }; events: MessageOf<typeof OrderCancelled> },
  actors: { reserve: command(ReserveGoods, { timeout: '1m' }) },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'reserving',
  on: { 'order.cancelled': '.failed' },
  states: {
    reserving: { invoke: { id: 'reserve', src: 'reserve', input: whole, onDone: 'reserved', onError: 'failed' } },
    reserved: { type: 'final' },
    failed: { type: 'final' },
  },
});
const checkout = defineSaga('checkout', { machine })
  .startsOn(OrderPlaced, data => data)
  .on(OrderCancelled);

export const app = defineApp({ actors: [shelf], sagas: [checkout] });
