// The sagas of the Northwind example: branches side by side, a hold, and deliveries that are taken back.
import { describe, expect, it } from 'vitest';
import { payments } from '../../examples/northwind/actors/payments.ts';
import { shipping } from '../../examples/northwind/actors/shipping.ts';
import { stock } from '../../examples/northwind/actors/stock.ts';
import { app } from '../../examples/northwind/app.ts';
import { OpenAccount, OpenStock, OrderHeld, OrderPlaced } from '../../examples/northwind/contracts.ts';
import { checkout } from '../../examples/northwind/sagas/checkout.ts';
import { delivery } from '../../examples/northwind/sagas/delivery.ts';
import { PATIENCE_MS } from '../../examples/northwind/terms.ts';
import type { DataOf, SagaInstance } from '../../src/index.ts';
import { launch } from '../support/kernel-kit.ts';

type Order = DataOf<typeof OrderPlaced>;

const order: Order = {
  orderId: 'A',
  sequence: 1,
  customerId: 'HUNGO',
  shipperId: '1',
  goodsCents: 1_000,
  freightCents: 100,
  isAddressed: true,
  pickup: 'prompt',
  lines: [{ productId: 'tea', units: 5 }],
};
const DEAR = 1_000_000;
const REVIEWED_MS = 20;
const LATE_MS = 30;
const DELIVERED_MS = 40;

/** A shop with five units of tea, and one order that differs from the usual one in what is given. */
async function place(changes: Partial<Order> = {}, { units = 5, isDiscontinued = true } = {}) {
  const { runtime, run, platform } = await launch(app);
  const tea = { productId: 'tea', units, onOrder: 0, reorderLevel: 0, isDiscontinued };
  await run(runtime.send(OpenStock, { products: [tea] }));
  await run(runtime.send(OpenAccount, { customerId: 'HUNGO', country: 'Ireland' }));
  await run(runtime.publish(OrderPlaced, { ...order, ...changes }));
  return {
    runtime,
    run,
    platform,
    order: () => runtime.sagas.get(checkout, 'A'),
    parcel: (n: number) => runtime.sagas.get(delivery, `A-${n}`),
    shelf: () => runtime.state(stock)?.shelves['tea'],
    account: () => runtime.state(payments, 'HUNGO'),
    desk: () => runtime.state(shipping, '1'),
  };
}

/** What was sent, in order of start. */
function sent(instance: Pick<SagaInstance, 'steps'> | undefined): readonly string[] {
  return instance?.steps.map(({ command }) => command) ?? [];
}

describe('the checkout', () => {
  it('secures goods and money side by side', async () => {
    const { order, platform, shelf } = await place({}, { units: 0, isDiscontinued: false });

    expect(sent(order())).toEqual(['stock.reserve', 'payments.authorize']);
    const securing = { goods: 'reserving', money: 'authorized' };
    expect(order()?.state).toEqual({ processing: { securing } });

    await platform.advance(DELIVERED_MS);
    expect(order()).toMatchObject({ state: 'shipped', status: 'done' });
    expect(shelf()).toMatchObject({ promised: 5, shipped: 5, returned: 0 });
  });

  it('gives the goods back when the payment is refused', async () => {
    const { order, shelf, account } = await place({ goodsCents: DEAR });

    expect(order()).toMatchObject({ status: 'compensated', undone: ['reserve'], output: { reason: 'credit-limit' } });
    expect(shelf()).toMatchObject({ promised: 5, returned: 5 });
    expect(account()).toMatchObject({ declined: 1, authorized: 0, voided: 0 });
  });

  it('voids the payment when the goods are sold out', async () => {
    const { order, shelf, account } = await place({}, { units: 4 });

    expect(order()).toMatchObject({ status: 'compensated', undone: ['authorize'], output: { reason: 'sold-out' } });
    expect(shelf()).toMatchObject({ promised: 0 });
    expect(account()).toMatchObject({ authorized: 1_100, voided: 1_100 });
  });

  it('tells the gravest reason when both branches are refused', async () => {
    const { order } = await place({ goodsCents: DEAR }, { units: 4 });

    expect(order()).toMatchObject({ status: 'compensated', undone: [], output: { reason: 'sold-out' } });
  });

  it('undoes everything in reverse order when nobody comes for the parcel', async () => {
    const { order, parcel, platform, shelf, account, desk } = await place({ pickup: 'never' });
    expect(order()).toMatchObject({ status: 'running', state: { processing: 'delivering' } });

    await platform.advance(PATIENCE_MS);

    expect(order()).toMatchObject({ status: 'compensated', output: { reason: 'not-collected' } });
    expect(sent(order()).slice(-2)).toEqual(['payments.void', 'stock.release']);
    expect(sent(parcel(1))).toEqual(['shipping.dispatch', 'shipping.chase', 'shipping.recall']);
    expect(parcel(1)).toMatchObject({ status: 'compensated', undone: ['dispatch'] });
    expect(desk()).toMatchObject({ recalled: 1, waiting: {} });
    expect([shelf()?.returned, account()?.voided]).toEqual([5, 1_100]);
  });

  it('undoes the delivery that runs, then the rest, when the order is cancelled', async () => {
    const { runtime, run, order, parcel, shelf, account, desk } = await place({ pickup: 'never' });

    await run(runtime.sagas.cancel(checkout, 'A', { compensate: true }));

    expect(parcel(1)).toMatchObject({ status: 'compensated', undone: ['dispatch'], timers: [] });
    expect(order()).toMatchObject({ status: 'compensated', undone: ['reserve', 'authorize', 'deliver'] });
    expect(sent(order()).slice(-2)).toEqual(['payments.void', 'stock.release']);
    expect([desk()?.recalled, shelf()?.returned, account()?.voided]).toEqual([1, 5, 1_100]);
  });
});

