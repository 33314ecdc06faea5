// Cards and transfers go different ways: `where` parts two sagas with one command, and two handlers with one effect.
import { setup } from 'xstate';
import { z } from 'zod';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { DataOf } from '../../../../src/index.ts';
import { money, ok, whole, type Case } from '../kit.ts';

const RefundApproved = defineEvent('refund.approved', {
  ...money,
  data: money.data.extend({ way: z.enum(['card', 'transfer']) }),
});
const MoveMoney = defineCommand('bank.move-money', { ...money, reply: ok });

type Refund = DataOf<typeof RefundApproved>;

const bank = defineActor('bank', { state: () => ({ cents: 0 }) }).on(MoveMoney, (ctx, { cents }) => {
  ctx.state.cents += cents;
  return { ok: true };
});
const mail = defineActor('mail', { state: () => ({ letters: 0, mails: 0 }) })
  .on(RefundApproved, ctx => void (ctx.state.mails += 1), {
    where: ({ way }) => way === 'card',
    effect: 'tell-customer',
  })
  .on(RefundApproved, ctx => void (ctx.state.letters += 1), {
    where: ({ way }) => way === 'transfer',
    effect: 'tell-customer',
  });

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: { move: command(MoveMoney, { timeout: '1d', doneIf: reply => reply.ok }) },
}).createMachine({
  id: 'refund',
  context: ({ input }) => input,
  initial: 'moving',
  states: {
    moving: { invoke: { id: 'move', src: 'move', input: whole, onDone: 'moved', onError: 'stuck' } },
    moved: { type: 'final' },
    stuck: { type: 'final' },
  },
});
const toInput = ({ id, cents }: Refund): Case => ({ id, cents });

export const app = defineApp({
  actors: [bank, mail],
  sagas: [
    defineSaga('card-refund', { machine }).startsOn(RefundApproved, toInput, {
      where: ({ way }: Refund) => way === 'card',
    }),
    defineSaga('transfer-refund', { machine }).startsOn(RefundApproved, toInput, {
      where: ({ way }: Refund) => way === 'transfer',
    }),
  ],
});
