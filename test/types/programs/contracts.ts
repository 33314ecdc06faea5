// The contracts of the programs: zod, valibot and arktype side by side.
import { z } from 'zod';
import * as v from 'valibot';
import { type } from 'arktype';
import { defineCommand, defineEvent } from '../../../src/index.ts';

export const OrderPlaced = defineEvent('order.placed', {
  data: z.object({ orderId: z.string(), cents: z.int(), currency: z.string().default('EUR') }),
  key: d => d.orderId,
  version: 2,
  upcast: { 1: (old: { orderId: string; amount: number }) => ({ orderId: old.orderId, cents: old.amount * 100 }) },
});
export const OrderCancelled = defineEvent('order.cancelled', {
  data: v.object({ orderId: v.string(), reason: v.optional(v.string(), 'none') }),
  key: d => d.orderId,
});
export const OrderShipped = defineEvent('order.shipped', {
  data: type({ orderId: 'string', trackingCode: 'string' }),
  key: d => d.orderId,
});
export const OrderConfirmed = defineEvent('order.confirmed', {
  data: z.object({ orderId: z.string() }),
  key: d => d.orderId,
});
export const OrderRejected = defineEvent('order.rejected', {
  data: z.object({ orderId: z.string(), why: z.string() }),
  key: d => d.orderId,
});
export const PaymentCharged = defineEvent('payment.charged', {
  data: z.object({ orderId: z.string(), receipt: z.string() }),
  key: d => d.orderId,
});
export const ChargePayment = defineCommand('payment.charge', {
  data: z.object({ orderId: z.string(), cents: z.int() }),
  key: d => d.orderId,
  reply: z.discriminatedUnion('ok', [
    z.object({ ok: z.literal(true), receipt: z.string() }),
    z.object({ ok: z.literal(false), code: z.enum(['declined', 'expired']) }),
  ]),
});
export const RefundPayment = defineCommand('payment.refund', {
  data: z.object({ orderId: z.string(), receipt: z.string() }),
  key: d => d.orderId,
});
export const ReserveStock = defineCommand('stock.reserve', {
  data: z.object({ orderId: z.string(), lines: z.array(z.object({ sku: z.string(), quantity: z.int() })) }),
  key: d => d.orderId,
  reply: z.union([
    z.object({ status: z.literal('reserved'), reservation: z.string() }),
    z.object({ status: z.literal('short'), missing: z.array(z.string()) }),
  ]),
});
export const ReleaseStock = defineCommand('stock.release', {
  data: z.object({ orderId: z.string(), reservation: z.string() }),
  key: d => d.orderId,
});
export const ShipOrder = defineCommand('shipping.ship', {
  data: z.object({ orderId: z.string() }),
  key: d => d.orderId,
  reply: z.object({ trackingCode: z.string() }),
});
