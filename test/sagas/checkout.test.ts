// A saga from start to end: success, refusal, failure, patience, timeout, cancel, late replies and compensation.
import { describe, expect, it } from 'vitest';
import { launch, type Launched } from '../support/kernel-kit.ts';
import {
  app,
  checkout,
  OrderCancelled,
  OrderConfirmed,
  OrderPlaced,
  OrderRejected,
  payments,
  Refund,
  Release,
  shipping,
  stock,
} from './checkout.ts';

interface Checkout extends Launched {
  readonly happened: string[];
  readonly place: (orderId: string, cents?: number) => Promise<unknown>;
}

async function setup(): Promise<Checkout> {
  const launched = await launch(app);
  const happened: string[] = [];
  for (const contract of [OrderConfirmed, OrderRejected, Refund, Release]) {
    launched.runtime.tap(contract, envelope => happened.push(`${envelope.type} ${envelope.key}`));
  }
  return {
    ...launched,
    happened,
    place: (orderId, cents = 4200) => launched.run(launched.runtime.publish(OrderPlaced, { orderId, cents })),
  };
}

describe('a checkout saga', () => {
  it('runs its steps and emits the outcome', async () => {
    const { runtime, place, happened } = await setup();

    await place('1');

    const instance = runtime.sagas.get(checkout, '1');
    expect(instance?.status).toBe('done');
    expect(instance?.state).toBe('confirmed');
    expect(instance?.output).toEqual({ shipped: true });
    expect(instance?.matches('confirmed')).toBe(true);
    expect(happened).toEqual(['order.confirmed 1']);
  });

  it('undoes only what completed when a step is refused', async () => {
    const { runtime, place, happened } = await setup();

    await place('1', 200_000);

    expect(runtime.sagas.get(checkout, '1')?.status).toBe('compensated');
    expect(happened).toEqual(['order.rejected 1', 'stock.release 1']);
  });

  it('undoes completed steps in reverse order of start, one after the other, when a later step fails', async () => {
    const { runtime, place, happened } = await setup();

    await place('lost');

    const instance = runtime.sagas.get(checkout, 'lost');
    expect(happened).toEqual(['order.rejected lost', 'stock.release lost', 'payment.refund lost']);
    expect(instance?.status).toBe('compensated');
    expect(instance?.context.why).toBeUndefined();
    expect(instance?.steps.map(({ name, status, isUndo }) => `${name} ${status}${isUndo ? ' (undo)' : ''}`)).toEqual([
      'charge undone',
      'reserve undone',
      'ship failed',
      'reserve done (undo)',
      'charge done (undo)',
    ]);
  });

  it('K24 is not over while a sent command is unsettled, then undoes what was done', async () => {
    const { runtime, place, happened, platform, run } = await setup();
    await run(runtime.pause(shipping));
    await place('1');

    await platform.advance(86_400_000);

    expect(runtime.sagas.get(checkout, '1')?.state).toBe('rejected');
    expect(runtime.sagas.get(checkout, '1')?.context.why).toBe('too slow');
    expect(runtime.sagas.get(checkout, '1')?.status).toBe('running');
    expect(happened).toEqual(['order.rejected 1']);

    await run(runtime.resume(shipping));

    expect(happened).toEqual(['order.rejected 1', 'stock.release 1', 'payment.refund 1']);
    expect(runtime.sagas.get(checkout, '1')?.status).toBe('compensated');
  });

  it('K24 is not over while an undo is unsettled', async () => {
    const { runtime, place, happened, platform, run } = await setup();
    await run(runtime.pause(stock, { on: Release }));
    await place('lost');
    await platform.advance(86_400_000);

    expect(happened).toEqual(['order.rejected lost', 'stock.release lost']);
    expect(runtime.sagas.get(checkout, 'lost')?.status).toBe('running');

    await run(runtime.resume(stock, { on: Release }));

    expect(happened.at(-1)).toBe('payment.refund lost');
    expect(runtime.sagas.get(checkout, 'lost')?.status).toBe('compensated');
  });

  it('undoes a step that completes after its timeout', async () => {
    const { runtime, place, happened, platform, run } = await setup();
    await run(runtime.pause(payments));
    await place('1');

    await platform.advance(30_000);
    expect(runtime.sagas.get(checkout, '1')?.state).toBe('rejected');
    expect(runtime.sagas.get(checkout, '1')?.context.why).toBe('fault');

    await run(runtime.resume(payments));

    expect(runtime.sagas.get(checkout, '1')?.status).toBe('compensated');
    expect(happened).toEqual(['order.rejected 1', 'stock.release 1', 'payment.refund 1']);
    expect(runtime.state(payments, '1')).toEqual({ charged: 4200, refunded: 4200 });
  });

  it('takes an event while a step runs', async () => {
    const { runtime, place, run } = await setup();
    await run(runtime.pause(shipping));
    await place('1');

    await run(runtime.publish(OrderCancelled, { orderId: '1', reason: 'changed my mind' }));
    await run(runtime.resume(shipping));

    expect(runtime.sagas.get(checkout, '1')?.context.why).toBe('changed my mind');
    expect(runtime.sagas.get(checkout, '1')?.status).toBe('compensated');
    expect(runtime.state(stock)).toEqual({ reserved: 1, released: 1 });
  });

  it('is cancelled from outside, with and without compensation', async () => {
    const { runtime, place, run } = await setup();
    await run(runtime.pause(shipping));
    await place('1');
    await place('2');

    await run(runtime.sagas.cancel(checkout, '1', { compensate: true }));
    await run(runtime.sagas.cancel(checkout, '2'));
    await run(runtime.resume(shipping));

    expect(runtime.sagas.get(checkout, '1')?.status).toBe('compensated');
    expect(runtime.sagas.get(checkout, '2')?.status).toBe('cancelled');
    expect(runtime.state(payments, '1')?.refunded).toBe(4200);
    expect(runtime.state(payments, '2')?.refunded).toBe(0);
    expect(runtime.sagas.list(checkout, { status: 'compensated' }).map(({ key }) => key)).toEqual(['1']);
  });

  it('refuses to cancel what does not exist', async () => {
    const { runtime, run } = await setup();

    await expect(run(runtime.sagas.cancel(checkout, 'nobody'))).rejects.toMatchObject({ code: 'not-found' });
    expect(runtime.sagas.get(checkout, 'nobody')).toBeUndefined();
  });

  it('starts once however often its start event comes, and records late events', async () => {
    const { runtime, place, happened, run } = await setup();

    await place('1');
    await place('1');
    const receipt = await run(runtime.publish(OrderCancelled, { orderId: '1', reason: 'late' }));

    expect(happened).toEqual(['order.confirmed 1']);
    expect(runtime.trace(receipt.correlationId).roots[0]?.turns[0]?.outcome).toBe('late');
  });

  it('makes an event for an unknown instance a dead letter', async () => {
    const { runtime, run } = await setup();

    await run(runtime.publish(OrderCancelled, { orderId: 'nobody', reason: 'x' }));

    expect(runtime.deadLetters.list()[0]).toMatchObject({ address: 'checkout/nobody', reason: 'unknown-instance' });
  });

  it('leaves no timer behind and goes on from the file in the middle of anything', async () => {
    const { runtime, place, run, store, platform } = await setup();
    await run(runtime.pause(shipping));
    await place('1');
    expect(store.timers.of('checkout', '1').map(({ timer }) => timer)).toEqual([
      'xstate.after.patience.checkout#3',
      'timeout:4',
    ]);

    const again = await launch(app, { database: runtime.serialize(), platform });
    await again.run(again.runtime.resume(shipping));

    expect(again.runtime.sagas.get(checkout, '1')?.status).toBe('done');
    expect(again.store.timers.of('checkout', '1')).toEqual([]);
  });

  it('K15 keeps its whole conversation in the log until it is over', async () => {
    const { runtime, place, run, store, platform } = await setup();
    const count = (): unknown => store.database.prepare('select count(*) from troupe_messages').pluck().get();
    await run(runtime.pause(shipping, { key: '1' }));
    await place('1');
    await platform.advance(30 * 86_400_000);
    const before = count();
    runtime.prune();
    expect(count()).toBe(before);

    await run(runtime.resume(shipping, { key: '1' }));
    await platform.advance(8 * 86_400_000);
    runtime.prune();

    expect(runtime.sagas.get(checkout, '1')?.status).toBe('compensated');
    expect(count()).toBe(0);
  });

  it('lists instances by status and page, however many others there are', async () => {
    const { runtime, place, run } = await setup();
    for (let i = 0; i < 12; i++) await place(`a${i}`);
    await run(runtime.pause(shipping));
    await place('z1');
    await place('z2');

    const running = runtime.sagas.list(checkout, { status: 'running', limit: 1 });
    expect(running.map(({ key }) => key)).toEqual(['z1']);
    expect(runtime.sagas.list(checkout, { status: 'running', after: 'z1' }).map(({ key }) => key)).toEqual(['z2']);
    expect(runtime.sagas.list(checkout)).toHaveLength(14);
  });

  it('forgets finished instances in memory and keeps them in the file', async () => {
    const { runtime, place, kernel } = await setup();

    await place('1');

    const registration = kernel.registration('checkout');
    expect(registration && kernel.instances.find(registration, '1')).toBeUndefined();
    expect(runtime.sagas.get(checkout, '1')?.status).toBe('done');
  });
});
