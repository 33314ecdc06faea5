// Service: looks at orders on hold and resumes them; how long that takes, a durable timer says. Nobody commands it.
import { defineActor } from 'troupe';
import { OrderHeld, OrderResumed, ReviewOrder } from '../contracts.ts';
import { REVIEW_TIME } from '../terms.ts';

export const service = defineActor('service', {
  state: () => ({ held: 0, resumed: 0 }),
  publishes: [OrderResumed],
  sends: [ReviewOrder],
})
  .on(OrderHeld, (ctx, order) => {
    ctx.state.held += 1;
    ctx.schedule(ReviewOrder, order, { after: REVIEW_TIME });
  })
  .on(ReviewOrder, (ctx, order) => {
    ctx.state.resumed += 1;
    ctx.publish(OrderResumed, order);
  });
