// Work and its undo carry names, and the actor that does both also hears of the rejected order, to lower a limit.
import { emit, setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { MessageOf } from '../../../../src/index.ts';
import { about, money, ok, whole, type Case } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', money);
const OrderRejected = defineEvent('order.rejected', about);
const ChargeCard = defineCommand('card.charge', { ...money, reply: ok });
const RefundCard = defineCommand('card.refund', money);
const ShipOrder = defineCommand('shipping.ship', { ...about, reply: ok });

const cards = defineActor('cards', { state: () => ({ limit: 100_000 }) })
  .on(
    ChargeCard,
    (ctx, { cents }) => {
      ctx.state.limit -= cents;
      return { ok: ctx.state.limit >= 0 };
    },
    { effect: 'move-money' },
  )
  .on(
    RefundCard,
    (ctx, { cents }) => {
      ctx.state.limit += cents;
    },
    { effect: 'move-money' },
  )
  .on(
    OrderRejected,
    ctx => {
      ctx.state.limit = Math.min(ctx.state.limit, 50_000);
    },
    { effect: 'lower-limit' },
  );
const shipping = defineActor('shipping').task(
  ShipOrder,
  async (ctx, { id }) => ctx.step('book', () => ({ ok: id !== '' })),
  { effect: 'book-carrier' },
);

const machine = setup({
  types: {} as { input: Case; context: Case; emitted: MessageOf<typeof OrderRejected>; tags: 'compensate' },
  actors: {
    charge: command(ChargeCard, {
      doneIf: reply => reply.ok,
      compensate: { send: RefundCard, data: (_reply, charge) => charge },
    }),
    ship: command(ShipOrder, { timeout: '2d', doneIf: reply => reply.ok }),
  },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'charging',
  states: {
    charging: { invoke: { id: 'charge', src: 'charge', input: whole, onDone: 'shipping', onError: 'rejected' } },
    shipping: { invoke: { id: 'ship', src: 'ship', input: whole, onDone: 'shipped', onError: 'rejected' } },
    shipped: { type: 'final' },
    rejected: {
      type: 'final',
      tags: 'compensate',
      entry: emit(({ context: { id } }) => OrderRejected({ id })),
    },
  },
});
const checkout = defineSaga('checkout', { machine, publishes: [OrderRejected] }).startsOn(OrderPlaced, data => data);

export const app = defineApp({ actors: [cards, shipping], sagas: [checkout] });
