// The steps have their undo, but the state of the failure lacks the tag: nothing is ever undone.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about, money, ok, whole, type Case } from '../kit.ts';

const SeatWanted = defineEvent('seat.wanted', money);
const HoldSeat = defineCommand('seat.hold', about);
const FreeSeat = defineCommand('seat.free', about);
const TakePayment = defineCommand('payment.take', { ...money, reply: ok });

const hall = defineActor('hall', { state: () => ({ held: false }) })
  .on(HoldSeat, ctx => {
    ctx.state.held = true;
  })
  .on(FreeSeat, ctx => {
    ctx.state.held = false;
  });
const payments = defineActor('payments').on(TakePayment, (_ctx, { cents }) => ({ ok: cents < 10_000 }));

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: {
    hold: command(HoldSeat, { compensate: { send: FreeSeat, data: (_reply, { id }) => ({ id }) } }),
    take: command(TakePayment, { doneIf: reply => reply.ok }),
  },
}).createMachine({
  id: 'booking',
  context: ({ input }) => input,
  initial: 'holding',
  states: {
    holding: { invoke: { id: 'hold', src: 'hold', input: whole, onDone: 'paying', onError: 'failed' } },
    paying: { invoke: { id: 'take', src: 'take', input: whole, onDone: 'booked', onError: 'failed' } },
    booked: { type: 'final' },
    failed: { type: 'final' },
  },
});
const booking = defineSaga('booking', { machine }).startsOn(SeatWanted, data => data);

export const expected: readonly CheckCode[] = ['TR123'];
export const app = defineApp({ actors: [hall, payments], sagas: [booking] });
