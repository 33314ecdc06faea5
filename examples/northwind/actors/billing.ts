// Billing: writes an invoice for every order shipped, into a table of its own and in the transaction of the turn.
import { defineActor, type AppOptions } from 'troupe';
import { InvoiceIssued, OrderShipped } from '../contracts.ts';

type Migrate = NonNullable<AppOptions['migrate']>;

export const migrateBilling: Migrate = database => {
  database.exec(`
    create table if not exists invoices (
      number      integer primary key,
      order_id    text    not null unique,
      customer_id text    not null,
      cents       integer not null
    ) strict
  `);
};

export const billing = defineActor('billing', {
  single: true,
  sql: true,
  state: () => ({ invoices: 0, cents: 0 }),
  publishes: [InvoiceIssued],
}).on(OrderShipped, (ctx, { orderId, customerId, cents }) => {
  ctx.state.invoices += 1;
  ctx.state.cents += cents;
  const invoice = ctx.state.invoices;
  ctx.sql
    .prepare('insert into invoices (number, order_id, customer_id, cents) values (?, ?, ?, ?)')
    .run(invoice, orderId, customerId, cents);
  ctx.publish(InvoiceIssued, { invoice, orderId, customerId, cents });
});
