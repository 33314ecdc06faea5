// Run with `node --test`: testActor needs no other test framework.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testActor } from '../../src/testing/index.ts';
import { OrderPaid, OrderPlaced, orders, PayOrder } from './orders.ts';

await test('pays an order', () => {
  const { reply, published } = testActor(orders)
    .given([OrderPlaced({ orderId: '7', cents: 5 })])
    .when(PayOrder, { orderId: '7', cents: 5 });

  assert.deepEqual(reply, { ok: true, receipt: 'r-1' });
  assert.equal(published(OrderPaid).length, 1);
});

await test('refuses what is too little', () => {
  const { reply } = testActor(orders)
    .given({ status: 'open', cents: 5, tags: [] })
    .when(PayOrder, { orderId: '7', cents: 1 });

  assert.deepEqual(reply, { ok: false, code: 'declined' });
});
