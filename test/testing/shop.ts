// A small hybrid app for tests of the test kit: a checkout conducts payment and shipping, books and mail react to events.
import { emit, setup } from 'xstate';
import { z } from 'zod';
import {
  command,
  defineActor,
  defineApp,
  defineCommand,
  defineEvent,
  defineSaga,
  type DataOf,
  type MessageOf,
} from '../../src/index.ts';

const byOrder = (data: { readonly orderId: string }): string => data.orderId;
const order = z.object({ orderId: z.string(), cents: z.int() });

export const OrderPlaced = defineEvent('order.placed', { data: order, key: byOrder });
export const OrderConfirmed = defineEvent('order.confirmed', { data: z.object({ orderId: z.string() }), key: byOrder });
export const OrderRejected = defineEvent('order.rejected', { data: z.object({ orderId: z.string() }), key: byOrder });
export const OrderCancelled = defineEvent('order.cancelled', { data: z.object({ orderId: z.string() }), key: byOrder });
export const PaymentCharged = defineEvent('payment.charged', { data: order, key: byOrder });
export const ChargePayment = defineCommand('payment.charge', {
  data: order,
  key: byOrder,
  reply: z.discriminatedUnion('ok', [
    z.object({ ok: z.literal(true), receipt: z.string() }),
    z.object({ ok: z.literal(false), code: z.string() }),
  ]),
});
export const RefundPayment = defineCommand('payment.refund', {
  data: z.object({ orderId: z.string(), receipt: z.string() }),
  key: byOrder,
});
export const ShipOrder = defineCommand('shipping.ship', {
  data: z.object({ orderId: z.string() }),
  key: byOrder,
  reply: z.object({ parcel: z.string() }),
});

export const payments = defineActor('payments', {
  state: () => ({ status: 'open' as 'open' | 'charged' | 'refunded', cents: 0 }),
  publishes: [PaymentCharged],
})
  .on(ChargePayment, (ctx, charge) => {
    if (charge.cents > 100_000) return { ok: false, code: 'declined' };
    ctx.state.status = 'charged';
    ctx.state.cents = charge.cents;
    ctx.publish(PaymentCharged, charge);
    return { ok: true, receipt: `receipt-${charge.orderId}` };
  })
  .on(RefundPayment, ctx => void (ctx.state.status = 'refunded'));

export const shipping = defineActor('shipping', { state: () => ({ parcels: 0 }) }).task(ShipOrder, {
  timeout: '30s',
  retry: { attempts: 3 },
  run: async (ctx, { orderId }) => {
    const parcel = await ctx.step('label', () => `parcel-${orderId}`);
    await ctx.sleep('pickup', '1h');
    return { parcel };
  },
  done: (ctx, result) => {
    ctx.state.parcels += 1;
    return result;
  },
});

export const books = defineActor('books', { state: () => ({ cents: 0, orders: [] as string[] }), single: true }).on(
  PaymentCharged,
  (ctx, { orderId, cents }) => {
    ctx.state.cents += cents;
    ctx.state.orders.push(orderId);
  },
);

const machine = setup({
  types: {} as {
    input: DataOf<typeof OrderPlaced>;
    context: DataOf<typeof OrderPlaced>;
    events: MessageOf<typeof OrderCancelled>;
    emitted: MessageOf<typeof OrderConfirmed | typeof OrderRejected>;
    tags: 'compensate';
  },
  actors: {
    charge: command(ChargePayment, {
      timeout: '30s',
      doneIf: reply => reply.ok,
      compensate: {
        send: RefundPayment,
        data: (reply, charge) => ({ orderId: charge.orderId, receipt: reply.receipt }),
      },
    }),
    ship: command(ShipOrder, { timeout: '1d' }),
  },
  delays: { patience: 172_800_000 },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => ({ ...input }),
  initial: 'charging',
  on: { 'order.cancelled': '.rejected' },
  after: { patience: '.rejected' },
  states: {
    charging: {
      invoke: { src: 'charge', input: ({ context }) => context, onDone: 'shipping', onError: 'rejected' },
    },
    shipping: {
      invoke: {
        src: 'ship',
        input: ({ context }) => ({ orderId: context.orderId }),
        onDone: 'confirmed',
        onError: 'rejected',
      },
    },
    confirmed: { type: 'final', entry: emit(({ context }) => OrderConfirmed({ orderId: context.orderId })) },
    rejected: {
      type: 'final',
      tags: 'compensate',
      entry: emit(({ context }) => OrderRejected({ orderId: context.orderId })),
    },
  },
});

export const checkout = defineSaga('checkout', { machine, publishes: [OrderConfirmed, OrderRejected] })
  .startsOn(OrderPlaced, data => data)
  .on(OrderCancelled);

export const app = defineApp({ actors: [payments, shipping, books], sagas: [checkout] });
