// Analytics: what each customer ordered, got and spent, from events alone.
import { defineActor } from 'troupe';
import { OrderCancelled, OrderPlaced, OrderShipped, type Reason } from '../contracts.ts';

interface CustomerStatistics {
  placed: number;
  shipped: number;
  spentCents: number;
  largestCents: number;
  cancelled: Partial<Record<Reason, number>>;
}

/** The contracts are keyed by order; these instances are customers. */
const byCustomer = { key: (data: { readonly customerId: string }): string => data.customerId };

export const analytics = defineActor('analytics', {
  state: (): CustomerStatistics => ({ placed: 0, shipped: 0, spentCents: 0, largestCents: 0, cancelled: {} }),
})
  .on(
    OrderPlaced,
    ctx => {
      ctx.state.placed += 1;
    },
    byCustomer,
  )
  .on(
    OrderShipped,
    (ctx, { cents }) => {
      ctx.state.shipped += 1;
      ctx.state.spentCents += cents;
      ctx.state.largestCents = Math.max(ctx.state.largestCents, cents);
    },
    byCustomer,
  )
  .on(
    OrderCancelled,
    (ctx, { reason }) => {
      ctx.state.cancelled[reason] = (ctx.state.cancelled[reason] ?? 0) + 1;
    },
    byCustomer,
  );
