// A letter goes out in a task and a call to a carrier, too; the end of each is written in a transaction of its own.
import { defineActor, defineApp, defineCommand, defineEvent } from '../../../../src/index.ts';
import { about, money, ok } from '../kit.ts';

const InvoiceIssued = defineEvent('invoice.issued', money);
const LetterPosted = defineEvent('letter.posted', about);
const LetterReturned = defineEvent('letter.returned', about);
const BookCarrier = defineCommand('carrier.book', { ...about, reply: ok });

const post = defineActor('post', {
  state: () => ({ letters: 0, fetched: 'fetch (by courier)', prefetch: 0 }),
  publishes: [LetterPosted, LetterReturned],
})
  .task(
    InvoiceIssued,
    {
      run: (ctx, { id }) =>
        fetch(`https://post.example/${id}`, { signal: ctx.signal }).then(response => response.status),
      done: (ctx, status, { id }) => {
        ctx.state.letters += 1;
        if (status < 300) ctx.publish(LetterPosted, { id });
        else ctx.publish(LetterReturned, { id });
      },
      failed: (ctx, _failure, { id }) => ctx.publish(LetterReturned, { id }),
    },
    { effect: 'post-letter' },
  )
  .task(BookCarrier, async (ctx, { id }) => {
    const response = await fetch(`https://carrier.example/${id}`, { signal: ctx.signal });
    return { ok: response.ok };
  })
  // It does not fetch anything: a word in a text is no call, and neither is a name that begins so.
  .on(LetterReturned, ctx => {
    const fetchedAt = ctx.now();
    ctx.state.fetched = `fetch again after ${fetchedAt}, setTimeout (manually)`;
    ctx.state.prefetch += 1;
  });

export const app = defineApp({ actors: [post] });
