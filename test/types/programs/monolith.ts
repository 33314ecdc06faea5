// A modular monolith: own tables by Drizzle and by raw SQL, in the turn's transaction and in plain code.
import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { eq, sql as raw } from 'drizzle-orm';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { createRuntime, defineActor, defineApp, defineModule, type Bus } from '../../../src/index.ts';
import { ChargePayment, OrderCancelled, OrderPlaced, PaymentCharged, RefundPayment } from './contracts.ts';
import { shipping, stock } from './orchestrated.ts';

const ledger = sqliteTable('ledger', { orderId: text('order_id').primaryKey(), cents: integer('cents').notNull() });
/** Made once per runtime, of the database inside the turn. */
const open = (database: Database.Database) => drizzle({ client: database, schema: { ledger } });

const payments = defineActor('payments', { publishes: [PaymentCharged], sql: open })
  .on(ChargePayment, (ctx, charge) => {
    const booked = ctx.sql.select().from(ledger).where(eq(ledger.orderId, charge.orderId)).get();
    if (booked && booked.cents > 0) return { ok: false, code: 'expired' };
    ctx.sql.insert(ledger).values({ orderId: charge.orderId, cents: charge.cents }).run();
    ctx.sql.transaction(tx =>
      tx
        .update(ledger)
        .set({ cents: raw`cents + 0` })
        .run(),
    );
    ctx.publish(PaymentCharged, { orderId: charge.orderId, receipt: ctx.id() });
    return { ok: true, receipt: ctx.id() };
  })
  .on(RefundPayment, (ctx, refund) => {
    ctx.sql.delete(ledger).where(eq(ledger.orderId, refund.orderId)).run();
  });
/** Plain SQL instead of Drizzle. */
const audit = defineActor('audit', { sql: true }).on(OrderCancelled, (ctx, order) => {
  const row = ctx.sql
    .prepare<[string], { cents: number }>('select cents from ledger where order_id = ?')
    .get(order.orderId);
  ctx.log.info({ cents: row?.cents }, 'cancelled');
});

const billing = defineModule('billing', {
  actors: [payments, audit],
  exposes: [ChargePayment, RefundPayment, PaymentCharged],
});
const warehouse = defineModule('warehouse', { actors: [stock, shipping] });
const app = defineApp({ modules: [billing, warehouse] });

const database = new Database('shop.db');
await using runtime = await createRuntime(app, { database });
const orders = drizzle(database, { schema: { ledger } });

/** An HTTP handler: own write and event commit together. */
export function placeOrder(orderId: string, cents: number): number {
  return runtime.transaction(tx => {
    const written = orders.insert(ledger).values({ orderId, cents }).run();
    tx.publish(OrderPlaced, { orderId, cents });
    return Number(written.lastInsertRowid);
  });
}
/** Application code takes the narrow type. */
export const cancel = (bus: Bus, orderId: string): Promise<unknown> => bus.publish(OrderCancelled, { orderId });
