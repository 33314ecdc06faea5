// Two of three steps can be undone; the first, which books the seat for good, cannot when the last one fails.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about, money, ok, whole, type Case } from '../kit.ts';

const TripBooked = defineEvent('trip.booked', money);
const SeatBooked = defineEvent('flight.seat-booked', about);
const BookSeat = defineCommand('flight.book-seat', about);
const BookRoom = defineCommand('hotel.book-room', about);
const CancelRoom = defineCommand('hotel.cancel-room', about);
const TakePayment = defineCommand('payment.take', { ...money, reply: ok });

const flights = defineActor('flights', { state: () => ({ seats: 0 }), publishes: [SeatBooked] }).on(
  BookSeat,
  (ctx, { id }) => {
    ctx.state.seats += 1;
    ctx.publish(SeatBooked, { id });
  },
);
const hotels = defineActor('hotels', { state: () => ({ rooms: 0 }) })
  .on(BookRoom, ctx => {
    ctx.state.rooms += 1;
  })
  .on(CancelRoom, ctx => {
    ctx.state.rooms -= 1;
  });
const payments = defineActor('payments').on(TakePayment, (_ctx, { cents }) => ({ ok: cents < 500_000 }));

const machine = setup({
  types: {} as { input: Case; context: Case; tags: 'compensate' },
  actors: {
    seat: command(BookSeat),
    room: command(BookRoom, { compensate: { send: CancelRoom, data: (_reply, { id }) => ({ id }) } }),
    take: command(TakePayment, { doneIf: reply => reply.ok }),
  },
}).createMachine({
  id: 'trip',
  context: ({ input }) => input,
  initial: 'flying',
  states: {
    flying: { invoke: { id: 'seat', src: 'seat', input: whole, onDone: 'sleeping', onError: 'failed' } },
    sleeping: { invoke: { id: 'room', src: 'room', input: whole, onDone: 'paying', onError: 'failed' } },
    paying: { invoke: { id: 'take', src: 'take', input: whole, onDone: 'booked', onError: 'failed' } },
    booked: { type: 'final' },
    failed: { type: 'final', tags: 'compensate' },
  },
});
const trip = defineSaga('trip', { machine }).startsOn(TripBooked, data => data);

export const expected: readonly CheckCode[] = ['TR122'];
export const app = defineApp({ actors: [flights, hotels, payments], sagas: [trip] });
