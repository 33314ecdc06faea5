// The order flow by events only: each service reacts to what has happened, and nobody knows the whole.
import { defineActor, defineApp, type App, type ContextOf, type DataOf } from 'troupe';
import {
  FillStock,
  OrderCancelled,
  OrderPlaced,
  OrderRejected,
  OrderShipped,
  PaymentCharged,
  PaymentDeclined,
  RefundPayment,
  ShippingRefused,
  StockRefused,
  StockReserved,
} from './contracts.ts';
import { mailOf, statistics } from './reactions.ts';
import { giveBack, take, type Lines, type Shelves } from './shelves.ts';
import type { World } from './world.ts';

/** What an order would give back; nothing, where its rejection came before it. */
type Kept = Record<string, Lines>;

const stock = defineActor('stock', {
  state: () => ({ units: {} as Shelves, kept: {} as Kept }),
  publishes: [StockReserved, StockRefused],
  single: true,
})
  .on(FillStock, (ctx, { units }) => void (ctx.state.units = { ...units }), { publishes: [] })
  .on(OrderPlaced, (ctx, order) => {
    const { orderId, lines } = order;
    const { units, kept } = ctx.state;
    if (kept[orderId]) {
      delete kept[orderId];
      return;
    }
    const isReserved = take(units, lines);
    kept[orderId] = isReserved ? lines : [];
    if (isReserved) ctx.publish(StockReserved, order);
    else ctx.publish(StockRefused, { orderId, why: 'out-of-stock' });
  })
  .on(
    OrderRejected,
    (ctx, { orderId }) => {
      const { units, kept } = ctx.state;
      giveBack(units, kept[orderId] ?? []);
      if (kept[orderId]) delete kept[orderId];
      else kept[orderId] = [];
    },
    { publishes: [] },
  )
  .on(OrderShipped, (ctx, { orderId }) => void delete ctx.state.kept[orderId], { publishes: [] });

type Payment = 'open' | 'charged' | 'rejected';

/** A rejection may overtake the charge: whether the bank has heard of it nobody knows, so it is asked, and refunds. */
const paymentsOf = (world: World) =>
  defineActor('payments', {
    state: () => ({ status: 'open' as Payment }),
    publishes: [PaymentCharged, PaymentDeclined],
  })
    .task(StockReserved, {
      effect: 'charge-card',
      run: (ctx, order) => world.charge(order, ctx),
      done: (ctx, isCharged, order) => {
        const { orderId } = order;
        if (!isCharged) ctx.publish(PaymentDeclined, { orderId, why: 'declined' });
        else if (ctx.state.status === 'rejected') ctx.start(RefundPayment, { orderId });
        else {
          ctx.state.status = 'charged';
          ctx.publish(PaymentCharged, order);
        }
      },
      failed: (ctx, _, { orderId }) => ctx.publish(PaymentDeclined, { orderId, why: 'fault' }),
    })
    .on(
      OrderRejected,
      (ctx, { orderId }) => {
        if (ctx.state.status === 'charged') ctx.start(RefundPayment, { orderId });
        ctx.state.status = 'rejected';
      },
      { publishes: [] },
    )
    .task(RefundPayment, async (ctx, { orderId }) => void (await world.refund(orderId, ctx)), {
      effect: 'refund-card',
      publishes: [],
    });

/** Only shipping knows whether a parcel is gone: it decides whether a customer may still cancel. */
const shipping = defineActor('shipping', {
  state: () => ({ parcel: 'none' as 'none' | 'sent' | 'stopped' }),
  publishes: [OrderShipped, ShippingRefused],
})
  .on(PaymentCharged, (ctx, { orderId, cents, isAddressed }) => {
    if (ctx.state.parcel !== 'none') return;
    ctx.state.parcel = isAddressed ? 'sent' : 'stopped';
    if (isAddressed) ctx.publish(OrderShipped, { orderId, cents });
    else ctx.publish(ShippingRefused, { orderId, why: 'no-address' });
  })
  .on(
    OrderCancelled,
    (ctx, { orderId }) => {
      if (ctx.state.parcel !== 'none') return;
      ctx.state.parcel = 'stopped';
      ctx.publish(ShippingRefused, { orderId, why: 'cancelled' });
    },
    { publishes: [ShippingRefused] },
  );

/** Whoever refuses says so in words of its own; here it becomes the one fact that all others undo their part for. */
const base = defineActor('orders', { state: () => ({ isRejected: false }), publishes: [OrderRejected] });

function reject(ctx: ContextOf<typeof base>, { orderId, why }: DataOf<typeof OrderRejected>): void {
  if (ctx.state.isRejected) return;
  ctx.state.isRejected = true;
  ctx.publish(OrderRejected, { orderId, why });
}

const orders = base.on(StockRefused, reject).on(PaymentDeclined, reject).on(ShippingRefused, reject);

export const choreographed = (world: World): App =>
  defineApp({ actors: [stock, paymentsOf(world), shipping, orders, mailOf(world), statistics] });
