// The order flow in both styles: a saga owns money and goods, and whoever nobody waits for reacts to what became of it.
import { defineApp, defineSaga, type App, type MessageOf } from 'troupe';
import { emit, setup } from 'xstate';
import { OrderCancelled, OrderPlaced, OrderRejected, OrderShipped, type Order } from './contracts.ts';
import { mailOf, statistics } from './reactions.ts';
import { paymentsOf, shipping, steps, stock, whyOf } from './services.ts';
import type { World } from './world.ts';

const machine = setup({
  types: {} as {
    input: Order;
    context: Order;
    events: MessageOf<typeof OrderCancelled>;
    emitted: MessageOf<typeof OrderShipped | typeof OrderRejected>;
    tags: 'compensate';
  },
  actors: steps,
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'reserving',
  on: { 'order.cancelled': '.rejected' },
  states: {
    reserving: {
      invoke: {
        id: 'reserve',
        src: 'reserve',
        input: ({ context }) => context,
        onDone: 'charging',
        onError: 'rejected',
      },
    },
    charging: {
      invoke: { id: 'charge', src: 'charge', input: ({ context }) => context, onDone: 'shipping', onError: 'rejected' },
    },
    shipping: {
      invoke: { id: 'ship', src: 'ship', input: ({ context }) => context, onDone: 'shipped', onError: 'rejected' },
    },
    shipped: { type: 'final', entry: emit(({ context: { orderId, cents } }) => OrderShipped({ orderId, cents })) },
    rejected: {
      type: 'final',
      tags: 'compensate',
      entry: emit(({ context: { orderId }, event }) => OrderRejected({ orderId, why: whyOf(event) ?? 'fault' })),
    },
  },
});

const checkout = defineSaga('checkout', { machine, publishes: [OrderShipped, OrderRejected] })
  .startsOn(OrderPlaced, order => order)
  .on(OrderCancelled);

export const hybrid = (world: World): App =>
  defineApp({ actors: [stock, paymentsOf(world), shipping, mailOf(world), statistics], sagas: [checkout] });
