// A step that is tried again after a while, three times at most; every state that waits has a timer.
import { assign, emit, setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { MessageOf } from '../../../../src/index.ts';
import { about, money, ok, whole, type Case } from '../kit.ts';

const InvoiceDue = defineEvent('invoice.fell-due', money);
const DebitAccount = defineCommand('account.debit', { ...money, reply: ok });
const DebtCollected = defineEvent('debt.collected', about);
const DebtSold = defineEvent('debt.sold', about);

const accounts = defineActor('accounts', { state: () => ({ cents: 50_000 }) }).on(DebitAccount, (ctx, { cents }) => {
  if (cents > ctx.state.cents) return { ok: false };
  ctx.state.cents -= cents;
  return { ok: true };
});

const machine = setup({
  types: {} as {
    input: Case;
    context: Case & { readonly tries: number };
    emitted: MessageOf<typeof DebtCollected | typeof DebtSold>;
  },
  actors: { debit: command(DebitAccount, { timeout: '1m', doneIf: reply => reply.ok }) },
  delays: { pause: ({ context }) => context.tries * 86_400_000 },
  guards: { again: ({ context }) => context.tries < 3 },
}).createMachine({
  id: 'dunning',
  context: ({ input }) => ({ ...input, tries: 0 }),
  initial: 'debiting',
  states: {
    debiting: {
      entry: assign({ tries: ({ context }) => context.tries + 1 }),
      invoke: {
        id: 'debit',
        src: 'debit',
        input: whole,
        onDone: 'collected',
        onError: [{ guard: 'again', target: 'pausing' }, { target: 'sold' }],
      },
    },
    pausing: { after: { pause: 'debiting' } },
    collected: { type: 'final', entry: emit(({ context: { id } }) => DebtCollected({ id })) },
    sold: { type: 'final', entry: emit(({ context: { id } }) => DebtSold({ id })) },
  },
});
const dunning = defineSaga('dunning', { machine, publishes: [DebtCollected, DebtSold] }).startsOn(
  InvoiceDue,
  data => data,
);

export const app = defineApp({ actors: [accounts], sagas: [dunning] });
