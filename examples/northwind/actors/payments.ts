// Payments: one account per customer, with a credit limit by country; what was authorized is charged with the shipment.
import { defineActor } from 'troupe';
import { AuthorizePayment, OpenAccount, OrderShipped, VoidPayment } from '../contracts.ts';
import { creditLimitCents } from '../terms.ts';

const byCustomer = { key: (data: { readonly customerId: string }): string => data.customerId };

export const payments = defineActor('payments', {
  state: () => ({ creditLimitCents: 0, authorized: 0, voided: 0, charged: 0, declined: 0 }),
})
  .on(OpenAccount, (ctx, { country }) => {
    ctx.state.creditLimitCents = creditLimitCents(country);
  })
  .on(AuthorizePayment, (ctx, { cents }) => {
    if (cents > ctx.state.creditLimitCents) {
      ctx.state.declined += 1;
      return { ok: false, code: 'credit-limit' };
    }
    ctx.state.authorized += cents;
    return { ok: true };
  })
  .on(VoidPayment, (ctx, { cents }) => {
    ctx.state.voided += cents;
  })
  // Nobody commands it: that an order is shipped is reason enough.
  .on(
    OrderShipped,
    (ctx, { cents }) => {
      ctx.state.charged += cents;
    },
    byCustomer,
  );
