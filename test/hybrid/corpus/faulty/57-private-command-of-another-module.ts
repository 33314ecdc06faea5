// A saga of one module commands another module past its boundary: the module exposes something else.
import { setup } from 'xstate';
import {
  command,
  defineActor,
  defineApp,
  defineCommand,
  defineEvent,
  defineModule,
  defineSaga,
} from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { money, whole, type Case } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', money);
const ChargePayment = defineCommand('payment.charge', money);
const BookEntry = defineCommand('ledger.book-entry', money);

const cards = defineActor('cards', { sends: [BookEntry] }).on(ChargePayment, (ctx, charge) => {
  ctx.send(BookEntry, charge);
});
const ledger = defineActor('ledger', { state: () => ({ cents: 0 }) }).on(BookEntry, (ctx, { cents }) => {
  ctx.state.cents += cents;
});

const machine = setup({
  types: {} as { input: Case; context: Case },
  actors: { book: command(BookEntry) },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'paying',
  states: {
    paying: { invoke: { id: 'book', src: 'book', input: whole, onDone: 'paid', onError: 'failed' } },
    paid: { type: 'final' },
    failed: { type: 'final' },
  },
});
const checkout = defineSaga('checkout', { machine }).startsOn(OrderPlaced, data => data);

export const expected: readonly CheckCode[] = ['TR170'];
export const app = defineApp({
  modules: [
    defineModule('payment', { actors: [cards, ledger], exposes: [ChargePayment] }),
    defineModule('sales', { sagas: [checkout], exposes: [OrderPlaced] }),
  ],
});
