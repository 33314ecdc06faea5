// A handler gives way to an orchestrator, and the app has no saga at all.
import { defineActor, defineApp, defineCommand, defineEvent } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about } from '../kit.ts';

const BookReturned = defineEvent('book.returned', about);
const FineForgiven = defineEvent('fine.forgiven', about);
const ForgiveFine = defineCommand('fine.forgive', about);

const fines = defineActor('fines', { state: () => ({ cents: 100 }), publishes: [FineForgiven] })
  .on(ForgiveFine, (ctx, book) => {
    ctx.state.cents = 0;
    ctx.publish(FineForgiven, book);
  })
  .on(
    BookReturned,
    (ctx, book) => {
      ctx.state.cents = 0;
      ctx.publish(FineForgiven, book);
    },
    { yieldsTo: 'orchestrator' },
  );

export const expected: readonly CheckCode[] = ['TR105'];
export const app = defineApp({ actors: [fines] });
