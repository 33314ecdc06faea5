// What TypeScript refuses about the test kit and its matchers.
import { expect } from 'vitest';
import '../../src/testing/vitest.ts';
import { createTestRuntime, pending } from '../../src/testing/index.ts';
import { app, books, ChargePayment, checkout, OrderPlaced, PaymentCharged, RefundPayment } from '../testing/shop.ts';
const t = await createTestRuntime(app, { seed: 1, now: '2026-01-01' });
expect(t).toHavePublished(OrderPlaced);
expect(t).toHavePublished(OrderPlaced, { orderId: '1', cents: expect.any(Number) });
expect(t).toHavePublished(OrderPlaced, expect.objectContaining({ orderId: '1' }));
expect(t).not.toHaveSent(RefundPayment, { orderId: '1', receipt: 'r' });
expect(t).toHaveReached(checkout, '1', 'confirmed');
expect(t).not.toBeIn(checkout, '1', 'rejected');
expect(t).toHaveNoDeadLetters();
expect(t).toBalance();
expect(app).toPassCheck();
expect(app).not.toPassCheck({ levels: { TR120: 'off' }, hints: true });
// @ts-expect-error -- not an app
expect(t).toPassCheck();
// @ts-expect-error -- an app is no test runtime
expect(app).toBalance();
// @ts-expect-error -- a code that does not exist
expect(app).toPassCheck({ levels: { TR999: 'off' } });
// @ts-expect-error -- data of the wrong type
expect(t).toHavePublished(OrderPlaced, { orderId: 1, cents: 1 });
// @ts-expect-error -- missing data: write expect.objectContaining
expect(t).toHavePublished(OrderPlaced, { orderId: '1' });
// @ts-expect-error -- data too much
expect(t).not.toHavePublished(OrderPlaced, { orderId: '1', cents: 1, x: 1 });
// @ts-expect-error -- a command is not published
expect(t).toHavePublished(ChargePayment);
// @ts-expect-error -- an event is not sent
expect(t).not.toHaveSent(PaymentCharged);
// @ts-expect-error -- an event is not sent any number of times
expect(t).toHaveSentTimes(PaymentCharged, 1);
// @ts-expect-error -- a command is not published any number of times
expect(t).toHavePublishedTimes(ChargePayment, 1);
// @ts-expect-error -- a state that the machine does not have
expect(t).toHaveReached(checkout, '1', 'shiped');
// @ts-expect-error -- a state that the machine does not have
expect(t).not.toBeIn(checkout, '1', 'done');
// @ts-expect-error -- an actor has no states
expect(t).toBeIn(books, '1', 'confirmed');
// @ts-expect-error -- not a test runtime
expect({ seed: 1 }).toBalance();
// @ts-expect-error -- a promise of a test runtime: await it
expect(createTestRuntime(app)).toHavePublished(OrderPlaced);
t.stub(ChargePayment, (charge, attempt) => (attempt > charge.cents ? pending : { ok: true, receipt: 'r' }));
// @ts-expect-error -- a reply that the contract does not have
t.stub(ChargePayment, () => ({ ok: 'yes' }));
// @ts-expect-error -- an event is not answered
t.stub(OrderPlaced, () => pending);
// @ts-expect-error -- a misspelled option
void createTestRuntime(app, { sed: 1 });
// @ts-expect-error -- a way of failing that there is not
t.failCommit(1, 'slow');
