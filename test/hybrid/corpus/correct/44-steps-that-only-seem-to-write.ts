// Steps without an undo that only read: the state is that of an address, and the SQL selects what others update.
import { setup } from 'xstate';
import { z } from 'zod';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import { about, whole, type Case } from '../kit.ts';

const ParcelOrdered = defineEvent('parcel.ordered', about);
const NormalizeAddress = defineCommand('address.normalize', { ...about, reply: z.object({ state: z.string() }) });
const LoadTariffs = defineCommand('tariffs.load', { ...about, reply: z.object({ names: z.array(z.string()) }) });
const HoldPlace = defineCommand('place.hold', about);
const FreePlace = defineCommand('place.free', about);
const BookCarrier = defineCommand('carrier.book', about);

const addresses = defineActor('addresses').on(NormalizeAddress, (_ctx, { id }) => {
  const address = { state: 'ca', id };
  address.state = address.state.toUpperCase();
  return { state: address.state };
});
const tariffs = defineActor('tariffs', { sql: true }).on(LoadTariffs, ctx => {
  // What the nightly import may update or delete is not of interest here.
  const rows = ctx.sql.prepare<[], { name: string }>(`select name from tariffs where last_update > 0`).all();
  const names = new Set(rows.map(({ name }) => name));
  names.delete('none');
  return { names: [...names] };
});
const depot = defineActor('depot', { state: () => ({ held: 0 }) })
  .on(HoldPlace, ctx => {
    ctx.state.held += 1;
  })
  .on(FreePlace, ctx => {
    ctx.state.held -= 1;
  })
  .on(BookCarrier, () => {});

type Parcel = Pick<Case, 'id'>;
const machine = setup({
  types: {} as { input: Parcel; context: Parcel },
  actors: {
    hold: command(HoldPlace, { compensate: { send: FreePlace, data: (_reply, parcel) => parcel } }),
    normalize: command(NormalizeAddress),
    load: command(LoadTariffs),
    book: command(BookCarrier),
  },
}).createMachine({
  id: 'delivery',
  context: ({ input }) => input,
  initial: 'holding',
  states: {
    holding: { invoke: { id: 'hold', src: 'hold', input: whole, onDone: 'normalizing', onError: 'failed' } },
    normalizing: { invoke: { id: 'normalize', src: 'normalize', input: whole, onDone: 'loading', onError: 'failed' } },
    loading: { invoke: { id: 'load', src: 'load', input: whole, onDone: 'booking', onError: 'failed' } },
    booking: { invoke: { id: 'book', src: 'book', input: whole, onDone: 'booked', onError: 'failed' } },
    booked: { type: 'final' },
    failed: { type: 'final', tags: 'compensate' },
  },
});
const delivery = defineSaga('delivery', { machine }).startsOn(ParcelOrdered, data => data);

export const app = defineApp({ actors: [addresses, tariffs, depot], sagas: [delivery] });
