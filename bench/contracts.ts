// The contracts of all workloads; the data of each is an order or a part of one, validated by zod.
import { defineCommand, defineEvent, type CommandContract } from 'troupe';
import { z } from 'zod';

const order = {
  orderId: z.string().min(1),
  sequence: z.number().int(),
  customer: z.string(),
  cents: z.number().int().nonnegative(),
  items: z.number().int().positive(),
  express: z.boolean(),
  note: z.string().max(200),
};
const part = z.object(order).omit({ express: true, note: true });

/** What the owner of one step of an order is told. */
export type Part = z.infer<typeof part>;

/** What comes back from it. */
export interface Receipt {
  readonly receipt: string;
}

export const OrderPlaced = defineEvent('shop.orderPlaced', { data: z.object(order), key: placed => placed.orderId });
export const OrderDone = defineEvent('shop.orderDone', {
  data: z.object({ orderId: z.string(), sequence: z.number().int(), receipts: z.array(z.string()) }),
  key: done => done.orderId,
});

export const Count = defineCommand('counter.count', {
  data: z.object({ ...order, counter: z.string() }),
  key: ({ counter }) => counter,
  reply: z.object({ count: z.number() }),
});

/** Each customer is an instance of each owner. */
function stepOf<const Type extends string>(type: Type): CommandContract<Type, Part, Receipt, Part> {
  return defineCommand(type, { data: part, key: ({ customer }) => customer, reply: z.object({ receipt: z.string() }) });
}

export const ReserveStock = stepOf('stock.reserve');
export const ChargePayment = stepOf('payment.charge');
export const PackParcel = stepOf('parcel.pack');
export const ShipParcel = stepOf('carrier.ship');
