// One saga commands twelve services one after the other: each of them has to ask it before it may change.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { DataOf } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about, whole } from '../kit.ts';

const WeddingPlanned = defineEvent('wedding.planned', about);

type Wedding = DataOf<typeof WeddingPlanned>;

const trades = ['band', 'cake', 'car', 'church', 'dress', 'flowers', 'hall', 'menu', 'photos', 'rings', 'tent', 'wine'];
const bookings = trades.map(trade => ({ trade, contract: defineCommand(`${trade}.book`, about) }));
const actors = bookings.map(({ trade, contract }) =>
  defineActor(trade, { state: () => ({ bookings: 0 }) }).on(contract, ctx => {
    ctx.state.bookings += 1;
  }),
);

const steps = bookings.map(({ trade }, index) => [
  trade,
  { invoke: { id: trade, src: trade, input: whole, onDone: trades[index + 1] ?? 'planned', onError: 'failed' } },
]);
const machine = setup({
  types: {} as { input: Wedding; context: Wedding },
  actors: Object.fromEntries(bookings.map(({ trade, contract }) => [trade, command(contract)])),
}).createMachine({
  id: 'wedding',
  context: ({ input }) => input,
  initial: 'band',
  states: { ...Object.fromEntries(steps), planned: { type: 'final' }, failed: { type: 'final' } },
});
const weddings = defineSaga('weddings', { machine }).startsOn(WeddingPlanned, data => data);

export const expected: readonly CheckCode[] = ['TR124'];
export const app = defineApp({ actors, sagas: [weddings] });
