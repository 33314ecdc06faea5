// The messages of the order flow, the same in all three styles. Money is in cents, goods are in units.
import { defineCommand, defineEvent, type DataOf } from 'troupe';
import { z } from 'zod';

const orderId = z.string();
const lines = z.array(z.object({ productId: z.string(), units: z.int() }));
const byOrder = { key: (data: { readonly orderId: string }): string => data.orderId };

/** An order without a postal code cannot be shipped. */
const order = { data: z.object({ orderId, cents: z.int(), isAddressed: z.boolean(), lines }), ...byOrder };
const about = { data: z.object({ orderId }), ...byOrder };
const amount = { data: z.object({ orderId, cents: z.int() }), ...byOrder };
const parcel = { data: z.object({ orderId, isAddressed: z.boolean() }), ...byOrder };
const goods = { data: z.object({ orderId, lines }), ...byOrder };

const reasons = ['out-of-stock', 'declined', 'no-address', 'cancelled', 'fault'] as const;
export type Why = (typeof reasons)[number];
const refusal = { data: z.object({ orderId, why: z.enum(reasons) }), ...byOrder };
const outcome = { data: z.object({ orderId, cents: z.int(), why: z.enum(reasons).nullable() }), ...byOrder };
const answer = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true) }),
  z.object({ ok: z.literal(false), why: z.enum(reasons) }),
]);

// What customers do, and what becomes of it.
export const OrderPlaced = defineEvent('order.placed', order);
export const OrderCancelled = defineEvent('order.cancelled', about);
export const OrderShipped = defineEvent('order.shipped', amount);
export const OrderRejected = defineEvent('order.rejected', refusal);

export const FillStock = defineCommand('stock.fill', { data: z.object({ units: z.record(z.string(), z.int()) }) });

// What an orchestrator asks for.
export const ReserveStock = defineCommand('stock.reserve', { ...goods, reply: answer });
export const ReleaseStock = defineCommand('stock.release', goods);
export const ChargePayment = defineCommand('payment.charge', { ...amount, reply: answer });
export const RefundPayment = defineCommand('payment.refund', about);
export const ShipOrder = defineCommand('shipping.ship', { ...parcel, reply: answer });
export const RecallParcel = defineCommand('shipping.recall', about);
export const WriteLetter = defineCommand('mail.write', outcome);
export const CountOrder = defineCommand('statistics.count', outcome);

// What services tell each other where nobody conducts: each event carries all that the next one needs.
export const StockReserved = defineEvent('stock.reserved', order);
export const StockRefused = defineEvent('stock.refused', refusal);
export const PaymentCharged = defineEvent('payment.charged', order);
export const PaymentDeclined = defineEvent('payment.declined', refusal);
export const ShippingRefused = defineEvent('shipping.refused', refusal);

export type Order = DataOf<typeof OrderPlaced>;
