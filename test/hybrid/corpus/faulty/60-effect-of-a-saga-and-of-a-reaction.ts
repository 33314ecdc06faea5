// The saga sends the letter in a task of its own, and the office sends it, too, as it did before there was a saga.
import { setup } from 'xstate';
import { defineActor, defineApp, defineEvent, defineSaga, task } from '../../../../src/index.ts';
import { about, whole } from '../kit.ts';

export const expected = ['TR107'] as const;

const LoanGranted = defineEvent('loan.granted', about);

const office = defineActor('office').task(LoanGranted, async (ctx, { id }) => void (await ctx.step('post', () => id)), {
  effect: 'send-letter',
});

const machine = setup({
  types: {} as { input: { id: string }; context: { id: string } },
  actors: { post: task(() => 'posted', { timeout: '1m', effect: 'send-letter' }) },
}).createMachine({
  id: 'lending',
  context: ({ input }) => input,
  initial: 'posting',
  states: {
    posting: { invoke: { id: 'post', src: 'post', input: whole, onDone: 'posted', onError: 'failed' } },
    posted: { type: 'final' },
    failed: { type: 'final' },
  },
});
const lending = defineSaga('lending', { machine }).startsOn(LoanGranted, data => data);

export const app = defineApp({ actors: [office], sagas: [lending] });
