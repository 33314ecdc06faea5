// Of two sagas with one start event one sends the command itself, and the other leaves it to its child.
import { setup } from 'xstate';
import {
  command,
  defineActor,
  defineApp,
  defineCommand,
  defineEvent,
  defineSaga,
  saga,
} from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { money, ok, whole, type Case } from '../kit.ts';

const ClaimApproved = defineEvent('claim.approved', money);
const PayClaim = defineCommand('claim.pay', { ...money, reply: ok });

const treasury = defineActor('treasury', { state: () => ({ cents: 0 }) }).on(PayClaim, (ctx, { cents }) => {
  ctx.state.cents += cents;
  return { ok: true };
});

const paying = setup({
  types: {} as { input: Case; context: Case },
  actors: { pay: command(PayClaim, { timeout: '1d', doneIf: reply => reply.ok }) },
}).createMachine({
  id: 'paying',
  context: ({ input }) => input,
  initial: 'asking',
  states: {
    asking: { invoke: { id: 'pay', src: 'pay', input: whole, onDone: 'paid', onError: 'unpaid' } },
    paid: { type: 'final' },
    unpaid: { type: 'final' },
  },
});
const express = defineSaga('express', { machine: paying }).startsOn(ClaimApproved, data => data);
const payment = defineSaga('payment', { machine: paying });

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: { payment: saga(payment, { timeout: '7d' }) },
}).createMachine({
  id: 'settlement',
  context: ({ input }) => input,
  initial: 'paying',
  states: {
    paying: { invoke: { id: 'payment', src: 'payment', input: whole, onDone: 'settled', onError: 'stuck' } },
    settled: { type: 'final' },
    stuck: { type: 'final' },
  },
});
const settlement = defineSaga('settlement', { machine }).startsOn(ClaimApproved, data => data);

export const expected: readonly CheckCode[] = ['TR103'];
export const app = defineApp({ actors: [treasury], sagas: [express, settlement, payment] });
