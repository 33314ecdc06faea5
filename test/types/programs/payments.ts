// An actor that uses every kind of handler, with inference only.
import { defineActor, type Actor } from '../../../src/index.ts';
import {
  ChargePayment,
  OrderCancelled,
  OrderPlaced,
  OrderShipped,
  PaymentCharged,
  RefundPayment,
} from './contracts.ts';
declare const stripe: {
  charge(id: string, o: { idempotencyKey: string; signal: AbortSignal }): Promise<{ receipt: string } | undefined>;
  refund(id: string, o: { idempotencyKey: string; signal: AbortSignal }): Promise<void>;
};
const actor = defineActor('payments', {
  state: () => ({ charged: 0 }),
  publishes: [PaymentCharged, OrderShipped],
  sends: [RefundPayment],
});
export const payments = actor
  .on(ChargePayment, (ctx, charge) => {
    ctx.state.charged += charge.cents;
    ctx.publish(PaymentCharged, { orderId: charge.orderId, receipt: 'r' });
    return { ok: true, receipt: ctx.id() };
  })
  .task(OrderCancelled, async (ctx, order) => {
    await stripe.refund(order.orderId, { idempotencyKey: ctx.idempotencyKey, signal: ctx.signal });
  })
  .task(ChargePayment, {
    timeout: '30s',
    run: async (ctx, c) => stripe.charge(c.orderId, ctx),
    done: (ctx, receipt, c) => {
      if (!receipt) return { ok: false, code: 'declined' };
      ctx.publish(PaymentCharged, { orderId: c.orderId, receipt: receipt.receipt });
      return { ok: true, receipt: receipt.receipt };
    },
    failed: (_ctx, failure) => {
      if (failure.timedOut) throw new Error(failure.message);
      return { ok: false, code: 'declined' };
    },
  })
  .on(OrderPlaced, (ctx, order) => {
    ctx.log.info(order.currency);
  })
  .on(OrderPlaced, (ctx, order) => ctx.log.info(order.currency), { key: o => o.currency, where: o => o.cents > 0 })
  .on(OrderPlaced, () => {})
  .onAny('order.#', (ctx, e) => {
    ctx.log.info(e.type);
  });
const asOpaque: Actor = payments;
void asOpaque;
export const list: readonly Actor[] = [
  payments,
  defineActor('x').on(OrderPlaced, () => {}),
  defineActor('y', { state: () => 0 }).on(OrderPlaced, ctx => {
    ctx.state++;
  }),
];
