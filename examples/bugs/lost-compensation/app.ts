// A trip is a flight and a hotel. Deliberately broken: one of the ends of the saga forgets to give the seat back.
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga, isRefused } from 'troupe';
import type { DataOf } from 'troupe';
import { setup } from 'xstate';
import { z } from 'zod';

const trip = { data: z.object({ trip: z.string(), nights: z.int() }), key: (data: { trip: string }) => data.trip };

export const TripWanted = defineEvent('trip.wanted', trip);
const BookFlight = defineCommand('flight.book', { ...trip, reply: z.object({ seat: z.string() }) });
const CancelFlight = defineCommand('flight.cancel', trip);
const BookHotel = defineCommand('hotel.book', {
  ...trip,
  reply: z.discriminatedUnion('ok', [
    z.object({ ok: z.literal(true), room: z.int() }),
    z.object({ ok: z.literal(false), code: z.literal('full') }),
  ]),
});
const CancelHotel = defineCommand('hotel.cancel', trip);

const LONGEST_STAY = 14;

export const flights = defineActor('flights', { state: () => ({ trips: [] as string[] }), single: true })
  .on(BookFlight, (ctx, wish) => {
    ctx.state.trips.push(wish.trip);
    return { seat: `${ctx.state.trips.length}A` };
  })
  .on(CancelFlight, (ctx, wish) => {
    ctx.state.trips = ctx.state.trips.filter(one => one !== wish.trip);
  });

/** The hotel has an API of its own, which takes its time. */
export const hotels = defineActor('hotels', { state: () => ({ booked: false }) })
  .task(BookHotel, {
    timeout: '20s',
    retry: { attempts: 3, delay: '1s' },
    run: async (_ctx, { nights }) =>
      nights <= LONGEST_STAY
        ? { ok: true as const, room: 100 + nights }
        : { ok: false as const, code: 'full' as const },
    done: (ctx, result) => {
      ctx.state.booked = result.ok;
      return result;
    },
  })
  .on(CancelHotel, ctx => {
    ctx.state.booked = false;
  });

export const parts = setup({
  types: {} as { input: DataOf<typeof TripWanted>; context: DataOf<typeof TripWanted>; tags: 'compensate' },
  actors: {
    flight: command(BookFlight, { compensate: { send: CancelFlight, data: (_seat, wish) => wish } }),
    hotel: command(BookHotel, {
      timeout: '5s',
      doneIf: reply => reply.ok,
      compensate: { send: CancelHotel, data: (_room, wish) => wish },
    }),
  },
  guards: { isFull: (_, { error }: { error: unknown }) => isRefused(BookHotel, error) },
});

const machine = parts.createMachine({
  id: 'booking',
  context: ({ input }) => input,
  initial: 'flying',
  states: {
    flying: {
      invoke: { id: 'flight', src: 'flight', input: ({ context }) => context, onDone: 'sleeping', onError: 'failed' },
    },
    sleeping: {
      invoke: {
        id: 'hotel',
        src: 'hotel',
        input: ({ context }) => context,
        onDone: 'booked',
        onError: [
          { guard: { type: 'isFull', params: ({ event }) => ({ error: event.error }) }, target: 'sold-out' },
          { target: 'failed' },
        ],
      },
    },
    booked: { type: 'final' },
    'sold-out': { type: 'final', tags: 'compensate' },
    // The bug: nothing was booked when only the flight could fail; since there is a hotel a seat may have been taken.
    failed: { type: 'final' },
  },
});
export const booking = defineSaga('booking', { machine }).startsOn(TripWanted, data => data);

export const app = defineApp({ actors: [flights, hotels], sagas: [booking] });
