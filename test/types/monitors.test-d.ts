// What TypeScript infers and refuses about process monitors.
import { defineApp, expect, FlowOverdue, type Monitor } from '../../src/index.ts';
import { ChargePayment, OrderPlaced, PaymentCharged } from './programs/contracts.ts';
import { payments } from './programs/payments.ts';
const paid: Monitor = expect(OrderPlaced).leadsTo([PaymentCharged, FlowOverdue], {
  within: '2d',
  where: order => order.cents > 100,
  correlate: { 'order.placed': order => order.orderId, 'troupe.flow-overdue': flow => flow.key },
});
defineApp({ monitors: [paid] });
expect(OrderPlaced).leadsTo(PaymentCharged, { within: 1000, correlate: { 'payment.charged': paid => paid.receipt } });
// @ts-expect-error -- a command is no fact
expect(ChargePayment);
// @ts-expect-error -- leads to a command
expect(OrderPlaced).leadsTo(ChargePayment, { within: '2d' });
// @ts-expect-error -- without a time
expect(OrderPlaced).leadsTo(PaymentCharged, {});
// @ts-expect-error -- correlates what it does not watch
expect(OrderPlaced).leadsTo(PaymentCharged, { within: '2d', correlate: { 'other.event': () => '' } });
// @ts-expect-error -- a key that is no text
expect(OrderPlaced).leadsTo(PaymentCharged, { within: '2d', correlate: { 'order.placed': order => order.cents } });
// @ts-expect-error -- an actor is no monitor
defineApp({ monitors: [payments] });
