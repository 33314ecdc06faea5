// Events that lead back to each other, with a command to one owner in the circle that decides when it is over.
import { defineActor, defineApp, defineCommand, defineEvent } from '../../../../src/index.ts';
import { about } from '../kit.ts';

const StockRanLow = defineEvent('stock.ran-low', about);
const GoodsDelivered = defineEvent('supplier.goods-delivered', about);
const SellUnit = defineCommand('stock.sell', about);
const OrderGoods = defineCommand('supplier.order-goods', about);

const stock = defineActor('stock', { state: () => ({ units: 10 }), publishes: [StockRanLow] })
  .on(SellUnit, (ctx, product) => {
    ctx.state.units -= 1;
    if (ctx.state.units < 3) ctx.publish(StockRanLow, product);
  })
  .on(GoodsDelivered, (ctx, product) => {
    ctx.state.units += 2;
    if (ctx.state.units < 3) ctx.publish(StockRanLow, product);
  });
const purchasing = defineActor('purchasing', { sends: [OrderGoods] }).on(StockRanLow, (ctx, product) => {
  ctx.send(OrderGoods, product);
});
const supplier = defineActor('supplier', { publishes: [GoodsDelivered] }).on(OrderGoods, (ctx, product) => {
  ctx.publish(GoodsDelivered, product);
});

export const app = defineApp({ actors: [stock, purchasing, supplier] });