describe('an order that was shipped', () => {
  it('has its delivery undone with the rest when it is cancelled all the same', async () => {
    const { runtime, run, order, parcel, desk } = await place();
    expect(desk()).toMatchObject({ parcels: 1, freightCents: 100, recalled: 0 });

    await run(runtime.sagas.cancel(checkout, 'A', { compensate: true }));

    expect(sent(order()).slice(-3)).toEqual(['troupe.saga.delivery.undo', 'payments.void', 'stock.release']);
    expect([order()?.status, parcel(1)?.status]).toEqual(['compensated', 'compensated']);
    expect(desk()).toMatchObject({ parcels: 0, freightCents: 0, recalled: 1 });
  });
});

describe('an order on hold', () => {
  it('takes its parcel back, and resumes with another where it was', async () => {
    const { order, parcel, platform, desk } = await place({ isAddressed: false });
    expect(order()).toMatchObject({ state: 'onHold', context: { holds: 1 } });
    expect(parcel(1)).toMatchObject({ status: 'compensated' });

    await platform.advance(REVIEWED_MS);

    expect(order()).toMatchObject({ status: 'done', output: { reason: null, holds: 1, parcels: 2 } });
    expect(parcel(2)).toMatchObject({ status: 'done', state: 'delivered' });
    expect(desk()).toMatchObject({ parcels: 1, recalled: 1, waiting: {} });
    const secured = sent(order()).filter(type => !type.startsWith('troupe.'));
    expect(secured).toEqual(['stock.reserve', 'payments.authorize']);
  });

  it('resumes each branch where it was: what was secured stays so, what was under way begins anew', async () => {
    const { runtime, run, order, platform, shelf } = await place({}, { units: 0, isDiscontinued: false });

    await run(runtime.publish(OrderHeld, { orderId: 'A' }));
    expect(order()?.state).toBe('onHold');
    await platform.advance(REVIEWED_MS);

    const securing = { goods: 'reserving', money: 'authorized' };
    expect(order()?.state).toEqual({ processing: { securing } });
    expect(sent(order())).toEqual(['stock.reserve', 'payments.authorize', 'stock.reserve']);
    await platform.advance(DELIVERED_MS);
    expect(order()).toMatchObject({ status: 'done', output: { holds: 1, parcels: 1 } });
    expect(shelf()).toMatchObject({ promised: 10, shipped: 5, returned: 5 });
  });

  it('does not lose patience', async () => {
    const { runtime, run, order, parcel, platform } = await place({ pickup: 'never' });
    await platform.advance(PATIENCE_MS - 1);

    await run(runtime.publish(OrderHeld, { orderId: 'A' }));
    await platform.advance(REVIEWED_MS);

    expect(order()).toMatchObject({ status: 'running', state: { processing: 'delivering' } });
    expect([parcel(1)?.status, parcel(2)?.status]).toEqual(['compensated', 'running']);
    await platform.advance(PATIENCE_MS);
    expect(order()).toMatchObject({ output: { reason: 'not-collected', holds: 1, parcels: 2 } });
  });
});

describe('a delivery', () => {
  it('waits for a shipper who is late, and takes the timer of the waiting down', async () => {
    const { order, parcel, platform, desk } = await place({ pickup: 'late' });
    expect(parcel(1)).toMatchObject({ state: 'collecting', timers: [expect.anything()] });

    await platform.advance(LATE_MS);

    expect(parcel(1)).toMatchObject({ status: 'done', timers: [] });
    expect(order()).toMatchObject({ status: 'done', state: 'shipped' });
    expect(desk()).toMatchObject({ parcels: 1, freightCents: 100, waiting: {} });
  });

  it('is not given up when the shipper was faster than the question', async () => {
    const { runtime, run, order, parcel, platform } = await place({ pickup: 'late' });
    await run(runtime.pause(shipping));
    await platform.advance(PATIENCE_MS);
    expect(sent(parcel(1))).toEqual(['shipping.dispatch', 'shipping.chase']);

    await run(runtime.resume(shipping));

    expect(parcel(1)).toMatchObject({ status: 'done', state: 'delivered' });
    expect(order()).toMatchObject({ status: 'done', output: { reason: null } });
  });

  it('that the shipper refuses tells the order why', async () => {
    const { order, parcel } = await place({ freightCents: 30_000 });

    expect(parcel(1)).toMatchObject({ status: 'compensated', undone: [], output: { reason: 'freight-limit' } });
    expect(order()).toMatchObject({ status: 'compensated', output: { reason: 'freight-limit' } });
  });
});
