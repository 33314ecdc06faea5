// The same by commands: payments, stock and shipping only answer; who asks them knows the whole.
import { createRuntime, defineActor, defineApp } from '../../../src/index.ts';
import {
  ChargePayment,
  OrderPlaced,
  PaymentCharged,
  RefundPayment,
  ReleaseStock,
  ReserveStock,
  ShipOrder,
} from './contracts.ts';

type Payment = { status: 'open' } | { status: 'charged'; receipt: string; cents: number } | { status: 'refunded' };
export const payments = defineActor('payments', {
  state: (): Payment => ({ status: 'open' }),
  publishes: [PaymentCharged],
})
  .on(ChargePayment, (ctx, charge) => {
    if (ctx.state.status !== 'open') return { ok: false, code: 'expired' };
    if (charge.cents > 100_000) return { ok: false, code: 'declined' };
    const receipt = ctx.id();
    ctx.state = { status: 'charged', receipt, cents: charge.cents };
    ctx.publish(PaymentCharged, { orderId: charge.orderId, receipt });
    return { ok: true, receipt };
  })
  .on(RefundPayment, ctx => {
    ctx.state = { status: 'refunded' };
  });
export const stock = defineActor('stock', { state: () => ({ onHand: {} as Record<string, number> }), single: true })
  .on(ReserveStock, (ctx, { lines }) => {
    const missing = lines.filter(l => (ctx.state.onHand[l.sku] ?? 0) < l.quantity).map(l => l.sku);
    if (missing.length > 0) return { status: 'short', missing };
    for (const l of lines) ctx.state.onHand[l.sku] = (ctx.state.onHand[l.sku] ?? 0) - l.quantity;
    return { status: 'reserved', reservation: ctx.id() };
  })
  .on(ReleaseStock, () => {});
export const shipping = defineActor('shipping').on(ShipOrder, ctx => ({ trackingCode: ctx.id() }));
export const app = defineApp({ actors: [payments, stock, shipping] });

export async function main(): Promise<void> {
  await using runtime = await createRuntime(app, { database: 'app.db' });
  const receipt = await runtime.publish(OrderPlaced, { orderId: '1', cents: 4200 }, { idempotencyKey: 'web-1' });
  console.log(receipt.position);
  const reply = await runtime.ask(ChargePayment, { orderId: '1', cents: 1 }, { timeout: '5s' });
  console.log(reply.ok ? reply.receipt : reply.code);
}
