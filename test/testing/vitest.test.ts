// The matchers for Vitest: what passes, what fails, and what a failure says.
import { describe, expect, it } from 'vitest';
import '../../src/testing/vitest.ts';
import { createTestRuntime, pending, type TestRuntime } from '../../src/testing/index.ts';
import {
  app,
  books,
  ChargePayment,
  checkout,
  OrderConfirmed,
  OrderPlaced,
  PaymentCharged,
  RefundPayment,
  shipping,
  ShipOrder,
} from './shop.ts';

const order = { orderId: '1', cents: 4200 };

async function setup(): Promise<TestRuntime> {
  const t = await createTestRuntime(app, { seed: 42 });
  await t.publish(OrderPlaced, order);
  return t;
}

/** What a failing assertion prints. */
function failure(assert: () => void): string {
  try {
    assert();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('the assertion passed');
}

describe('toHavePublished and toHaveSent', () => {
  it('look for a message of the contract', async () => {
    await using t = await setup();
    expect(t).toHavePublished(PaymentCharged);
    expect(t).not.toHavePublished(OrderConfirmed);
    expect(t).toHaveSent(ChargePayment);
    expect(t).not.toHaveSent(RefundPayment);
  });

  it('compare the data, in parts with asymmetric matchers', async () => {
    await using t = await setup();
    expect(t).toHavePublished(PaymentCharged, order);
    expect(t).toHavePublished(PaymentCharged, { orderId: '1', cents: expect.any(Number) });
    expect(t).toHavePublished(PaymentCharged, expect.objectContaining({ cents: 4200 }));
    expect(t).not.toHavePublished(PaymentCharged, { orderId: '1', cents: 1 });
    expect(t).toHaveSent(ChargePayment, expect.objectContaining({ orderId: '1' }));
    expect(t).not.toHaveSent(ChargePayment, expect.objectContaining({ orderId: '2' }));
  });

  it('count', async () => {
    await using t = await setup();
    await t.publish(OrderPlaced, { orderId: '2', cents: 1 });
    expect(t).toHavePublishedTimes(PaymentCharged, 2);
    expect(t).not.toHavePublishedTimes(PaymentCharged, 1);
    expect(t).toHavePublishedTimes(OrderConfirmed, 0);
    expect(t).toHaveSentTimes(ChargePayment, 2);
    expect(() => expect(t).toHaveSentTimes(ChargePayment, 1.5)).toThrow(/whole number/);
  });

  it('print what was published instead, the conversation and the seed', async () => {
    await using t = await setup();
    const text = failure(() => expect(t).toHavePublished(OrderConfirmed, { orderId: '1' }));
    expect(text).toContain('expected the app to have published order.confirmed with {"orderId": "1"}');
    expect(text).toContain('published: order.placed ×1, payment.charged ×1');
    expect(text).toContain('seed 42');
    expect(text).toMatch(/─ payment\.charge ─/);
  });

  it('print the data there was where only the data differs', async () => {
    await using t = await setup();
    const text = failure(() => expect(t).toHavePublished(PaymentCharged, { orderId: '1', cents: 1 }));
    expect(text).toContain('payment.charged {"cents": 4200, "orderId": "1"}');
  });

  it('say the opposite under not', async () => {
    await using t = await setup();
    const text = failure(() => expect(t).not.toHaveSent(ChargePayment));
    expect(text).toContain('expected the app not to have sent payment.charge\n\nsent: payment.charge ×1');
  });

  it('draw only the conversations that matter, in at most 40 lines', async () => {
    await using t = await setup();
    for (let n = 2; n < 12; n++) await t.publish(OrderPlaced, { orderId: String(n), cents: n });
    const one = await t.publish(OrderConfirmed, { orderId: 'by hand' });
    const short = failure(() => expect(t).not.toHavePublished(OrderConfirmed));
    expect(short.match(/^conversation [^:]*/gm)).toEqual([`conversation ${one.correlationId}`]);
    const long = failure(() => expect(t).not.toHavePublished(PaymentCharged));
    expect(long).toContain('more lines: timeline() draws them all');
    expect(long.split('\n').length).toBeLessThan(60);
  });

  it('refuse an event in place of a command from code without types, under not too', async () => {
    await using t = await setup();
    expect(() => expect(t).not.toHaveSent(OrderConfirmed as never)).toThrow(/wants a command and got the event/);
    expect(() => expect(t).not.toHavePublished(undefined as never)).toThrow(/wants an event and got no contract/);
    expect(() => (expect(1) as never as { toBalance(): void }).toBalance()).toThrow(/no test runtime/);
  });
});

describe('toHaveReached and toBeIn', () => {
  it('tell where an instance is from where it was', async () => {
    await using t = await setup();
    await t.advance('1h');
    expect(t).toHaveReached(checkout, '1', 'shipping');
    expect(t).toHaveReached(checkout, '1', 'confirmed');
    expect(t).not.toHaveReached(checkout, '1', 'rejected');
    expect(t).toBeIn(checkout, '1', 'confirmed');
    expect(t).not.toBeIn(checkout, '1', 'shipping');
  });

  it('print the way an instance went, and why it goes no further', async () => {
    await using t = await setup();
    t.stub(ShipOrder, () => pending);
    const reached = failure(() => expect(t).toHaveReached(checkout, '1', 'confirmed'));
    expect(reached).toContain('expected checkout/1 to have reached "confirmed"\n\nit went "charging" → "shipping"');
    const stands = failure(() => expect(t).toBeIn(checkout, '1', 'confirmed'));
    expect(stands).toMatch(/it is in "shipping" \(running\)\n.*\nThe step ship waits for the reply/);
  });

  it('name the instances there are where one is missing', async () => {
    await using t = await setup();
    expect(failure(() => expect(t).toHaveReached(checkout, '7', 'confirmed'))).toContain(
      'there is no checkout/7; there are: 1',
    );
    expect(t).not.toHaveReached(checkout, '7', 'confirmed');
    expect(() => expect(t).not.toBeIn(checkout, '7', 'confirmed')).toThrow(/There is no checkout\/7/);
  });
});

describe('toHaveNoDeadLetters', () => {
  it('finds what was given up, and prints why', async () => {
    await using t = await setup();
    expect(t).toHaveNoDeadLetters();
    t.fail({ of: books, on: PaymentCharged }, new Error('disk of the books'), Infinity);
    await t.publish(OrderPlaced, { orderId: '2', cents: 1 });
    await t.advance('1d');
    expect(t).not.toHaveNoDeadLetters();
    const text = failure(() => expect(t).toHaveNoDeadLetters());
    expect(text).toMatch(
      /dead letters: 1\n {2}payment\.charged for books\/default, attempts-exhausted after \d+ attempts/,
    );
    expect(text).toContain('disk of the books');
  });
});

describe('toBalance', () => {
  it('holds when all is over, and names what is open', async () => {
    await using t = await setup();
    expect(t).not.toBalance();
    expect(failure(() => expect(t).toBalance())).toContain(
      'shipping.ship for shipping/1 is a task that is not over (attempt 1)',
    );
    await t.advance('1h');
    expect(t).toBalance();
    expect(t.state(shipping, '1')).toEqual({ parcels: 1 });
  });
});
