// Three steps, each with its undo but the last, after which nothing can fail.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import { about, money, ok, whole, type Case } from '../kit.ts';

const SeatWanted = defineEvent('seat.wanted', money);
const HoldSeat = defineCommand('seat.hold', { ...about, reply: ok });
const FreeSeat = defineCommand('seat.free', about);
const TakeDeposit = defineCommand('deposit.take', { ...money, reply: ok });
const ReturnDeposit = defineCommand('deposit.return', money);
const IssueTicket = defineCommand('ticket.issue', { ...about, reply: ok });

const hall = defineActor('hall', { state: () => ({ held: false }) })
  .on(HoldSeat, ctx => {
    if (ctx.state.held) return { ok: false };
    ctx.state.held = true;
    return { ok: true };
  })
  .on(FreeSeat, ctx => {
    ctx.state.held = false;
  });
const till = defineActor('till', { state: () => ({ cents: 0 }), single: true })
  .on(TakeDeposit, (ctx, { cents }) => {
    ctx.state.cents += cents;
    return { ok: true };
  })
  .on(ReturnDeposit, (ctx, { cents }) => {
    ctx.state.cents -= cents;
  });
const printer = defineActor('printer', { state: () => ({ paper: 100 }), single: true }).on(IssueTicket, ctx => {
  ctx.state.paper -= 1;
  return { ok: ctx.state.paper >= 0 };
});

const machine = setup({
  types: {} as { input: Case; context: Case; tags: 'compensate' },
  actors: {
    hold: command(HoldSeat, {
      doneIf: reply => reply.ok,
      compensate: { send: FreeSeat, data: (_reply, { id }) => ({ id }) },
    }),
    take: command(TakeDeposit, {
      doneIf: reply => reply.ok,
      compensate: { send: ReturnDeposit, data: (_reply, deposit) => deposit },
    }),
    issue: command(IssueTicket, { timeout: '2m', doneIf: reply => reply.ok }),
  },
}).createMachine({
  id: 'booking',
  context: ({ input }) => input,
  initial: 'holding',
  states: {
    holding: { invoke: { id: 'hold', src: 'hold', input: whole, onDone: 'paying', onError: 'lost' } },
    paying: { invoke: { id: 'take', src: 'take', input: whole, onDone: 'printing', onError: 'lost' } },
    printing: { invoke: { id: 'issue', src: 'issue', input: whole, onDone: 'booked', onError: 'lost' } },
    booked: { type: 'final' },
    lost: { type: 'final', tags: 'compensate' },
  },
});
const booking = defineSaga('booking', { machine }).startsOn(SeatWanted, data => data);

export const app = defineApp({ actors: [hall, till, printer], sagas: [booking] });
