// The saga sends the letter itself for a tenth of the loans, and the office for the rest: `where` parts the event.
import { setup } from 'xstate';
import { z } from 'zod';
import { defineActor, defineApp, defineEvent, defineSaga, task } from '../../../../src/index.ts';
import { about, whole, type Case } from '../kit.ts';

const LoanGranted = defineEvent('loan.granted', { ...about, data: about.data.extend({ isCanary: z.boolean() }) });
const effect = 'send-letter';

const office = defineActor('office').task(LoanGranted, async (ctx, { id }) => void (await ctx.step('post', () => id)), {
  effect,
  where: ({ isCanary }) => !isCanary,
});

const machine = setup({
  types: {} as { input: Pick<Case, 'id'>; context: Pick<Case, 'id'> },
  actors: { post: task(() => 'posted', { timeout: '1m', effect }) },
}).createMachine({
  id: 'lending',
  context: ({ input }) => input,
  initial: 'posting',
  states: {
    posting: { invoke: { id: 'post', src: 'post', input: whole, onDone: 'posted', onError: 'stuck' } },
    posted: { type: 'final' },
    stuck: { type: 'final' },
  },
});
const lending = defineSaga('lending', { machine }).startsOn(LoanGranted, ({ id }) => ({ id }), {
  where: ({ isCanary }: { readonly isCanary: boolean }) => isCanary,
});

export const app = defineApp({ actors: [office], sagas: [lending] });
