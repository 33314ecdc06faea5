// The delivery saga: brings one parcel to its shipper. The checkout starts it, and takes it back when the order stops.
import { command, defineSaga, isRefused, type DataOf, type MessageOf } from 'troupe';
import { assign, setup } from 'xstate';
import { DispatchParcel, ParcelCollected, RecallParcel, type Reason } from '../contracts.ts';
import { collection } from './collection.ts';

type Parcel = DataOf<typeof DispatchParcel>;
interface Delivery {
  readonly parcel: Parcel;
  readonly reason: Reason | null;
}

function reasonOf(error: unknown): Reason {
  return isRefused(DispatchParcel, error) && !error.reply.ok ? error.reply.code : 'fault';
}

const machine = setup({
  types: {} as {
    input: Parcel;
    context: Delivery;
    events: MessageOf<typeof ParcelCollected>;
    output: { readonly reason: Reason | null };
    tags: 'compensate';
  },
  actors: {
    dispatch: command(DispatchParcel, {
      doneIf: reply => reply.ok,
      compensate: {
        send: RecallParcel,
        data: (_, { parcelId, shipperId, freightCents }) => ({ parcelId, shipperId, freightCents }),
      },
    }),
    collection,
  },
}).createMachine({
  id: 'delivery',
  context: ({ input }) => ({ parcel: input, reason: null }),
  initial: 'dispatching',
  states: {
    dispatching: {
      invoke: {
        id: 'dispatch',
        src: 'dispatch',
        input: ({ context }) => context.parcel,
        onDone: [{ guard: ({ event }) => event.output.isCollected, target: 'delivered' }, { target: 'collecting' }],
        onError: { target: 'returned', actions: assign({ reason: ({ event }) => reasonOf(event.error) }) },
      },
    },
    // The machine inside goes, with its timer, as soon as the parcel is collected.
    collecting: {
      invoke: {
        id: 'collection',
        src: 'collection',
        input: ({ context }) => context.parcel,
        onDone: { target: 'returned', actions: assign({ reason: 'not-collected' }) },
      },
      on: { 'shipping.parcel-collected': 'delivered' },
    },
    delivered: { type: 'final' },
    returned: { type: 'final', tags: 'compensate' },
  },
  output: ({ context: { reason } }) => ({ reason }),
});

export const delivery = defineSaga('delivery', { machine }).on(ParcelCollected);
