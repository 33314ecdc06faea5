// Collection: how long a parcel waits for its shipper, as a machine of its own. Its end: nobody comes for the parcel.
import { command } from 'troupe';
import { setup } from 'xstate';
import { ChaseParcel } from '../contracts.ts';
import { PATIENCE_MS } from '../terms.ts';

interface Parcel {
  readonly parcelId: string;
  readonly shipperId: string;
}

export const collection = setup({
  types: {} as { input: Parcel; context: Parcel },
  actors: { chase: command(ChaseParcel, { doneIf: reply => reply.ok }) },
  delays: { patience: PATIENCE_MS },
}).createMachine({
  id: 'collection',
  context: ({ input: { parcelId, shipperId } }) => ({ parcelId, shipperId }),
  initial: 'waiting',
  states: {
    waiting: { after: { patience: 'chasing' } },
    // Whether in time is for the desk to say: a parcel may have been collected while the question was on its way.
    chasing: {
      invoke: { id: 'chase', src: 'chase', input: ({ context }) => context, onDone: 'waiting', onError: 'given-up' },
    },
    'given-up': { type: 'final' },
  },
});
