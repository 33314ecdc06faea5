// The order flow by events only: nobody knows the whole.
import { z } from 'zod';
import { defineActor, defineApp, defineEvent } from '../../../src/index.ts';
import { OrderPlaced, OrderRejected, OrderShipped, PaymentCharged } from './contracts.ts';

const byOrder = { key: (d: { orderId: string }) => d.orderId };
export const StockReserved = defineEvent('stock.reserved', {
  data: z.object({ orderId: z.string(), cents: z.int() }),
  ...byOrder,
});
export const StockShort = defineEvent('stock.short', { data: z.object({ orderId: z.string() }), ...byOrder });

interface Stock {
  onHand: number;
  readonly held: Record<string, number>;
}

export const stock = defineActor('stock', {
  state: (): Stock => ({ onHand: 10, held: {} }),
  publishes: [StockReserved, StockShort],
  single: true,
})
  .on(OrderPlaced, (ctx, order) => {
    if (ctx.state.onHand === 0) return ctx.publish(StockShort, { orderId: order.orderId });
    ctx.state.onHand--;
    ctx.state.held[order.orderId] = 1;
    ctx.publish(StockReserved, { orderId: order.orderId, cents: order.cents });
  })
  .on(OrderRejected, (ctx, order) => {
    ctx.state.onHand += ctx.state.held[order.orderId] ?? 0;
    delete ctx.state.held[order.orderId];
  });

export const payments = defineActor('payments', { publishes: [PaymentCharged, OrderRejected] }).task(StockReserved, {
  timeout: '20s',
  retry: { attempts: 5, delay: '1s', factor: 2 },
  run: async (ctx, { orderId, cents }) => {
    const response = await fetch('https://pay.example/charges', {
      method: 'POST',
      signal: ctx.signal,
      headers: { 'idempotency-key': ctx.idempotencyKey },
      body: JSON.stringify({ orderId, cents }),
    });
    return response.ok ? ((await response.json()) as { receipt: string }) : undefined;
  },
  done: (ctx, charge, { orderId }) =>
    charge
      ? ctx.publish(PaymentCharged, { orderId, receipt: charge.receipt })
      : ctx.publish(OrderRejected, { orderId, why: 'declined' }),
  failed: (ctx, failure, { orderId }) => ctx.publish(OrderRejected, { orderId, why: failure.message }),
});

export const shipping = defineActor('shipping', { publishes: [OrderShipped] }).on(PaymentCharged, (ctx, { orderId }) =>
  ctx.publish(OrderShipped, { orderId, trackingCode: ctx.id() }),
);

export const app = defineApp({ actors: [stock, payments, shipping] });
