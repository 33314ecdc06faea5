// The messages of the shop: the only thing its services share. Money is in cents, goods are in units.
import { defineCommand, defineEvent } from 'troupe';
import { z } from 'zod';

const lines = z.array(z.object({ productId: z.string(), units: z.int() }));
const ok = z.object({ ok: z.literal(true) });
const refused = <const Code extends string>(code: Code) => z.object({ ok: z.literal(false), code: z.literal(code) });

/** When the shipper comes for the parcel. */
const pickup = z.enum(['prompt', 'late', 'never']);

const byOrder = (data: { readonly orderId: string }): string => data.orderId;
const byCustomer = (data: { readonly customerId: string }): string => data.customerId;
const byShipper = (data: { readonly shipperId: string }): string => data.shipperId;
const byProduct = (data: { readonly productId: string }): string => data.productId;
const byParcel = (data: { readonly parcelId: string }): string => data.parcelId;

/** Why an order is not shipped, gravest first; `fault` is none of the shop's rules and never to be seen. */
export const reasons = ['sold-out', 'credit-limit', 'freight-limit', 'not-collected', 'fault'] as const;
export type Reason = (typeof reasons)[number];

// What happens to an order.
export const OrderPlaced = defineEvent('order.placed', {
  data: z.object({
    orderId: z.string(),
    /** Its place in the order book, from 1: stock promises goods in this sequence. */
    sequence: z.int(),
    customerId: z.string(),
    shipperId: z.string(),
    goodsCents: z.int(),
    freightCents: z.int(),
    /** Whether the address has a postal code. */
    isAddressed: z.boolean(),
    pickup,
    lines,
  }),
  key: byOrder,
});
export const OrderShipped = defineEvent('order.shipped', {
  data: z.object({ orderId: z.string(), customerId: z.string(), cents: z.int(), lines }),
  key: byOrder,
});
export const OrderCancelled = defineEvent('order.cancelled', {
  data: z.object({ orderId: z.string(), customerId: z.string(), reason: z.enum(reasons) }),
  key: byOrder,
});
/** Somebody has to look at the order: it goes no further until it is resumed. */
export const OrderHeld = defineEvent('order.held', { data: z.object({ orderId: z.string() }), key: byOrder });
export const OrderResumed = defineEvent('order.resumed', { data: z.object({ orderId: z.string() }), key: byOrder });

// Service: one instance per order on hold.
export const ReviewOrder = defineCommand('service.review', { data: z.object({ orderId: z.string() }), key: byOrder });

// Stock: one instance, which owns every shelf.
export const OpenStock = defineCommand('stock.open', {
  data: z.object({
    products: z.array(
      z.object({
        productId: z.string(),
        units: z.int(),
        onOrder: z.int(),
        reorderLevel: z.int(),
        isDiscontinued: z.boolean(),
      }),
    ),
  }),
});
export const ReserveStock = defineCommand('stock.reserve', {
  data: z.object({ orderId: z.string(), sequence: z.int(), lines }),
  key: byOrder,
  reply: z.discriminatedUnion('ok', [ok, refused('sold-out')]),
});
export const ReleaseStock = defineCommand('stock.release', {
  data: z.object({ orderId: z.string(), lines }),
  key: byOrder,
});
export const StockRanLow = defineEvent('stock.ran-low', {
  data: z.object({ productId: z.string(), units: z.int() }),
  key: byProduct,
});

// Replenishment: one instance per product.
export const DeliverGoods = defineCommand('replenishment.deliver', {
  data: z.object({ productId: z.string(), purchaseOrder: z.int(), units: z.int() }),
  key: byProduct,
});
export const GoodsDelivered = defineEvent('replenishment.goods-delivered', {
  data: z.object({ productId: z.string(), purchaseOrder: z.int(), units: z.int() }),
  key: byProduct,
});

// Payments: one instance per customer.
export const OpenAccount = defineCommand('payments.open-account', {
  data: z.object({ customerId: z.string(), country: z.string() }),
  key: byCustomer,
});
export const AuthorizePayment = defineCommand('payments.authorize', {
  data: z.object({ orderId: z.string(), customerId: z.string(), cents: z.int() }),
  key: byCustomer,
  reply: z.discriminatedUnion('ok', [ok, refused('credit-limit')]),
});
export const VoidPayment = defineCommand('payments.void', {
  data: z.object({ orderId: z.string(), customerId: z.string(), cents: z.int() }),
  key: byCustomer,
});

// Shipping: one instance per shipper.
export const DispatchParcel = defineCommand('shipping.dispatch', {
  data: z.object({
    parcelId: z.string(),
    orderId: z.string(),
    shipperId: z.string(),
    freightCents: z.int(),
    isAddressed: z.boolean(),
    pickup,
  }),
  key: byShipper,
  /** Either it is collected at once, or it waits. */
  reply: z.discriminatedUnion('ok', [ok.extend({ isCollected: z.boolean() }), refused('freight-limit')]),
});
/** The shipper comes for a parcel that has waited. */
export const CollectParcel = defineCommand('shipping.collect', {
  data: z.object({ parcelId: z.string(), shipperId: z.string() }),
  key: byShipper,
});
/** Asks whether the shipper has come, or still will. */
export const ChaseParcel = defineCommand('shipping.chase', {
  data: z.object({ parcelId: z.string(), shipperId: z.string() }),
  key: byShipper,
  reply: z.discriminatedUnion('ok', [ok, refused('not-collected')]),
});
export const RecallParcel = defineCommand('shipping.recall', {
  data: z.object({ parcelId: z.string(), shipperId: z.string(), freightCents: z.int() }),
  key: byShipper,
});
export const ParcelCollected = defineEvent('shipping.parcel-collected', {
  data: z.object({ parcelId: z.string() }),
  key: byParcel,
});

// Billing: one instance, so that invoices are numbered without a gap.
export const InvoiceIssued = defineEvent('billing.invoice-issued', {
  data: z.object({ invoice: z.int(), orderId: z.string(), customerId: z.string(), cents: z.int() }),
  key: byOrder,
});
