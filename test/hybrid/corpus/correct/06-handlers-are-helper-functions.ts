// Handlers are functions of their own, and one hands its context on to a helper: it says that it publishes nothing.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { ContextOf } from '../../../../src/index.ts';
import { money, ok, whole, type Case } from '../kit.ts';

const LoanRequested = defineEvent('loan.requested', money);
const LoanGranted = defineEvent('loan.granted', money);
const GrantLoan = defineCommand('loan.grant', { ...money, reply: ok });

const base = defineActor('lending', {
  state: () => ({ granted: 0, requested: 0, largest: 0 }),
  publishes: [LoanGranted],
});
type Context = ContextOf<typeof base>;

function grant(ctx: Context, loan: Case) {
  ctx.state.granted += loan.cents;
  ctx.publish(LoanGranted, loan);
  return { ok: true };
}

function watch(ctx: Context, { cents }: Case): void {
  ctx.state.requested += 1;
  remember(ctx, cents);
}

function remember(ctx: Context, cents: number): void {
  ctx.state.largest = Math.max(ctx.state.largest, cents);
}

const lending = base.on(GrantLoan, grant).on(LoanRequested, watch, { publishes: [] });

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: { grant: command(GrantLoan, { timeout: '1h', doneIf: reply => reply.ok }) },
}).createMachine({
  id: 'application',
  context: ({ input }) => input,
  initial: 'granting',
  states: {
    granting: { invoke: { id: 'grant', src: 'grant', input: whole, onDone: 'granted', onError: 'refused' } },
    granted: { type: 'final' },
    refused: { type: 'final' },
  },
});
const application = defineSaga('application', { machine }).startsOn(LoanRequested, data => data);

export const app = defineApp({ actors: [lending], sagas: [application] });
