// The accident: a saga has payments charge the order, and payments charges it by itself too, as before the saga came.
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from 'troupe';
import type { App, AppOptions, DataOf, HandlerOptions, MessageOf } from 'troupe';
import { emit, setup } from 'xstate';
import { z } from 'zod';
import type { World } from '../styles/world.ts';

const order = {
  data: z.object({ orderId: z.string(), cents: z.int() }),
  key: (data: { readonly orderId: string }): string => data.orderId,
};
export const OrderPlaced = defineEvent('order.placed', order);
export const OrderPaid = defineEvent('order.paid', order);
export const OrderUnpaid = defineEvent('order.unpaid', order);
export const ChargePayment = defineCommand('payment.charge', { ...order, reply: z.object({ ok: z.boolean() }) });
export const PaymentCharged = defineEvent('payment.charged', order);

type Charge = DataOf<typeof ChargePayment>;
type Charging = Pick<HandlerOptions<Charge>, 'effect' | 'yieldsTo'>;

const NAMED: Charging = { effect: 'charge-card' };

/** The bank does nothing twice for one idempotency key. Here it sees two: a command and an event are two messages. */
export const paymentsOf = (world: World, reacting: Charging = NAMED, asked: Charging = NAMED) =>
  defineActor('payments', { publishes: [PaymentCharged] })
    .task(ChargePayment, {
      ...asked,
      run: (ctx, payment) => world.charge(payment, ctx),
      done: (ctx, ok, payment) => {
        if (ok) ctx.publish(PaymentCharged, payment);
        return { ok };
      },
    })
    .task(OrderPlaced, {
      ...reacting,
      run: (ctx, payment) => world.charge(payment, ctx),
      done: (ctx, ok, payment) => {
        if (ok) ctx.publish(PaymentCharged, payment);
      },
    });

export const machine = setup({
  types: {} as { input: Charge; context: Charge; emitted: MessageOf<typeof OrderPaid | typeof OrderUnpaid> },
  actors: { charge: command(ChargePayment, { doneIf: reply => reply.ok }) },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'charging',
  states: {
    charging: {
      invoke: { id: 'charge', src: 'charge', input: ({ context }) => context, onDone: 'paid', onError: 'unpaid' },
    },
    paid: { type: 'final', entry: emit(({ context }) => OrderPaid(context)) },
    unpaid: { type: 'final', entry: emit(({ context }) => OrderUnpaid(context)) },
  },
});

const checkout = defineSaga('checkout', { machine, publishes: [OrderPaid, OrderUnpaid] }).startsOn(
  OrderPlaced,
  data => data,
);

/** Without `effects` a second charge is only told of; with `{ 'charge-card': 'block' }` it does not happen. */
export const accident = (world: World, options: Pick<AppOptions, 'effects' | 'allow'> = {}): App =>
  defineApp({ ...options, actors: [paymentsOf(world)], sagas: [checkout] });
