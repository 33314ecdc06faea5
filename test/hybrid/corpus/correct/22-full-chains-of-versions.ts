// A contract, an actor and a saga in version 3, each with the steps from both versions before.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { MessageOf } from '../../../../src/index.ts';
import { about, money, whole, type Case } from '../kit.ts';

const ParcelSent = defineEvent('parcel.sent', {
  ...money,
  version: 3,
  upcast: {
    1: (old: { readonly id: string }) => ({ ...old, amount: 0 }),
    2: ({ id, amount }: { readonly id: string; readonly amount: number }) => ({ id, cents: amount * 100 }),
  },
});
const ParcelArrived = defineEvent('parcel.arrived', about);
const TrackParcel = defineCommand('parcel.track', { ...money, version: 2, upcast: { 1: (old: unknown) => old } });

const tracking = defineActor('tracking', {
  state: () => ({ parcels: 0, cents: 0 }),
  version: 3,
  migrate: {
    1: (count: number) => ({ parcels: count }),
    2: (old: { readonly parcels: number }) => ({ ...old, cents: 0 }),
  },
}).on(TrackParcel, (ctx, { cents }) => {
  ctx.state.parcels += 1;
  ctx.state.cents += cents;
});

const machine = setup({
  types: {} as { input: Case; context: Case; events: MessageOf<typeof ParcelArrived> },
  actors: { track: command(TrackParcel) },
  delays: { patience: 86_400_000 },
}).createMachine({
  id: 'parcel',
  context: ({ input }) => input,
  initial: 'tracking',
  states: {
    tracking: { invoke: { id: 'track', src: 'track', input: whole, onDone: 'travelling', onError: 'lost' } },
    travelling: { on: { 'parcel.arrived': 'here' }, after: { patience: 'lost' } },
    here: { type: 'final' },
    lost: { type: 'final' },
  },
});
const parcel = defineSaga('parcel', { machine, version: 3, migrate: { 1: stored => stored, 2: stored => stored } })
  .startsOn(ParcelSent, data => data)
  .on(ParcelArrived);

export const app = defineApp({ actors: [tracking], sagas: [parcel] });
