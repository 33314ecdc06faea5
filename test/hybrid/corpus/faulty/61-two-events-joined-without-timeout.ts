// It waits for two events in any order: the guarded transition fires only when one of them has come.
import { assign, setup } from 'xstate';
import { defineApp, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { MessageOf } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about } from '../kit.ts';

const TripPlanned = defineEvent('trip.planned', about);
const VisaGranted = defineEvent('visa.granted', about);
const FlightBooked = defineEvent('flight.booked', about);

const machine = setup({
  types: {} as {
    input: { id: string };
    context: { visa: boolean; flight: boolean };
    events: MessageOf<typeof VisaGranted> | MessageOf<typeof FlightBooked>;
  },
  guards: { hasBoth: ({ context }) => context.visa && context.flight },
}).createMachine({
  id: 'trip',
  context: { visa: false, flight: false },
  initial: 'preparing',
  states: {
    preparing: {
      on: {
        'visa.granted': { actions: assign({ visa: true }) },
        'flight.booked': { actions: assign({ flight: true }) },
      },
      always: { guard: 'hasBoth', target: 'ready' },
    },
    ready: { type: 'final' },
  },
});
const trip = defineSaga('trip', { machine })
  .startsOn(TripPlanned, data => data)
  .on(VisaGranted)
  .on(FlightBooked);

export const expected: readonly CheckCode[] = ['TR120'];
export const app = defineApp({ sagas: [trip] });
