// Payments: one account per customer, with a credit limit by country.
import { defineActor } from 'troupe';
import { ChargePayment, OpenAccount, RefundPayment } from '../contracts.ts';
import { creditLimitCents } from '../terms.ts';

export const payments = defineActor('payments', {
  state: () => ({ creditLimitCents: 0, charged: 0, refunded: 0, declined: 0 }),
})
  .on(OpenAccount, (ctx, { country }) => {
    ctx.state.creditLimitCents = creditLimitCents(country);
  })
  .on(ChargePayment, (ctx, { cents }) => {
    if (cents > ctx.state.creditLimitCents) {
      ctx.state.declined += 1;
      return { ok: false, code: 'credit-limit' };
    }
    ctx.state.charged += cents;
    return { ok: true, receipt: ctx.id() };
  })
  .on(RefundPayment, (ctx, { cents }) => {
    ctx.state.refunded += cents;
  });
