// The saga publishes a wish that only one actor hears, and waits for its answer: a command in disguise.
import { emit, setup } from 'xstate';
import { defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { MessageOf } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about, money, type Case } from '../kit.ts';

const RequestLoan = defineCommand('loan.request', money);
const LoanRequested = defineEvent('loan.requested', money);
const CheckRequested = defineEvent('loan.check-requested', money);
const CustomerChecked = defineEvent('bureau.customer-checked', about);

const desk = defineActor('desk', { publishes: [LoanRequested] }).on(RequestLoan, (ctx, loan) => {
  ctx.publish(LoanRequested, loan);
});
const bureau = defineActor('bureau', { publishes: [CustomerChecked] }).on(CheckRequested, (ctx, { id }) => {
  ctx.publish(CustomerChecked, { id });
});

const machine = setup({
  types: {} as {
    input: Case;
    context: Case;
    events: MessageOf<typeof CustomerChecked>;
    emitted: MessageOf<typeof CheckRequested>;
  },
  delays: { patience: 86_400_000 },
}).createMachine({
  id: 'loan',
  context: ({ input }) => input,
  initial: 'checking',
  states: {
    checking: {
      entry: emit(({ context }) => CheckRequested(context)),
      on: { 'bureau.customer-checked': 'checked' },
      after: { patience: 'unchecked' },
    },
    checked: { type: 'final' },
    unchecked: { type: 'final' },
  },
});
const loans = defineSaga('loans', { machine, publishes: [CheckRequested] })
  .startsOn(LoanRequested, data => data)
  .on(CustomerChecked);

export const hints = true;
export const expected: readonly CheckCode[] = ['TR111'];
export const app = defineApp({ actors: [desk, bureau], sagas: [loans] });
