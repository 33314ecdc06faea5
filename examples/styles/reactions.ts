// Services that nobody waits for: they hear what became of an order, and nobody has to know them.
import { defineActor } from 'troupe';
import { OrderRejected, OrderShipped } from './contracts.ts';
import type { World } from './world.ts';

export const mailOf = (world: World) =>
  defineActor('mail')
    .task(OrderShipped, async (ctx, { orderId }) => void (await world.write(orderId, 'shipped', ctx)), {
      effect: 'write-letter',
    })
    .task(OrderRejected, async (ctx, { orderId, why }) => void (await world.write(orderId, why, ctx)), {
      effect: 'write-letter',
    });

export const statistics = defineActor('statistics', {
  state: () => ({ shipped: 0, rejected: 0, cents: 0 }),
  single: true,
})
  .on(OrderShipped, (ctx, { cents }) => {
    ctx.state.shipped += 1;
    ctx.state.cents += cents;
  })
  .on(OrderRejected, ctx => {
    ctx.state.rejected += 1;
  });
