// The order flow by commands only: one saga knows every step, and the services know nobody.
import { command, defineActor, defineApp, defineSaga, type App, type MessageOf } from 'troupe';
import { assign, emit, setup } from 'xstate';
import {
  CountOrder,
  OrderCancelled,
  OrderPlaced,
  OrderRejected,
  OrderShipped,
  WriteLetter,
  type Order,
  type Why,
} from './contracts.ts';
import { paymentsOf, shipping, steps, stock, whyOf } from './services.ts';
import type { World } from './world.ts';

const mailOf = (world: World) =>
  defineActor('mail').task(
    WriteLetter,
    async (ctx, { orderId, why }) => void (await world.write(orderId, why ?? 'shipped', ctx)),
    { effect: 'write-letter' },
  );

const statistics = defineActor('statistics', {
  state: () => ({ shipped: 0, rejected: 0, cents: 0 }),
  single: true,
}).on(CountOrder, (ctx, { why, cents }) => {
  ctx.state[why === null ? 'shipped' : 'rejected'] += 1;
  if (why === null) ctx.state.cents += cents;
});

const machine = setup({
  types: {} as {
    input: Order;
    context: Order & { readonly why: Why | null };
    events: MessageOf<typeof OrderCancelled>;
    emitted: MessageOf<typeof OrderShipped | typeof OrderRejected>;
    tags: 'compensate';
  },
  actors: {
    ...steps,
    // A letter that is written stays written, whatever comes of the order.
    write: command(WriteLetter, { compensate: false }),
    count: command(CountOrder, { compensate: false }),
  },
  guards: { isShipped: ({ context }) => context.why === null },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => ({ ...input, why: null }),
  initial: 'reserving',
  on: { 'order.cancelled': '.ending' },
  states: {
    reserving: {
      invoke: {
        id: 'reserve',
        src: 'reserve',
        input: ({ context }) => context,
        onDone: 'charging',
        onError: 'ending',
      },
    },
    charging: {
      invoke: { id: 'charge', src: 'charge', input: ({ context }) => context, onDone: 'shipping', onError: 'ending' },
    },
    shipping: {
      invoke: { id: 'ship', src: 'ship', input: ({ context }) => context, onDone: 'ending', onError: 'ending' },
    },
    ending: {
      // What has been told is not taken back.
      on: { 'order.cancelled': {} },
      entry: [
        assign({ why: ({ event }) => whyOf(event) }),
        emit(({ context: { orderId, cents, why } }) =>
          why === null ? OrderShipped({ orderId, cents }) : OrderRejected({ orderId, why }),
        ),
      ],
      type: 'parallel',
      states: {
        customer: {
          initial: 'writing',
          states: {
            writing: {
              invoke: { id: 'write', src: 'write', input: ({ context }) => context, onDone: 'done', onError: 'done' },
            },
            done: { type: 'final' },
          },
        },
        books: {
          initial: 'counting',
          states: {
            counting: {
              invoke: { id: 'count', src: 'count', input: ({ context }) => context, onDone: 'done', onError: 'done' },
            },
            done: { type: 'final' },
          },
        },
      },
      onDone: [{ guard: 'isShipped', target: 'shipped' }, { target: 'rejected' }],
    },
    shipped: { type: 'final' },
    rejected: { type: 'final', tags: 'compensate' },
  },
});

const checkout = defineSaga('checkout', { machine, publishes: [OrderShipped, OrderRejected] })
  .startsOn(OrderPlaced, order => order)
  .on(OrderCancelled);

export const orchestrated = (world: World): App =>
  defineApp({ actors: [stock, paymentsOf(world), shipping, mailOf(world), statistics], sagas: [checkout] });
