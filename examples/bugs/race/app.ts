// Orders are charged by a saga, and cancelled by their customer. Deliberately broken: a cancel may come before its charge.
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from 'troupe';
import type { DataOf, MessageOf } from 'troupe';
import { setup } from 'xstate';
import { z } from 'zod';

const order = { data: z.object({ order: z.string(), cents: z.int() }), key: (data: { order: string }) => data.order };

export const OrderPlaced = defineEvent('order.placed', order);
export const OrderCancelled = defineEvent('order.cancelled', { ...order, data: z.object({ order: z.string() }) });
export const ChargePayment = defineCommand('payment.charge', { ...order, reply: z.object({ ok: z.boolean() }) });

/** Money follows the facts by itself: a cancelled order is refunded, without anybody telling payments to. */
export const payments = defineActor('payments', { state: () => ({ charged: 0, refunded: 0 }) })
  .on(ChargePayment, (ctx, { cents }) => {
    ctx.state.charged += cents;
    return { ok: true };
  })
  .on(OrderCancelled, ctx => {
    // The bug: what has not been charged yet is not refunded, and nobody remembers that it was cancelled.
    ctx.state.refunded = ctx.state.charged;
  });

const machine = setup({
  types: {} as {
    input: DataOf<typeof OrderPlaced>;
    context: DataOf<typeof OrderPlaced>;
    events: MessageOf<typeof OrderCancelled>;
  },
  actors: { charge: command(ChargePayment, { doneIf: reply => reply.ok, timeout: '1m' }) },
  delays: { returns: 14 * 86_400_000 },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'charging',
  on: { 'order.cancelled': '.cancelled' },
  states: {
    charging: {
      invoke: { id: 'charge', src: 'charge', input: ({ context }) => context, onDone: 'paid', onError: 'cancelled' },
    },
    paid: { after: { returns: 'kept' } },
    kept: { type: 'final' },
    cancelled: { type: 'final' },
  },
});
export const checkout = defineSaga('checkout', { machine })
  .startsOn(OrderPlaced, data => data)
  .on(OrderCancelled);

export const app = defineApp({ actors: [payments], sagas: [checkout] });
