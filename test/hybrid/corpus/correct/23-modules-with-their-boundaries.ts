// Two modules that use only what the other exposes, with inner messages of their own, and an auditor outside of both.
import { emit, setup } from 'xstate';
import {
  command,
  defineActor,
  defineApp,
  defineCommand,
  defineEvent,
  defineModule,
  defineSaga,
} from '../../../../src/index.ts';
import type { MessageOf } from '../../../../src/index.ts';
import { about, money, ok, whole, type Case } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', money);
const OrderPaid = defineEvent('order.paid', about);
const ChargePayment = defineCommand('payment.charge', { ...money, reply: ok });
const LedgerEntryWritten = defineEvent('ledger.entry-written', money);
const PackParcel = defineCommand('parcel.pack', about);

const cards = defineActor('cards', { sends: [], publishes: [LedgerEntryWritten] }).on(ChargePayment, (ctx, charge) => {
  ctx.publish(LedgerEntryWritten, charge);
  return { ok: true };
});
const ledger = defineActor('ledger', { state: () => ({ cents: 0 }), single: true }).on(
  LedgerEntryWritten,
  (ctx, { cents }) => {
    ctx.state.cents += cents;
  },
);
const packing = defineActor('packing', { state: () => ({ parcels: 0 }) }).on(PackParcel, ctx => {
  ctx.state.parcels += 1;
});

const machine = setup({
  types: {} as { input: Case; context: Case; emitted: MessageOf<typeof OrderPaid> },
  actors: {
    charge: command(ChargePayment, { timeout: '30s', doneIf: reply => reply.ok }),
    pack: command(PackParcel),
  },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'paying',
  states: {
    paying: { invoke: { id: 'charge', src: 'charge', input: whole, onDone: 'packing', onError: 'unpaid' } },
    packing: {
      entry: emit(({ context: { id } }) => OrderPaid({ id })),
      invoke: { id: 'pack', src: 'pack', input: whole, onDone: 'packed', onError: 'unpaid' },
    },
    packed: { type: 'final' },
    unpaid: { type: 'final' },
  },
});
const checkout = defineSaga('checkout', { machine, publishes: [OrderPaid] }).startsOn(OrderPlaced, data => data);
const audit = defineActor('audit', { state: () => ({ messages: 0 }), single: true }).onAny('#', ctx => {
  ctx.state.messages += 1;
});

export const app = defineApp({
  actors: [audit],
  modules: [
    defineModule('payment', { actors: [cards, ledger], exposes: [ChargePayment] }),
    defineModule('sales', { actors: [packing], sagas: [checkout], exposes: [OrderPlaced, OrderPaid] }),
  ],
});
