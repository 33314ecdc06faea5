// Replenishment: orders goods when a shelf runs low; they come when a durable timer says so. Nobody commands it.
import { defineActor } from 'troupe';
import { DeliverGoods, GoodsDelivered, StockRanLow } from '../contracts.ts';
import { LEAD_TIME } from '../terms.ts';

export const replenishment = defineActor('replenishment', {
  state: () => ({ purchaseOrders: 0, orderedUnits: 0, deliveredUnits: 0 }),
  publishes: [GoodsDelivered],
  sends: [DeliverGoods],
})
  .on(StockRanLow, (ctx, { productId, units }) => {
    ctx.state.purchaseOrders += 1;
    ctx.state.orderedUnits += units;
    const purchaseOrder = ctx.state.purchaseOrders;
    ctx.schedule(DeliverGoods, { productId, purchaseOrder, units }, { after: LEAD_TIME });
  })
  .on(DeliverGoods, (ctx, delivery) => {
    ctx.state.deliveredUnits += delivery.units;
    ctx.publish(GoodsDelivered, delivery);
  });
