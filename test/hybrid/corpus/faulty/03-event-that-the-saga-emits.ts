// The saga commands the invoice and then says that the order is confirmed, and billing writes an invoice on that, too.
import { emit, setup } from 'xstate';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga } from '../../../../src/index.ts';
import type { MessageOf } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { money, whole, type Case } from '../kit.ts';

const OrderPlaced = defineEvent('order.placed', money);
const OrderConfirmed = defineEvent('order.confirmed', money);
const InvoiceIssued = defineEvent('invoice.issued', money);
const IssueInvoice = defineCommand('invoice.issue', money);

const billing = defineActor('billing', { state: () => ({ invoices: 0 }), publishes: [InvoiceIssued] })
  .on(IssueInvoice, (ctx, order) => {
    ctx.state.invoices += 1;
    ctx.publish(InvoiceIssued, order);
  })
  .on(OrderConfirmed, (ctx, order) => {
    ctx.state.invoices += 1;
    ctx.publish(InvoiceIssued, order);
  });

const machine = setup({
  types: {} as { input: Case; context: Case; emitted: MessageOf<typeof OrderConfirmed> },
  actors: { issue: command(IssueInvoice) },
}).createMachine({
  id: 'checkout',
  context: ({ input }) => input,
  initial: 'billing',
  states: {
    billing: { invoke: { id: 'issue', src: 'issue', input: whole, onDone: 'confirmed', onError: 'failed' } },
    confirmed: { type: 'final', entry: emit(({ context }) => OrderConfirmed(context)) },
    failed: { type: 'final' },
  },
});
const checkout = defineSaga('checkout', { machine, publishes: [OrderConfirmed] }).startsOn(OrderPlaced, data => data);

export const expected: readonly CheckCode[] = ['TR101'];
export const app = defineApp({ actors: [billing], sagas: [checkout] });
