// A command called `invoice.was-sent`, next to one that is named well.
import { defineActor, defineApp, defineCommand } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { about } from '../kit.ts';

const InvoiceSent = defineCommand('invoice.was-sent', about);
const SendInvoice = defineCommand('invoice.send', about);

const invoices = defineActor('invoices', { state: () => ({ sent: 0 }) })
  .on(InvoiceSent, ctx => {
    ctx.state.sent += 1;
  })
  .on(SendInvoice, ctx => {
    ctx.state.sent += 1;
  });

export const expected: readonly CheckCode[] = ['TR160'];
export const app = defineApp({ actors: [invoices] });
