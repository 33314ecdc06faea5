// What TypeScript refuses about actors.
import { defineActor, type Actor, type HandlerOf } from '../../src/index.ts';
import { ChargePayment, OrderCancelled, OrderPlaced, OrderShipped, PaymentCharged, RefundPayment, ReserveStock, ShipOrder } from './programs/contracts.ts';
const a = defineActor('payments', { state: () => ({ charged: 0 }), publishes: [PaymentCharged], sends: [RefundPayment] });
// @ts-expect-error -- publish undeclared event
a.on(OrderPlaced, (ctx, o) => { ctx.publish(OrderShipped, { orderId: o.orderId, trackingCode: 'x' }); });
// @ts-expect-error -- publish a command
a.on(OrderPlaced, (ctx, o) => { ctx.publish(RefundPayment, { orderId: o.orderId, receipt: 'x' }); });
// @ts-expect-error -- send an event
a.on(OrderPlaced, (ctx, o) => { ctx.send(PaymentCharged, { orderId: o.orderId, receipt: 'x' }); });
// @ts-expect-error -- send undeclared command
a.on(OrderPlaced, (ctx, o) => { ctx.send(ReserveStock, { orderId: o.orderId, lines: [] }); });
// @ts-expect-error -- wrong data
a.on(OrderPlaced, (ctx, o) => { ctx.publish(PaymentCharged, { orderId: 1, receipt: 'x' }); });
// @ts-expect-error -- missing reply
a.on(ChargePayment, (ctx, c) => { ctx.state.charged += c.cents; });
// @ts-expect-error -- wrong reply
a.on(ChargePayment, () => ({ ok: true, recipt: 'x' }));
// @ts-expect-error -- reply code not in enum
a.on(ChargePayment, () => ({ ok: false, code: 'nope' }));
// @ts-expect-error -- async .on with reply
a.on(ChargePayment, async () => ({ ok: true, receipt: 'x' }));
// @ts-expect-error -- async .on without reply
a.on(OrderPlaced, async (ctx) => { ctx.state.charged++; });
// @ts-expect-error -- event handler returns something
a.on(OrderPlaced, (ctx) => ctx.state.charged++);
// @ts-expect-error -- unknown state field
a.on(OrderPlaced, (ctx) => { ctx.state.chrged++; });
// @ts-expect-error -- task writes state
a.task(OrderCancelled, async (ctx) => { ctx.state.charged = 0; });
// @ts-expect-error -- task publishes
a.task(OrderCancelled, async (ctx, o) => { ctx.publish(PaymentCharged, { orderId: o.orderId, receipt: '' }); });
// @ts-expect-error -- task wrong reply
a.task(ChargePayment, async () => ({ ok: true }));
// @ts-expect-error -- task sync
a.task(OrderCancelled, () => {});
// @ts-expect-error -- done returns wrong reply
a.task(ChargePayment, { run: async () => 1, done: (_ctx, n) => ({ ok: true, receipt: n }) });
// @ts-expect-error -- task returns non-reply and no done
a.task(ChargePayment, async () => 1);
// @ts-expect-error -- publishes a command
defineActor('x', { publishes: [ChargePayment] });
// @ts-expect-error -- misspelled option
defineActor('x', { publish: [PaymentCharged] });
// @ts-expect-error -- handler on a string
a.on('order.placed', () => {});
// @ts-expect-error -- handler with a bad param annotation
a.on(OrderPlaced, (_ctx, order: { orderId: number }) => {});
// @ts-expect-error -- bad duration
a.task(OrderCancelled, async () => {}, { timeout: '30 sec' });
// @ts-expect-error -- conditional missing branch
a.on(ChargePayment, (_ctx, c) => { if (c.cents > 0) return { ok: true, receipt: 'x' }; });
// @ts-expect-error -- ask in on
a.on(OrderPlaced, (ctx) => { ctx.ask(ShipOrder, { orderId: '1' }); });
// @ts-expect-error -- no declared publishes
defineActor('q').on(OrderPlaced, (ctx) => { ctx.publish(PaymentCharged, { orderId: '', receipt: '' }); });

// @ts-expect-error -- deferred reply of wrong type
a.on(OrderPlaced, (ctx) => { ctx.reply(ShipOrder, 't', { code: 'x' }); });
// @ts-expect-error -- handler in another file, wrong reply
const h: HandlerOf<typeof a, typeof ChargePayment> = () => ({ ok: true, recipt: '' });
void h;

const opaque: Actor = a;
// @ts-expect-error -- an opaque definition may publish nothing
opaque.on(OrderPlaced, (ctx, o) => { ctx.publish(PaymentCharged, { orderId: o.orderId, receipt: '' }); });

// @ts-expect-error -- SQL without declaring it
a.on(OrderPlaced, (ctx) => { ctx.sql.prepare('select 1'); });
const writes = defineActor('writes', { sql: true });
writes.on(OrderPlaced, (ctx, { orderId }) => { ctx.sql.prepare<[string]>('insert into t values (?)').run(orderId); });
// @ts-expect-error -- SQL in a task
writes.task(OrderPlaced, async (ctx) => { ctx.sql.prepare('select 1'); });
const made = defineActor('made', { sql: (database) => ({ count: () => database.prepare('select 1').all().length }) });
made.on(OrderPlaced, (ctx) => { ctx.log.info(String(ctx.sql.count())); });
// @ts-expect-error -- not what was made of the database
made.on(OrderPlaced, (ctx) => { ctx.sql.prepare('select 1'); });

a.task(OrderCancelled, async (ctx) => {
  const reply = await ctx.ask('ship', ShipOrder, { orderId: '1' }, { timeout: '5s' });
  const code: string = reply.trackingCode;
  await ctx.step('noted', () => code.length);
  await ctx.sleep('nap', '1h');
});
// @ts-expect-error -- an ask without a name, by which a later attempt would find its reply
a.task(OrderCancelled, async (ctx) => { await ctx.ask(ShipOrder, { orderId: '1' }); });
// @ts-expect-error -- an ask with wrong data
a.task(OrderCancelled, async (ctx) => { await ctx.ask('ship', ShipOrder, { orderId: 1 }); });
// @ts-expect-error -- an ask of an event
a.task(OrderCancelled, async (ctx) => { await ctx.ask('ship', OrderPlaced, { orderId: '1', cents: 1 }); });
// @ts-expect-error -- a task that sends
a.task(OrderCancelled, async (ctx, o) => { ctx.send(RefundPayment, { orderId: o.orderId, receipt: '' }); });
// @ts-expect-error -- a task started with wrong data
a.on(OrderPlaced, (ctx) => { ctx.start(OrderCancelled, { orderId: 1 }); });
// @ts-expect-error -- a timer without a time
a.on(OrderPlaced, (ctx) => { ctx.schedule(RefundPayment, { orderId: '1', receipt: '' }, {}); });
// @ts-expect-error -- a timer that sends an undeclared command
a.on(OrderPlaced, (ctx) => { ctx.schedule(ReserveStock, { orderId: '1', lines: [] }, { after: '1s' }); });
// @ts-expect-error -- a filter on a field that is not there
a.on(OrderPlaced, () => {}, { where: (order) => order.centz > 0 });
// @ts-expect-error -- a key that is no text
a.on(OrderPlaced, () => {}, { key: (order) => order.cents });
// @ts-expect-error -- a misspelled handler option
a.on(OrderPlaced, () => {}, { retries: 5 });
// @ts-expect-error -- an unknown retry order
defineActor('x', { retryOrder: 'skip' });
// @ts-expect-error -- onAny that replies
a.onAny('order.#', () => 1);
