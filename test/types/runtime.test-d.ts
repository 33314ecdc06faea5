// What TypeScript refuses about runtimes and apps.
import { createRuntime, defineApp, defineSchedule, type Bus } from '../../src/index.ts';
import { payments } from './programs/payments.ts';
import { checkout } from '../sagas/checkout.ts';
import { ChargePayment, OrderPlaced } from './programs/contracts.ts';
const app = defineApp({ actors: [payments], sagas: [checkout] });
const runtime = await createRuntime(app, { database: 'app.db' });
const reply = await runtime.ask(ChargePayment, { orderId: '1', cents: 1 });
// @ts-expect-error -- a command is not published
void runtime.publish(ChargePayment, { orderId: '1', cents: 1 });
// @ts-expect-error -- an event is not sent
void runtime.send(OrderPlaced, { orderId: '1', cents: 1 });
// @ts-expect-error -- an event is not asked
void runtime.ask(OrderPlaced, { orderId: '1', cents: 1 });
// @ts-expect-error -- data of the wrong type
void runtime.publish(OrderPlaced, { orderId: 1, cents: 1 });
// @ts-expect-error -- missing data
void runtime.publish(OrderPlaced, { orderId: '1' });
// @ts-expect-error -- data too much
void runtime.publish(OrderPlaced, { orderId: '1', cents: 1, x: 1 });
// @ts-expect-error -- a field of one kind of reply
reply.receipt;
// @ts-expect-error -- a transaction is synchronous
runtime.transaction(async (tx) => { tx.publish(OrderPlaced, { orderId: '', cents: 1 }); });
// @ts-expect-error -- a saga is no actor
defineApp({ actors: [checkout] });
// @ts-expect-error -- an actor is no saga
defineApp({ sagas: [payments] });
// @ts-expect-error -- no such lifecycle event
runtime.tap('dead-leter', () => {});
// @ts-expect-error -- a misspelled option
void createRuntime(app, { databse: '' });
// @ts-expect-error -- a malformed duration
void runtime.ask(ChargePayment, { orderId: '1', cents: 1 }, { timeout: '5 seconds' });
const state: { charged: number } | undefined = runtime.state(payments, '1');
// @ts-expect-error -- a field the state does not have
state?.chargd;
// @ts-expect-error -- a replay of a command
void runtime.replay(payments, ChargePayment, { from: 'beginning' });
// @ts-expect-error -- an ask with a delay
void runtime.ask(ChargePayment, { orderId: '1', cents: 1 }, { delay: '1s' });
// @ts-expect-error -- an unknown durability
void createRuntime(app, { database: 'app.db', durability: 'best' });
// @ts-expect-error -- headers that are no text
void runtime.publish(OrderPlaced, { orderId: '1', cents: 1 }, { headers: { tenant: 7 } });
runtime.tap(OrderPlaced, ({ data, correlationId }) => void [data.currency, correlationId]);
runtime.tap('dead-letter', ({ reason }) => void reason);
// @ts-expect-error -- a field the message does not have
runtime.tap(OrderPlaced, ({ data }) => void data.currencies);
defineSchedule('nightly', OrderPlaced, (slot) => ({ orderId: String(slot), cents: 1 }), { cron: '0 3 * * *' });
// @ts-expect-error -- wrong data
defineSchedule('nightly', OrderPlaced, () => ({ orderId: 1, cents: 1 }), { cron: '0 3 * * *' });
// @ts-expect-error -- an unknown policy
defineSchedule('nightly', OrderPlaced, () => ({ orderId: '1', cents: 1 }), { every: '1d', missed: 'some' });
const narrow: Bus = runtime;
// @ts-expect-error -- application code has no other powers
void narrow.stop();
