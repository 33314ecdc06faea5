// The reaction does nothing itself: it sends its own actor the command that the saga sends as well.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { money, ok, whole, type Case } from '../kit.ts';

const RoomBooked = defineEvent('room.booked', money);
const TakeDeposit = defineCommand('deposit.take', { ...money, reply: ok });

const deposits = defineActor('deposits', { state: () => ({ cents: 0 }), sends: [TakeDeposit] })
  .on(TakeDeposit, (ctx, { cents }) => {
    ctx.state.cents += cents;
    return { ok: true };
  })
  .on(RoomBooked, (ctx, { id, cents }) => {
    ctx.send(TakeDeposit, { id, cents: Math.round(cents / 10) });
  });

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: { take: command(TakeDeposit, { timeout: '1d', doneIf: reply => reply.ok }) },
}).createMachine({
  id: 'stay',
  context: ({ input }) => input,
  initial: 'securing',
  states: {
    securing: { invoke: { id: 'take', src: 'take', input: whole, onDone: 'secured', onError: 'released' } },
    secured: { type: 'final' },
    released: { type: 'final' },
  },
});
const stay = defineSaga('stay', { machine }).startsOn(RoomBooked, data => data);

export const expected: readonly CheckCode[] = ['TR101'];
export const app = defineApp({ actors: [deposits], sagas: [stay] });
