// An event called `send-reminder`, verb first as many commands are.
import { defineActor, defineApp, defineCommand, defineEvent } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about } from '../kit.ts';

const ReminderWanted = defineEvent('loan.send-reminder', about);
const BookLent = defineEvent('loan.book-lent', about);
const LendBook = defineCommand('loan.lend-book', about);

const loans = defineActor('loans', { state: () => ({ lent: 0 }), publishes: [ReminderWanted, BookLent] }).on(
  LendBook,
  (ctx, book) => {
    ctx.state.lent += 1;
    ctx.publish(BookLent, book);
    ctx.publish(ReminderWanted, book);
  },
);
const letters = defineActor('letters', { state: () => ({ letters: 0 }) }).on(ReminderWanted, ctx => {
  ctx.state.letters += 1;
});

export const expected: readonly CheckCode[] = ['TR161'];
export const app = defineApp({ actors: [loans, letters] });
