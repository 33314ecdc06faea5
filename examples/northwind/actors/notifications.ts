// Notifications: a letter about every invoice and every cancelled order, sent outside the transaction.
import { defineActor } from 'troupe';
import { InvoiceIssued, OrderCancelled } from '../contracts.ts';

/** Stands for a mail service: it knows the key of a letter it has got already, so a second attempt posts nothing. */
const post = {
  posted: new Set<string>(),
  async send(
    text: string,
    { idempotencyKey, signal }: { idempotencyKey: string; signal: AbortSignal },
  ): Promise<number> {
    await Promise.resolve();
    signal.throwIfAborted();
    this.posted.add(idempotencyKey);
    return text.length;
  },
};

const byCustomer = { key: (data: { readonly customerId: string }): string => data.customerId };

export const notifications = defineActor('notifications', {
  state: () => ({ letters: 0, regrets: 0 }),
})
  .task(
    InvoiceIssued,
    {
      run: (ctx, { orderId, invoice }) =>
        post.send(`Order ${orderId} is on its way. Invoice ${invoice} is enclosed.`, ctx),
      done: ctx => {
        ctx.state.letters += 1;
      },
    },
    byCustomer,
  )
  .task(
    OrderCancelled,
    {
      run: (ctx, { orderId, reason }) => post.send(`We are sorry: order ${orderId} is cancelled (${reason}).`, ctx),
      done: ctx => {
        ctx.state.letters += 1;
        ctx.state.regrets += 1;
      },
    },
    byCustomer,
  );
