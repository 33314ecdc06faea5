// Moving a flow from events to a saga, order by order: both run, and no order is charged or shipped twice.
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from 'troupe';
import type { App, DataOf, HandlerOptions } from 'troupe';
import { setup } from 'xstate';
import { z } from 'zod';
import type { World } from '../styles/world.ts';

const order = {
  data: z.object({ orderId: z.string(), cents: z.int() }),
  key: (data: { readonly orderId: string }): string => data.orderId,
};
const answer = { ...order, reply: z.object({ ok: z.boolean() }) };
export const OrderPlaced = defineEvent('order.placed', order);
export const PaymentCharged = defineEvent('payment.charged', order);
export const OrderShipped = defineEvent('order.shipped', order);
export const ChargePayment = defineCommand('payment.charge', answer);
export const ShipOrder = defineCommand('shipping.ship', answer);

type Order = DataOf<typeof OrderPlaced>;
type Reacting = Pick<HandlerOptions<Order>, 'yieldsTo'>;

const paymentsOf = (world: World, reacting: Reacting) =>
  defineActor('payments', { publishes: [PaymentCharged] }).task(OrderPlaced, {
    ...reacting,
    effect: 'charge-card',
    run: (ctx, payment) => world.charge(payment, ctx),
    done: (ctx, ok, payment) => {
      if (ok) ctx.publish(PaymentCharged, payment);
    },
  });

const shippingOf = (reacting: Reacting) =>
  defineActor('shipping', { publishes: [OrderShipped] }).on(
    PaymentCharged,
    (ctx, parcel) => ctx.publish(OrderShipped, parcel),
    { ...reacting, effect: 'send-parcel' },
  );

/** Before: each service reacts to the one before it. */
export const choreographed = (world: World): App => defineApp({ actors: [paymentsOf(world, {}), shippingOf({})] });

const machine = setup({
  types: {} as { input: Order; context: Order },
  actors: {
    charge: command(ChargePayment, { doneIf: reply => reply.ok }),
    ship: command(ShipOrder, { doneIf: reply => reply.ok }),
  },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'charging',
  states: {
    charging: {
      invoke: { id: 'charge', src: 'charge', input: ({ context }) => context, onDone: 'shipping', onError: 'stopped' },
    },
    shipping: {
      invoke: { id: 'ship', src: 'ship', input: ({ context }) => context, onDone: 'shipped', onError: 'stopped' },
    },
    shipped: { type: 'final' },
    stopped: { type: 'final' },
  },
});

/**
 * While it moves: the services can be told as well, and give way where a saga has claimed an order. Orders that are not
 * in the canary, and those that were under way before this was deployed, go on as they did.
 */
export const migrating = (world: World, inCanary: (order: Order) => boolean): App => {
  const givesWay: Reacting = { yieldsTo: 'orchestrator' };
  const payments = paymentsOf(world, givesWay).task(ChargePayment, {
    effect: 'charge-card',
    run: (ctx, payment) => world.charge(payment, ctx),
    done: (ctx, ok, payment) => {
      if (ok) ctx.publish(PaymentCharged, payment);
      return { ok };
    },
  });
  const shipping = shippingOf(givesWay).on(
    ShipOrder,
    (ctx, parcel) => {
      ctx.publish(OrderShipped, parcel);
      return { ok: true };
    },
    { effect: 'send-parcel' },
  );
  const checkout = defineSaga('checkout', { machine, orchestrates: [ChargePayment, ShipOrder] }).startsOn(
    OrderPlaced,
    data => data,
    { where: inCanary },
  );
  return defineApp({ actors: [payments, shipping], sagas: [checkout] });
};
