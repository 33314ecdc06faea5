// One actor counts everything about loans and also reacts to the return of a book: each does work of its own.
import { setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { DataOf, MessageOf } from '../../../../src/index.ts';
import { about, ok, whole } from '../kit.ts';

const BookLent = defineEvent('loan.book-lent', about);
const BookReturned = defineEvent('loan.book-returned', about);
const FineSet = defineEvent('loan.fine-imposed', about);
const ShelfUpdated = defineEvent('shelf.updated', about);
const LendBook = defineCommand('library.lend', { ...about, reply: ok });
const ImposeFine = defineCommand('library.impose-fine', about);

const library = defineActor('library', {
  state: () => ({ lent: false }),
  publishes: [BookLent, FineSet],
})
  .on(LendBook, (ctx, book) => {
    if (ctx.state.lent) return { ok: false };
    ctx.state.lent = true;
    ctx.publish(BookLent, book);
    return { ok: true };
  })
  .on(ImposeFine, (ctx, book) => ctx.publish(FineSet, book));
const catalog = defineActor('catalog', { state: () => ({ moves: 0 }), publishes: [ShelfUpdated] })
  .onAny('loan.*', ctx => {
    ctx.state.moves += 1;
  })
  .on(BookReturned, (ctx, book) => {
    ctx.publish(ShelfUpdated, book);
  });

type Book = DataOf<typeof BookLent>;
const machine = setup({
  types: {} as { input: Book; context: Book; events: MessageOf<typeof BookReturned> },
  actors: { fine: command(ImposeFine) },
  delays: { month: 28 * 86_400_000 },
}).createMachine({
  id: 'loan',
  context: ({ input }) => input,
  initial: 'out',
  states: {
    out: { on: { 'loan.book-returned': 'back' }, after: { month: 'fining' } },
    fining: { invoke: { id: 'fine', src: 'fine', input: whole, onDone: 'late', onError: 'late' } },
    late: { on: { 'loan.book-returned': 'back' }, after: { month: 'lost' } },
    back: { type: 'final' },
    lost: { type: 'final' },
  },
});
const loan = defineSaga('loan', { machine })
  .startsOn(BookLent, data => data)
  .on(BookReturned);

export const app = defineApp({ actors: [library, catalog], sagas: [loan] });
