// Orders: the contracts and the actor that the tests of testActor are about.
import { z } from 'zod';
import { defineActor, defineCommand, defineEvent } from '../../src/index.ts';

const order = z.object({ orderId: z.string() });
const key = (data: { readonly orderId: string }): string => data.orderId;

export const OrderPlaced = defineEvent('order.placed', {
  data: order.extend({
    cents: z.number().int(),
    currency: z.string().default('EUR'),
    tags: z.array(z.string()).default([]),
  }),
  key,
});
export const OrderPaid = defineEvent('order.paid', { data: order.extend({ receipt: z.string() }), key });
export const PayOrder = defineCommand('order.pay', {
  data: order.extend({ cents: z.number().int() }),
  reply: z.discriminatedUnion('ok', [
    z.object({ ok: z.literal(true), receipt: z.string() }),
    z.object({ ok: z.literal(false), code: z.enum(['declined', 'closed']) }),
  ]),
  key,
});
export const RemindOrder = defineCommand('order.remind', { data: order, key });
export const ChargeCard = defineCommand('card.charge', {
  data: order.extend({ cents: z.number() }),
  reply: z.object({ receipt: z.string() }),
  key,
});

export interface OrderState {
  status: 'open' | 'paid';
  cents: number;
  tags: string[];
}

export const orders = defineActor('orders', {
  state: (): OrderState => ({ status: 'open', cents: 0, tags: [] }),
  publishes: [OrderPaid],
  sends: [RemindOrder],
  retry: { attempts: 1 },
})
  .on(OrderPlaced, (ctx, { orderId, cents, tags }) => {
    ctx.state.cents = cents;
    ctx.state.tags.push(...tags);
    ctx.schedule(RemindOrder, { orderId }, { after: '1d', id: 'reminder' });
  })
  .on(PayOrder, (ctx, { orderId, cents }) => {
    if (cents < ctx.state.cents) return { ok: false, code: 'declined' };
    if (ctx.state.status === 'paid') throw new Error(`order ${orderId} is paid`);
    ctx.state.status = 'paid';
    ctx.cancel('reminder');
    ctx.publish(OrderPaid, { orderId, receipt: ctx.id() });
    ctx.log.info({ orderId }, 'paid');
    return { ok: true, receipt: 'r-1' };
  })
  .on(RemindOrder, ctx => {
    ctx.stop();
  });
