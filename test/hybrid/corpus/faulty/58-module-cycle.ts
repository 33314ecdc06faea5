// Three modules need each other in a circle: none of them can be moved out without the others.
import { defineActor, defineApp, defineCommand, defineEvent, defineModule } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about } from '../kit.ts';

const PlaceOrder = defineCommand('sales.place-order', about);
const OrderPlaced = defineEvent('sales.order-placed', about);
const InvoiceIssued = defineEvent('billing.invoice-issued', about);
const ParcelSent = defineEvent('shipping.parcel-sent', about);

const orders = defineActor('orders', { state: () => ({ sent: 0 }), publishes: [OrderPlaced] })
  .on(PlaceOrder, (ctx, order) => {
    ctx.publish(OrderPlaced, order);
  })
  .on(ParcelSent, ctx => {
    ctx.state.sent += 1;
  });
const invoices = defineActor('invoices', { publishes: [InvoiceIssued] }).on(OrderPlaced, (ctx, order) => {
  ctx.publish(InvoiceIssued, order);
});
const parcels = defineActor('parcels', { publishes: [ParcelSent] }).on(InvoiceIssued, (ctx, order) => {
  ctx.publish(ParcelSent, order);
});

export const hints = true;
export const expected: readonly CheckCode[] = ['TR171'];
export const app = defineApp({
  modules: [
    defineModule('sales', { actors: [orders], exposes: [PlaceOrder, OrderPlaced] }),
    defineModule('billing', { actors: [invoices], exposes: [InvoiceIssued] }),
    defineModule('shipping', { actors: [parcels], exposes: [ParcelSent] }),
  ],
});
