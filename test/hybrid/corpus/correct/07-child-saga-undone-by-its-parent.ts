// The child has undo commands and no state that undoes: its parent compensates, and takes the child's steps with it.
import { emit, setup } from 'xstate';
import {
  command,
  defineActor,
  defineApp,
  defineCommand,
  defineEvent,
  defineSaga,
  saga,
} from '../../../../src/index.ts';
import type { MessageOf } from '../../../../src/index.ts';
import { about, money, ok, whole, type Case } from '../kit.ts';

const TripBooked = defineEvent('trip.booked', money);
const TripFailed = defineEvent('trip.failed', about);
const BookFlight = defineCommand('flight.book', { ...about, reply: ok });
const CancelFlight = defineCommand('flight.cancel', about);
const BookRoom = defineCommand('hotel.book', { ...about, reply: ok });
const CancelRoom = defineCommand('hotel.cancel', about);
const TakePayment = defineCommand('payment.take', { ...money, reply: ok });

const flights = defineActor('flights', { state: () => ({ booked: false }) })
  .on(BookFlight, ctx => ({ ok: (ctx.state.booked = true) }))
  .on(CancelFlight, ctx => void (ctx.state.booked = false));
const hotels = defineActor('hotels', { state: () => ({ booked: false }) })
  .on(BookRoom, ctx => ({ ok: (ctx.state.booked = true) }))
  .on(CancelRoom, ctx => void (ctx.state.booked = false));
const payments = defineActor('payments').on(TakePayment, (_ctx, { cents }) => ({ ok: cents < 1_000_000 }));

const undo = (_reply: unknown, { id }: { readonly id: string }): { readonly id: string } => ({ id });
const part = setup({
  types: {} as { input: { readonly id: string }; context: { readonly id: string } },
  actors: {
    flight: command(BookFlight, { compensate: { send: CancelFlight, data: undo } }),
    room: command(BookRoom, { compensate: { send: CancelRoom, data: undo } }),
  },
}).createMachine({
  id: 'journey',
  context: ({ input }) => input,
  initial: 'flying',
  states: {
    flying: { invoke: { id: 'flight', src: 'flight', input: whole, onDone: 'sleeping', onError: 'stranded' } },
    sleeping: { invoke: { id: 'room', src: 'room', input: whole, onDone: 'arranged', onError: 'stranded' } },
    arranged: { type: 'final' },
    stranded: { type: 'final' },
  },
  output: ({ context }) => context,
});
const journey = defineSaga('journey', { machine: part });

const machine = setup({
  types: {} as { input: Case; context: Case; emitted: MessageOf<typeof TripFailed>; tags: 'compensate' },
  actors: { journey: saga(journey, { timeout: '1d' }), take: command(TakePayment, { doneIf: reply => reply.ok }) },
}).createMachine({
  id: 'trip',
  context: ({ input }) => input,
  initial: 'arranging',
  states: {
    arranging: {
      invoke: {
        id: 'journey',
        src: 'journey',
        input: ({ context: { id } }) => ({ id }),
        onDone: 'paying',
        onError: 'failed',
      },
    },
    paying: { invoke: { id: 'take', src: 'take', input: whole, onDone: 'paid', onError: 'failed' } },
    paid: { type: 'final' },
    failed: { type: 'final', tags: 'compensate', entry: emit(({ context: { id } }) => TripFailed({ id })) },
  },
});
const trip = defineSaga('trip', { machine, publishes: [TripFailed] }).startsOn(TripBooked, data => data);

export const app = defineApp({ actors: [flights, hotels, payments], sagas: [trip, journey] });
