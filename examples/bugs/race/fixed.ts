// The same orders with the bug mended: payments remembers a cancelled order, and refuses to charge it.
import { defineActor, defineApp } from 'troupe';
import { ChargePayment, checkout, OrderCancelled } from './app.ts';

const payments = defineActor('payments', { state: () => ({ charged: 0, refunded: 0, isCancelled: false }) })
  .on(ChargePayment, (ctx, { cents }) => {
    if (ctx.state.isCancelled) return { ok: false };
    ctx.state.charged += cents;
    return { ok: true };
  })
  .on(OrderCancelled, ctx => {
    ctx.state.isCancelled = true;
    ctx.state.refunded = ctx.state.charged;
  });

export const app = defineApp({ actors: [payments], sagas: [checkout] });
