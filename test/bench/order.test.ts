// The order saga of the bench: by hand and on Troupe it is the same business.
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { ordersByHand } from '../../bench/order-by-hand.ts';
import { orderApp, orders } from '../../bench/order-saga.ts';
import { OrderDone, OrderPlaced } from '../../bench/contracts.ts';
import { rowsOf } from '../../bench/rows.ts';
import { orderOf } from '../../bench/workload.ts';
import { launch } from '../support/kernel-kit.ts';

describe('an order', () => {
  it('is done by hand after four steps, without its timer, and announced', () => {
    const database = new Database(':memory:');
    const run = ordersByHand(database);
    const rows = (sql: string): unknown[] => database.prepare(sql).pluck().all();

    run(0);
    run(1_000);

    expect(rows('select status from sagas')).toEqual(['done', 'done']);
    expect(rows('select step from sagas')).toEqual([4, 4]);
    expect(rows('select count(*) from timers')).toEqual([0]);
    expect(rows('select type from outbox')).toEqual(['shop.orderDone', 'shop.orderDone']);
    // One event, four commands and four replies each; two orders of one customer.
    expect(rows('select count(*) from inbox')).toEqual([18]);
    expect(rows(`select data ->> 'count' from owners`)).toEqual([2, 2, 2, 2]);
  });

  it('is done as a saga with the same receipts and announced', async () => {
    const handled: string[] = [];
    const { runtime, run, store } = await launch(orderApp(owner => handled.push(owner)));
    const announced: unknown[] = [];
    runtime.tap(OrderDone, ({ data }) => announced.push(data));

    await run(runtime.publish(OrderPlaced, orderOf(0)));

    const receipts = ['stock-1', 'payment-1', 'parcel-1', 'carrier-1'];
    expect(handled).toEqual(['stock', 'payment', 'parcel', 'carrier']);
    expect(runtime.sagas.get(orders, orderOf(0).orderId)).toMatchObject({ status: 'done', context: { receipts } });
    expect(announced).toEqual([{ orderId: orderOf(0).orderId, sequence: 0, receipts }]);
    expect(store.timers.of('order', orderOf(0).orderId)).toEqual([]);
  });

  it('fails when its timer is due before its last reply', async () => {
    const { runtime, run, platform } = await launch(orderApp());
    await run(runtime.pause({ name: 'carrier' }));
    await run(runtime.publish(OrderPlaced, orderOf(0)));

    await platform.advance(60_000);
    await run(runtime.resume({ name: 'carrier' }));

    expect(runtime.sagas.get(orders, orderOf(0).orderId)?.state).toBe('failed');
  });

  it('is ten messages, nine turns, a saga and four states of owners for limit, under keys of its own', async () => {
    const write = await rowsOf('W3');
    const [first, second] = [write(0), write(1)];

    expect([first.messages, first.turns, first.inserted, first.updated].map(rows => rows.length)).toEqual([
      10, 9, 1, 4,
    ]);
    expect(first.messages.map(row => row[0])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(second.messages.map(row => row[0])).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    expect(JSON.stringify([second.messages, second.inserted])).not.toContain(orderOf(0).orderId);
  });
});
