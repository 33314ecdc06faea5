// Services that do what they are told and answer: stock, payments and shipping, and the steps a saga makes of them.
import { command, defineActor, isRefused } from 'troupe';
import {
  ChargePayment,
  FillStock,
  OrderCancelled,
  RecallParcel,
  RefundPayment,
  ReleaseStock,
  ReserveStock,
  ShipOrder,
  type Why,
} from './contracts.ts';
import { giveBack, take, type Shelves } from './shelves.ts';
import type { World } from './world.ts';

export const stock = defineActor('stock', { state: () => ({ units: {} as Shelves }), single: true })
  .on(FillStock, (ctx, { units }) => {
    ctx.state.units = { ...units };
  })
  .on(ReserveStock, (ctx, { lines }) =>
    take(ctx.state.units, lines) ? { ok: true } : { ok: false, why: 'out-of-stock' },
  )
  .on(ReleaseStock, (ctx, { lines }) => giveBack(ctx.state.units, lines));

export const paymentsOf = (world: World) =>
  defineActor('payments')
    .task(
      ChargePayment,
      async (ctx, payment) => ((await world.charge(payment, ctx)) ? { ok: true } : { ok: false, why: 'declined' }),
      { effect: 'charge-card' },
    )
    .task(
      RefundPayment,
      async (ctx, { orderId }) => {
        await world.refund(orderId, ctx);
      },
      { effect: 'refund-card' },
    );

export const shipping = defineActor('shipping', { state: () => ({ parcel: 'none' as 'none' | 'sent' | 'recalled' }) })
  .on(ShipOrder, (ctx, { isAddressed }) => {
    if (!isAddressed) return { ok: false, why: 'no-address' };
    ctx.state.parcel = 'sent';
    return { ok: true };
  })
  .on(RecallParcel, ctx => {
    ctx.state.parcel = 'recalled';
  });

/** Each step says how it is undone; in which order, and whether at all, is the saga's business. */
export const steps = {
  reserve: command(ReserveStock, {
    doneIf: reply => reply.ok,
    compensate: { send: ReleaseStock, data: (_, { orderId, lines }) => ({ orderId, lines }) },
  }),
  charge: command(ChargePayment, {
    doneIf: reply => reply.ok,
    compensate: { send: RefundPayment, data: (_, { orderId }) => ({ orderId }) },
  }),
  ship: command(ShipOrder, {
    doneIf: reply => reply.ok,
    compensate: { send: RecallParcel, data: (_, { orderId }) => ({ orderId }) },
  }),
};

/** Why a saga goes on to the end of an order; null where its last step is done. */
export function whyOf(event: { readonly type: string; readonly error?: unknown }): Why | null {
  if (event.type === OrderCancelled.type) return 'cancelled';
  if (!('error' in event)) return null;
  const step = [ReserveStock, ChargePayment, ShipOrder].find(contract => isRefused(contract, event.error));
  return step && isRefused(step, event.error) && !event.error.reply.ok ? event.error.reply.why : 'fault';
}
