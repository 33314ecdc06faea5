// runtime.sagas: waiting for an instance, and acting on one that does not move.
import { describe, expect, it } from 'vitest';
import { launch } from '../support/kernel-kit.ts';
import { app, checkout, OrderCancelled, OrderPlaced, shipping } from './checkout.ts';

describe('runtime.sagas.waitFor()', () => {
  it('resolves with the instance when it is in a state, has a tag or is over', async () => {
    const { runtime, run } = await launch(app);
    await run(runtime.pause(shipping));
    const shippingState = runtime.sagas.waitFor(checkout, '1', { state: 'shipping' as never });
    const tagged = runtime.sagas.waitFor(checkout, '1', { tag: 'compensate' });
    const over = runtime.sagas.waitFor(checkout, '1', 'done');

    await run(runtime.publish(OrderPlaced, { orderId: '1', cents: 1 }));
    await expect(shippingState).resolves.toMatchObject({ state: 'shipping', status: 'running' });
    await run(runtime.publish(OrderCancelled, { orderId: '1', reason: 'no' }));
    await expect(tagged).resolves.toMatchObject({ state: 'rejected', status: 'running' });
    await run(runtime.resume(shipping));

    await expect(over).resolves.toMatchObject({ status: 'compensated', isOver: true });
  });

  it('rejects with wait-timeout when the time is over, and at once when the instance has ended otherwise', async () => {
    const { runtime, run, platform } = await launch(app);
    const never = runtime.sagas.waitFor(checkout, 'nobody', 'done', { timeout: '5s' });
    never.catch(() => {});
    await platform.advance(5_000);
    await expect(never).rejects.toMatchObject({ code: 'wait-timeout' });

    await run(runtime.publish(OrderPlaced, { orderId: '1', cents: 1 }));

    const tag = runtime.sagas.waitFor(checkout, '1', { tag: 'compensate' });
    await expect(tag).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('runtime.sagas.history()', () => {
  it('tells each turn: its message, the states, what changed in the context, what was sent and armed', async () => {
    const { runtime, run } = await launch(app);
    await run(runtime.publish(OrderPlaced, { orderId: '1', cents: 1 }));

    const history = runtime.sagas.history(checkout, '1');

    expect(history.map(({ message, from, to }) => [message.type, from, to])).toEqual([
      ['order.placed', null, { paying: { money: 'asking', goods: 'asking' } }],
      [
        'payment.charge',
        { paying: { money: 'asking', goods: 'asking' } },
        { paying: { money: 'charged', goods: 'asking' } },
      ],
      ['stock.reserve', { paying: { money: 'charged', goods: 'asking' } }, 'shipping'],
      ['shipping.ship', 'shipping', 'confirmed'],
    ]);
    expect(history[0]).toMatchObject({
      outcome: 'done',
      attempt: 1,
      context: { set: { orderId: '1', cents: 1 } },
      sent: [{ type: 'payment.charge' }, { type: 'stock.reserve' }],
      armed: [{ id: 'xstate.after.patience.checkout' }],
    });
    expect(Object.keys(history[1]?.context.set ?? {})).toEqual(['receipt']);
    expect(history.at(-1)).toMatchObject({
      sent: [{ type: 'order.confirmed' }],
      cancelled: ['xstate.after.patience.checkout'],
    });
  });
});

describe('runtime.sagas.diagram()', () => {
  it('draws the machine, and for an instance where it is and the path it took', async () => {
    const { runtime, run } = await launch(app);
    await run(runtime.pause(shipping));
    await run(runtime.publish(OrderPlaced, { orderId: '1', cents: 1 }));

    expect(runtime.sagas.diagram(checkout)).not.toContain('class shipping current');
    const diagram = runtime.sagas.diagram(checkout, '1');

    expect(diagram).toContain('class shipping current');
    expect(diagram).toContain('paying_money_charged : visited');
    expect(() => runtime.sagas.diagram(checkout, 'nobody')).toThrow(expect.objectContaining({ code: 'not-found' }));
  });
});
