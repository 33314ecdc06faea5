// A checkout with parallel steps, refusals, a patience timer and compensation; shared by saga tests.
import { assign, emit, setup } from 'xstate';
import { z } from 'zod';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga, isRefused } from '../../src/index.ts';
import type { DataOf, MessageOf } from '../../src/index.ts';

const order = {
  data: z.object({ orderId: z.string(), cents: z.int() }),
  key: (d: { orderId: string }): string => d.orderId,
};
const one = { data: z.object({ orderId: z.string() }), key: (d: { orderId: string }): string => d.orderId };

export const OrderPlaced = defineEvent('order.placed', order);
export const OrderCancelled = defineEvent('order.cancelled', {
  ...one,
  data: z.object({ orderId: z.string(), reason: z.string() }),
});
export const OrderConfirmed = defineEvent('order.confirmed', one);
export const OrderRejected = defineEvent('order.rejected', {
  ...one,
  data: z.object({ orderId: z.string(), why: z.string() }),
});
export const Charge = defineCommand('payment.charge', {
  ...order,
  reply: z.discriminatedUnion('ok', [
    z.object({ ok: z.literal(true), receipt: z.string() }),
    z.object({ ok: z.literal(false), code: z.enum(['declined', 'expired']) }),
  ]),
});
export const Refund = defineCommand('payment.refund', {
  ...one,
  data: z.object({ orderId: z.string(), receipt: z.string() }),
});
export const Reserve = defineCommand('stock.reserve', { ...one, reply: z.object({ reservation: z.string() }) });
export const Release = defineCommand('stock.release', {
  ...one,
  data: z.object({ orderId: z.string(), reservation: z.string() }),
});
export const Ship = defineCommand('shipping.ship', { ...one, reply: z.object({ trackingCode: z.string() }) });

interface Checkout {
  readonly orderId: string;
  readonly cents: number;
  readonly receipt?: string;
  readonly trackingCode?: string;
  readonly why?: string;
}

export const machine = setup({
  types: {} as {
    input: DataOf<typeof OrderPlaced>;
    context: Checkout;
    events: MessageOf<typeof OrderCancelled>;
    emitted: MessageOf<typeof OrderConfirmed | typeof OrderRejected>;
    output: { shipped: boolean };
    tags: 'compensate';
  },
  actors: {
    charge: command(Charge, {
      timeout: '30s',
      doneIf: r => r.ok,
      compensate: { send: Refund, data: (r, c) => ({ orderId: c.orderId, receipt: r.receipt }) },
    }),
    reserve: command(Reserve, {
      compensate: { send: Release, data: (r, c) => ({ orderId: c.orderId, reservation: r.reservation }) },
    }),
    ship: command(Ship, { timeout: '2d' }),
  },
  delays: { patience: 86_400_000 },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => ({ orderId: input.orderId, cents: input.cents }),
  initial: 'paying',
  output: ({ context }) => ({ shipped: context.trackingCode !== undefined }),
  on: { 'order.cancelled': { target: '.rejected', actions: assign({ why: ({ event }) => event.data.reason }) } },
  after: { patience: { target: '.rejected', actions: assign({ why: 'too slow' }) } },
  states: {
    paying: {
      type: 'parallel',
      states: {
        money: {
          initial: 'asking',
          states: {
            asking: {
              invoke: {
                id: 'charge',
                src: 'charge',
                input: ({ context }) => ({ orderId: context.orderId, cents: context.cents }),
                onDone: { target: 'charged', actions: assign({ receipt: ({ event }) => event.output.receipt }) },
                onError: {
                  target: '#checkout.rejected',
                  actions: assign({
                    why: ({ event }) =>
                      isRefused(Charge, event.error) && !event.error.reply.ok ? event.error.reply.code : 'fault',
                  }),
                },
              },
            },
            charged: { type: 'final' },
          },
        },
        goods: {
          initial: 'asking',
          states: {
            asking: {
              invoke: {
                id: 'reserve',
                src: 'reserve',
                input: ({ context }) => ({ orderId: context.orderId }),
                onDone: 'reserved',
                onError: '#checkout.rejected',
              },
            },
            reserved: { type: 'final' },
          },
        },
      },
      onDone: 'shipping',
    },
    shipping: {
      invoke: {
        id: 'ship',
        src: 'ship',
        input: ({ context }) => ({ orderId: context.orderId }),
        onDone: { target: 'confirmed', actions: assign({ trackingCode: ({ event }) => event.output.trackingCode }) },
        onError: 'rejected',
      },
    },
    confirmed: { type: 'final', entry: emit(({ context }) => OrderConfirmed({ orderId: context.orderId })) },
    rejected: {
      type: 'final',
      tags: 'compensate',
      entry: emit(({ context }) => OrderRejected({ orderId: context.orderId, why: context.why ?? '' })),
    },
  },
});

export const checkout = defineSaga('checkout', { machine, version: 1, publishes: [OrderConfirmed, OrderRejected] })
  .startsOn(OrderPlaced, data => data)
  .on(OrderCancelled);

export const payments = defineActor('payments', { state: () => ({ charged: 0, refunded: 0 }) })
  .on(Charge, (ctx, { cents }) => {
    if (cents > 100_000) return { ok: false, code: 'declined' };
    ctx.state.charged += cents;
    return { ok: true, receipt: ctx.id() };
  })
  .on(Refund, ctx => {
    ctx.state.refunded = ctx.state.charged;
  });
export const stock = defineActor('stock', { state: () => ({ reserved: 0, released: 0 }), single: true })
  .on(
    Reserve,
    (ctx, { orderId }) => {
      if (orderId.startsWith('sold-out')) throw new RangeError('nothing left');
      ctx.state.reserved += 1;
      return { reservation: ctx.id() };
    },
    { retry: { attempts: 1 } },
  )
  .on(Release, ctx => {
    ctx.state.released += 1;
  });
export const shipping = defineActor('shipping').on(
  Ship,
  (ctx, { orderId }) => {
    if (orderId.startsWith('lost')) throw new RangeError('no carrier');
    return { trackingCode: ctx.id() };
  },
  { retry: { attempts: 1 } },
);

export const app = defineApp({ actors: [payments, stock, shipping], sagas: [checkout] });
