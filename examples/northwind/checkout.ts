// The checkout saga: reserves, charges and ships, and undoes in reverse what was done when a later step is refused.
import { command, defineSaga, isRefused, type DataOf, type MessageOf } from 'troupe';
import { assign, emit, setup } from 'xstate';
import {
  ChargePayment,
  OrderCancelled,
  OrderPlaced,
  OrderShipped,
  RecallOrder,
  RefundPayment,
  ReleaseStock,
  ReserveStock,
  ShipOrder,
  type Reason,
} from './contracts.ts';
import { PATIENCE_MS } from './terms.ts';

type Order = DataOf<typeof OrderPlaced>;
interface Checkout extends Order {
  readonly reason: Reason | null;
}

function reasonOf(error: unknown): Reason {
  if (isRefused(ReserveStock, error) && !error.reply.ok) return error.reply.code;
  if (isRefused(ChargePayment, error) && !error.reply.ok) return error.reply.code;
  if (isRefused(ShipOrder, error) && !error.reply.ok) return error.reply.code;
  return 'fault';
}

const machine = setup({
  types: {} as {
    input: Order;
    context: Checkout;
    emitted: MessageOf<typeof OrderShipped | typeof OrderCancelled>;
    output: { readonly reason: Reason | null };
    tags: 'compensate';
  },
  actors: {
    reserve: command(ReserveStock, {
      doneIf: reply => reply.ok,
      compensate: { send: ReleaseStock, data: (_, { orderId, lines }) => ({ orderId, lines }) },
    }),
    charge: command(ChargePayment, {
      doneIf: reply => reply.ok,
      compensate: { send: RefundPayment, data: ({ receipt }, charge) => ({ ...charge, receipt }) },
    }),
    ship: command(ShipOrder, { doneIf: reply => reply.ok }),
    recall: command(RecallOrder),
  },
  actions: {
    remember: assign({ reason: ({ event }) => reasonOf('error' in event ? event['error'] : undefined) }),
    apologize: emit(({ context: { orderId, customerId, reason } }) =>
      OrderCancelled({ orderId, customerId, reason: reason ?? 'fault' }),
    ),
  },
  delays: { patience: PATIENCE_MS },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => ({ ...input, reason: null }),
  initial: 'reserving',
  states: {
    reserving: {
      invoke: {
        id: 'reserve',
        src: 'reserve',
        input: ({ context: { orderId, sequence, lines } }) => ({ orderId, sequence, lines }),
        onDone: 'charging',
        onError: { target: 'cancelled', actions: 'remember' },
      },
    },
    charging: {
      invoke: {
        id: 'charge',
        src: 'charge',
        input: ({ context: { orderId, customerId, goodsCents, freightCents } }) => ({
          orderId,
          customerId,
          cents: goodsCents + freightCents,
        }),
        onDone: 'shipping',
        onError: { target: 'compensated', actions: 'remember' },
      },
    },
    // A customer without patience recalls the parcel; whether in time is for shipping to say, in its one reply.
    shipping: {
      invoke: {
        id: 'ship',
        src: 'ship',
        input: ({ context: { orderId, shipperId, freightCents, isCollected } }) => ({
          orderId,
          shipperId,
          freightCents,
          isCollected,
        }),
        onDone: 'shipped',
        onError: { target: 'compensated', actions: 'remember' },
      },
      initial: 'waiting',
      states: {
        waiting: { after: { patience: 'recalling' } },
        recalling: {
          invoke: {
            id: 'recall',
            src: 'recall',
            input: ({ context: { orderId, shipperId } }) => ({ orderId, shipperId }),
            onError: 'waiting',
          },
        },
      },
    },
    shipped: {
      type: 'final',
      entry: emit(({ context: { orderId, customerId, goodsCents, freightCents, lines } }) =>
        OrderShipped({ orderId, customerId, cents: goodsCents + freightCents, lines }),
      ),
    },
    cancelled: { type: 'final', entry: 'apologize' },
    compensated: { type: 'final', tags: 'compensate', entry: 'apologize' },
  },
  output: ({ context: { reason } }) => ({ reason }),
});

export const checkout = defineSaga('checkout', {
  machine,
  version: 1,
  publishes: [OrderShipped, OrderCancelled],
}).startsOn(OrderPlaced, order => order);
