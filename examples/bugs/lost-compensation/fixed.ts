// The same trips with the bug mended: whatever goes wrong, what was booked is given back.
import { defineApp, defineSaga } from 'troupe';
import { flights, hotels, parts, TripWanted } from './app.ts';

const machine = parts.createMachine({
  id: 'booking',
  context: ({ input }) => input,
  initial: 'flying',
  states: {
    flying: {
      invoke: { id: 'flight', src: 'flight', input: ({ context }) => context, onDone: 'sleeping', onError: 'failed' },
    },
    sleeping: {
      invoke: { id: 'hotel', src: 'hotel', input: ({ context }) => context, onDone: 'booked', onError: 'failed' },
    },
    booked: { type: 'final' },
    failed: { type: 'final', tags: 'compensate' },
  },
});
const booking = defineSaga('booking', { machine }).startsOn(TripWanted, data => data);

export const app = defineApp({ actors: [flights, hotels], sagas: [booking] });
