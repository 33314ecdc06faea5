// Two sagas start on the order, and each charges the card in a task of its own.
import { setup } from 'xstate';
import { defineApp, defineEvent, defineSaga, task } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { money, whole, type Case } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', money);
const charge = task(async ({ input }: { input: Case }) => Promise.resolve(input.cents), {
  effect: 'charge-card',
  timeout: '1m',
});

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: { charge },
}).createMachine({
  id: 'charging',
  context: ({ input }) => input,
  initial: 'paying',
  states: {
    paying: { invoke: { id: 'charge', src: 'charge', input: whole, onDone: 'paid', onError: 'unpaid' } },
    paid: { type: 'final' },
    unpaid: { type: 'final' },
  },
});

export const expected: readonly CheckCode[] = ['TR107'];
export const app = defineApp({
  sagas: ['checkout', 'billing'].map(name => defineSaga(name, { machine }).startsOn(OrderPlaced, data => data)),
});
