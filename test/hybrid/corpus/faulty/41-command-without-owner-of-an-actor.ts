// An actor sends a command that no actor of the app handles: the other team's actor was never added.
import { defineActor, defineApp, defineCommand, defineEvent } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about } from '../kit.ts';

const LoanOverdue = defineEvent('loan.fell-overdue', about);
const SendReminder = defineCommand('mail.send-reminder', about);

const loans = defineActor('loans', { state: () => ({ overdue: 0 }), sends: [SendReminder] }).on(
  LoanOverdue,
  (ctx, loan) => {
    ctx.state.overdue += 1;
    ctx.send(SendReminder, loan);
  },
);

export const expected: readonly CheckCode[] = ['TR130'];
export const app = defineApp({ actors: [loans] });
