// What TypeScript infers and refuses about testActor.
import { defineActor } from '../../src/index.ts';
import { testActor, type ActorTest } from '../../src/testing/index.ts';
import { ChargePayment, OrderPlaced, PaymentCharged, RefundPayment, ShipOrder } from './programs/contracts.ts';
import { payments as every } from './programs/payments.ts';
const a = defineActor('payments', { state: () => ({ charged: 0, tags: [] as string[] }), publishes: [PaymentCharged] })
  .on(ChargePayment, () => ({ ok: true, receipt: 'x' }));
const t: ActorTest<{ charged: number; tags: string[] }> = testActor(a, { key: '1', seed: 1, now: '2026-01-01' });

const charged = t.given({ charged: 1, tags: [] }).when(ChargePayment, { orderId: '1', cents: 1 });
const n: number = charged.state.charged;
// @ts-expect-error -- no field of the state
charged.state.chrged;
// @ts-expect-error -- no branch of the reply
charged.reply.code;
if (!charged.reply.ok) { const code: 'declined' | 'expired' = charged.reply.code; void code; }
for (const { receipt } of charged.published(PaymentCharged)) { const text: string = receipt; void text; }
// @ts-expect-error -- published a command
charged.published(RefundPayment);
// @ts-expect-error -- sent an event
charged.sent(PaymentCharged);
t.given(charged.state);
t.given({ charged: 1, tags: ['x'] } as const);
t.given([OrderPlaced({ orderId: '1', cents: 1 }), PaymentCharged({ orderId: '1', receipt: 'x' })]);
t.when(PaymentCharged({ orderId: '1', receipt: 'x' }), { attempt: 2 });
// @ts-expect-error -- wrong state
t.given({ charged: '1', tags: [] });
// @ts-expect-error -- misspelled state
t.given({ charged: 1, tags: [], chrged: 1 });
// @ts-expect-error -- list of something else
t.given([{ orderId: '1' }]);
// @ts-expect-error -- wrong data
t.when(PaymentCharged, { orderId: 1, receipt: 'x' });
// @ts-expect-error -- missing data
t.when(PaymentCharged);
// @ts-expect-error -- misspelled option
t.when(PaymentCharged, { orderId: '1', receipt: 'x' }, { atempt: 1 });
// @ts-expect-error -- an option of run
t.when(PaymentCharged, { orderId: '1', receipt: 'x' }, { timesOut: true });
// @ts-expect-error -- misspelled option
testActor(a, { sed: 1 });

t.stub(ShipOrder, () => new Error('x')).stub(ChargePayment, ({ cents }) => cents > 1 ? { ok: true, receipt: 'x' } : { ok: false, code: 'declined' });
// @ts-expect-error -- wrong reply
t.stub(ChargePayment, () => ({ ok: true, recipt: 'x' }));
// @ts-expect-error -- stub of an event
t.stub(PaymentCharged, () => undefined);
const run = await testActor(every).run(ChargePayment, { orderId: '1', cents: 1 }, { attempt: 2, steps: { a: 1 } });
for (const { cents } of run.asked(ChargePayment)) { const whole: number = cents; void whole; }
void run.state.charged;
void n;
