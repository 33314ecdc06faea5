// The checkout saga: secures goods and money side by side, then has the parcel delivered; undoes in reverse what was
// done when a step is refused, and rests while the order is on hold.
import { command, defineSaga, isChildFailed, isRefused, saga, type DataOf, type MessageOf } from 'troupe';
import { assign, emit, setup } from 'xstate';
import {
  AuthorizePayment,
  OrderCancelled,
  OrderHeld,
  OrderPlaced,
  OrderResumed,
  OrderShipped,
  reasons,
  ReleaseStock,
  ReserveStock,
  VoidPayment,
  type Reason,
} from '../contracts.ts';
import { delivery } from './delivery.ts';

type Order = DataOf<typeof OrderPlaced>;
interface Checkout extends Order {
  readonly reason: Reason | null;
  /** How often it was on hold, and how many parcels were tried. */
  readonly holds: number;
  readonly parcels: number;
}

function reasonOf(error: unknown): Reason {
  if (isRefused(ReserveStock, error) && !error.reply.ok) return error.reply.code;
  if (isRefused(AuthorizePayment, error) && !error.reply.ok) return error.reply.code;
  if (isChildFailed(delivery, error)) return error.output?.reason ?? 'fault';
  return 'fault';
}

/** Whichever branch was faster: the customer hears the gravest reason. */
function gravest(one: Reason | null, other: Reason): Reason {
  return reasons.find(reason => reason === one || reason === other) ?? other;
}

const machine = setup({
  types: {} as {
    input: Order;
    context: Checkout;
    events: MessageOf<typeof OrderHeld | typeof OrderResumed>;
    emitted: MessageOf<typeof OrderShipped | typeof OrderCancelled>;
    output: { readonly reason: Reason | null; readonly holds: number; readonly parcels: number };
    tags: 'compensate';
  },
  actors: {
    reserve: command(ReserveStock, {
      doneIf: reply => reply.ok,
      compensate: { send: ReleaseStock, data: (_, { orderId, lines }) => ({ orderId, lines }) },
    }),
    authorize: command(AuthorizePayment, {
      doneIf: reply => reply.ok,
      compensate: { send: VoidPayment, data: (_, payment) => payment },
    }),
    deliver: saga(delivery, { key: ({ parcelId }) => parcelId }),
  },
  actions: {
    remember: assign({
      reason: ({ context, event }) => gravest(context.reason, reasonOf('error' in event ? event['error'] : undefined)),
    }),
  },
  guards: { isRefused: ({ context }) => context.reason !== null },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => ({ ...input, reason: null, holds: 0, parcels: 0 }),
  initial: 'processing',
  states: {
    processing: {
      on: { 'order.held': { target: 'onHold', actions: assign({ holds: ({ context }) => context.holds + 1 }) } },
      initial: 'securing',
      states: {
        // Both branches come to an end before anything is undone.
        securing: {
          type: 'parallel',
          states: {
            goods: {
              initial: 'reserving',
              states: {
                reserving: {
                  invoke: {
                    id: 'reserve',
                    src: 'reserve',
                    input: ({ context: { orderId, sequence, lines } }) => ({ orderId, sequence, lines }),
                    onDone: 'reserved',
                    onError: { target: 'refused', actions: 'remember' },
                  },
                },
                reserved: { type: 'final' },
                refused: { type: 'final' },
              },
            },
            money: {
              initial: 'authorizing',
              states: {
                authorizing: {
                  invoke: {
                    id: 'authorize',
                    src: 'authorize',
                    input: ({ context: { orderId, customerId, goodsCents, freightCents } }) => ({
                      orderId,
                      customerId,
                      cents: goodsCents + freightCents,
                    }),
                    onDone: 'authorized',
                    onError: { target: 'refused', actions: 'remember' },
                  },
                },
                authorized: { type: 'final' },
                refused: { type: 'final' },
              },
            },
          },
          onDone: [{ guard: 'isRefused', target: '#cancelled' }, { target: 'delivering' }],
        },
        delivering: {
          entry: assign({ parcels: ({ context }) => context.parcels + 1 }),
          invoke: {
            id: 'deliver',
            src: 'deliver',
            input: ({ context: { orderId, parcels, shipperId, freightCents, isAddressed, pickup } }) => ({
              parcelId: `${orderId}-${parcels}`,
              orderId,
              shipperId,
              freightCents,
              isAddressed,
              pickup,
            }),
            onDone: '#shipped',
            onError: { target: '#cancelled', actions: 'remember' },
          },
        },
        whereItWas: { type: 'history', history: 'deep' },
      },
    },
    // A parcel on its way is taken back; what is reserved and authorized stays so.
    onHold: {
      on: { 'order.resumed': { target: 'processing.whereItWas', actions: assign({ isAddressed: true }) } },
    },
    shipped: {
      id: 'shipped',
      type: 'final',
      entry: emit(({ context: { orderId, customerId, goodsCents, freightCents, lines } }) =>
        OrderShipped({ orderId, customerId, cents: goodsCents + freightCents, lines }),
      ),
    },
    cancelled: {
      id: 'cancelled',
      type: 'final',
      tags: 'compensate',
      entry: emit(({ context: { orderId, customerId, reason } }) =>
        OrderCancelled({ orderId, customerId, reason: reason ?? 'fault' }),
      ),
    },
  },
  output: ({ context: { reason, holds, parcels } }) => ({ reason, holds, parcels }),
});

export const checkout = defineSaga('checkout', {
  machine,
  version: 1,
  publishes: [OrderShipped, OrderCancelled],
  // An order may be resumed before the checkout has heard that it is on hold: the two have different senders.
  unhandled: 'stash',
  allow: [
    {
      code: 'TR120',
      about: 'checkout.onHold',
      reason: 'the service resumes every order, by a durable timer of its own',
    },
  ],
})
  .startsOn(OrderPlaced, order => order)
  .on(OrderHeld)
  .on(OrderResumed);
