// A command called `payment.charged`: whoever reads it takes it for something that has happened.
import { defineActor, defineApp, defineCommand } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { money, ok } from '../kit.ts';

const PaymentCharged = defineCommand('payment.charged', { ...money, reply: ok });

const payments = defineActor('payments', { state: () => ({ cents: 0 }) }).on(PaymentCharged, (ctx, { cents }) => {
  ctx.state.cents += cents;
  return { ok: true };
});

export const expected: readonly CheckCode[] = ['TR160'];
export const app = defineApp({ actors: [payments] });
