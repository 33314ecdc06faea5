// Two sagas and an actor ask for a score and send letters by the same commands, each with a reason of its own.
import { setup } from 'xstate';
import { z } from 'zod';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import { about, whole, type Case } from '../kit.ts';

const LoanRequested = defineEvent('loan.requested', about);
const CheckCredit = defineCommand('credit.check', { ...about, reply: z.object({ score: z.int() }) });
const SendMail = defineCommand('mail.send', about);
const ReserveFunds = defineCommand('funds.reserve', about);
const FreeFunds = defineCommand('funds.free', about);
const PayOut = defineCommand('loan.pay-out', about);

const bureau = defineActor('bureau', { state: () => ({ asked: 0 }) }).on(CheckCredit, ctx => {
  ctx.state.asked += 1;
  return { score: 700 };
});
const mail = defineActor('mail', { state: () => ({ sent: 0 }) }).on(SendMail, ctx => {
  ctx.state.sent += 1;
});
const treasury = defineActor('treasury', { state: () => ({ reserved: 0 }) })
  .on(ReserveFunds, ctx => {
    ctx.state.reserved += 1;
  })
  .on(FreeFunds, ctx => {
    ctx.state.reserved -= 1;
  })
  .on(PayOut, () => {});
const marketing = defineActor('marketing', { sends: [SendMail] }).on(LoanRequested, (ctx, loan) => {
  ctx.send(SendMail, loan);
});

type Loan = Pick<Case, 'id'>;
const lending = setup({
  types: {} as { input: Loan; context: Loan },
  actors: {
    check: command(CheckCredit, { timeout: '1h' }),
    reserve: command(ReserveFunds, { compensate: { send: FreeFunds, data: (_reply, loan) => loan } }),
    tell: command(SendMail),
    pay: command(PayOut),
  },
}).createMachine({
  id: 'lending',
  context: ({ input }) => input,
  initial: 'checking',
  states: {
    checking: { invoke: { id: 'check', src: 'check', input: whole, onDone: 'reserving', onError: 'refused' } },
    reserving: { invoke: { id: 'reserve', src: 'reserve', input: whole, onDone: 'telling', onError: 'refused' } },
    telling: { invoke: { id: 'tell', src: 'tell', input: whole, onDone: 'paying', onError: 'refused' } },
    paying: { invoke: { id: 'pay', src: 'pay', input: whole, onDone: 'paid', onError: 'refused' } },
    paid: { type: 'final' },
    refused: { type: 'final', tags: 'compensate' },
  },
});
const fraud = setup({
  types: {} as { input: Loan; context: Loan },
  actors: { check: command(CheckCredit, { timeout: '1h' }), tell: command(SendMail) },
}).createMachine({
  id: 'fraud',
  context: ({ input }) => input,
  initial: 'checking',
  states: {
    checking: { invoke: { id: 'check', src: 'check', input: whole, onDone: 'telling', onError: 'unknown' } },
    telling: { invoke: { id: 'tell', src: 'tell', input: whole, onDone: 'told', onError: 'unknown' } },
    told: { type: 'final' },
    unknown: { type: 'final' },
  },
});

export const app = defineApp({
  actors: [bureau, mail, treasury, marketing],
  sagas: [
    defineSaga('lending', { machine: lending }).startsOn(LoanRequested, data => data),
    defineSaga('fraud', { machine: fraud }).startsOn(LoanRequested, data => data),
  ],
});
