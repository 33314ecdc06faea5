// A test file of a user who runs node:test: the kit without any test framework.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestRuntime } from 'troupe/testing';
import { app, checkout, OrderConfirmed, OrderPlaced, RefundPayment, ShipOrder } from './shop.ts';

void test('refunds when shipping never answers', async () => {
  await using t = await createTestRuntime(app, { seed: 42 });
  t.stub(ShipOrder, () => new Error('carrier down'));
  await t.publish(OrderPlaced, { orderId: '1', cents: 4200 });
  await t.advance('2d');
  assert.equal(t.sent(RefundPayment).length, 1, t.timeline());
  assert.equal(t.saga(checkout, '1').status, 'compensated');
  assert.deepEqual(t.imbalances(), []);
});

void test('shows the conversation where it fails', { skip: process.env['SHOW_FAILURE'] === undefined }, async () => {
  await using t = await createTestRuntime(app, { seed: 42 });
  await t.publish(OrderPlaced, { orderId: '1', cents: 4200 });
  assert.equal(t.published(OrderConfirmed).length, 1, t.timeline());
});
