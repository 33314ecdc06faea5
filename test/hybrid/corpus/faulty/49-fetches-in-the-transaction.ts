// The handler writes its state and calls a web service in one: a turn that is rolled back has called all the same.
import { defineActor, defineApp, defineEvent } from '../../../../src/index.ts';
import type { CheckCode } from '../../../../src/hybrid/codes.ts';
import { money } from '../kit.ts';

const InvoiceIssued = defineEvent('invoice.issued', money);

const mail = defineActor('mail', { state: () => ({ letters: 0 }) }).on(InvoiceIssued, (ctx, { id }) => {
  ctx.state.letters += 1;
  void fetch(`https://mail.example/invoices/${id}`, { method: 'POST' });
});

export const expected: readonly CheckCode[] = ['TR150'];
export const app = defineApp({ actors: [mail] });
