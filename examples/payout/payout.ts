// The payout sample of Rebus as a saga: three facts in any order start and complete it, a timeout asks for help.
// Source: "Coordinating stuff that happens over time", Rebus wiki, sample PayoutSaga.
import { defineApp, defineEvent, defineSaga, type MessageOf } from 'troupe';
import { assign, emit, setup } from 'xstate';
import { z } from 'zod';

const aboutCase = {
  data: z.object({ caseNumber: z.string() }),
  key: (data: { caseNumber: string }) => data.caseNumber,
};

export const AmountsCalculated = defineEvent('payout.amounts-calculated', {
  ...aboutCase,
  data: z.object({ caseNumber: z.string(), cents: z.int() }),
});
export const TaxesCalculated = defineEvent('payout.taxes-calculated', {
  ...aboutCase,
  data: z.object({ caseNumber: z.string(), cents: z.int() }),
});
export const MethodSelected = defineEvent('payout.method-selected', {
  ...aboutCase,
  data: z.object({ caseNumber: z.string(), method: z.enum(['bank', 'card']) }),
});
export const PayoutReady = defineEvent('payout.ready', {
  ...aboutCase,
  data: z.object({ caseNumber: z.string(), cents: z.int(), method: z.enum(['bank', 'card']) }),
});
export const PayoutNotReady = defineEvent('payout.not-ready', {
  ...aboutCase,
  data: z.object({ caseNumber: z.string(), missing: z.array(z.string()) }),
});

interface Payout {
  readonly caseNumber: string;
  readonly amount: number | null;
  readonly taxes: number | null;
  readonly method: 'bank' | 'card' | null;
}

const missingOf = ({ amount, taxes, method }: Payout): string[] =>
  Object.entries({ amount, taxes, method }).flatMap(([name, value]) => (value === null ? [name] : []));

export const machine = setup({
  types: {} as {
    input: { readonly caseNumber: string };
    context: Payout;
    events: MessageOf<typeof AmountsCalculated | typeof TaxesCalculated | typeof MethodSelected>;
    emitted: MessageOf<typeof PayoutReady | typeof PayoutNotReady>;
  },
  guards: { isComplete: ({ context }) => missingOf(context).length === 0 },
  delays: { patience: 10_000 },
}).createMachine({
  id: 'payout',
  context: ({ input }) => ({ caseNumber: input.caseNumber, amount: null, taxes: null, method: null }),
  initial: 'gathering',
  states: {
    gathering: {
      on: {
        'payout.amounts-calculated': { actions: assign({ amount: ({ event }) => event.data.cents }) },
        'payout.taxes-calculated': { actions: assign({ taxes: ({ event }) => event.data.cents }) },
        'payout.method-selected': { actions: assign({ method: ({ event }) => event.data.method }) },
      },
      always: { guard: 'isComplete', target: 'ready' },
      after: { patience: 'overdue' },
    },
    ready: {
      type: 'final',
      entry: emit(({ context: { caseNumber, amount, taxes, method } }) =>
        PayoutReady({ caseNumber, cents: (amount ?? 0) - (taxes ?? 0), method: method ?? 'bank' }),
      ),
    },
    overdue: {
      type: 'final',
      entry: emit(({ context }) => PayoutNotReady({ caseNumber: context.caseNumber, missing: missingOf(context) })),
    },
  },
});

const toInput = ({ caseNumber }: { readonly caseNumber: string }) => ({ caseNumber });

export const payout = defineSaga('payout', { machine, publishes: [PayoutReady, PayoutNotReady] })
  .startsOn(AmountsCalculated, toInput)
  .startsOn(TaxesCalculated, toInput)
  .startsOn(MethodSelected, toInput);

export const app = defineApp({ sagas: [payout] });
