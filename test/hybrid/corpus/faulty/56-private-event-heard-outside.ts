// The ledger entry is an inner matter of the payment module, and a report outside of it subscribes to it.
import { defineActor, defineApp, defineCommand, defineEvent, defineModule } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { money } from '../kit.ts';

const ChargePayment = defineCommand('payment.charge', money);
const EntryWritten = defineEvent('ledger.entry-written', money);

const cards = defineActor('cards', { publishes: [EntryWritten] }).on(ChargePayment, (ctx, charge) => {
  ctx.publish(EntryWritten, charge);
});
const ledger = defineActor('ledger', { state: () => ({ cents: 0 }), single: true }).on(
  EntryWritten,
  (ctx, { cents }) => {
    ctx.state.cents += cents;
  },
);
const report = defineActor('report', { state: () => ({ entries: 0 }), single: true }).on(EntryWritten, ctx => {
  ctx.state.entries += 1;
});

export const expected: readonly CheckCode[] = ['TR170'];
export const app = defineApp({
  actors: [report],
  modules: [defineModule('payment', { actors: [cards, ledger], exposes: [ChargePayment] })],
});
