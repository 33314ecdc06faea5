// The saga's step has an owner, but the command that would undo it has none.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { DataOf } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about, ok, whole } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', about);
const ReserveStock = defineCommand('stock.reserve', about);
const ReleaseStock = defineCommand('stock.release', about);
const PackParcel = defineCommand('parcel.pack', { ...about, reply: ok });

type Order = DataOf<typeof OrderPlaced>;

const stock = defineActor('stock', { state: () => ({ units: 0 }) }).on(ReserveStock, ctx => {
  ctx.state.units += 1;
});
const packing = defineActor('packing').on(PackParcel, (_ctx, { id }) => ({ ok: id !== '' }));

const machine = setup({
  types: {} as { input: Order; context: Order; tags: 'compensate' },
  actors: {
    reserve: command(ReserveStock, { compensate: { send: ReleaseStock, data: (_reply, order) => order } }),
    pack: command(PackParcel, { doneIf: reply => reply.ok }),
  },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'reserving',
  states: {
    reserving: { invoke: { id: 'reserve', src: 'reserve', input: whole, onDone: 'packing', onError: 'failed' } },
    packing: { invoke: { id: 'pack', src: 'pack', input: whole, onDone: 'packed', onError: 'failed' } },
    packed: { type: 'final' },
    failed: { type: 'final', tags: 'compensate' },
  },
});
const checkout = defineSaga('checkout', { machine }).startsOn(OrderPlaced, data => data);

export const expected: readonly CheckCode[] = ['TR130'];
export const app = defineApp({ actors: [stock, packing], sagas: [checkout] });
