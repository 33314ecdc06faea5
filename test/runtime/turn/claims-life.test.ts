// The life of a claim: from the routing of what starts the saga, over crashes and restarts, to what ends it.
import { describe, expect, it } from 'vitest';
import { defineActor, defineApp, type App } from '../../../src/index.ts';
import {
  ChargePayment,
  checkout,
  choreographed,
  claimsIn,
  lateShop,
  latePayments,
  livingIn,
  OrderClosed,
  OrderConfirmed,
  OrderPlaced,
  payments,
  shop,
  StockReserved,
  told,
} from '../../support/claims-kit.ts';
import { createTestRuntime } from '../../../src/testing/index.ts';
import { launch, type Launched } from '../../support/kernel-kit.ts';
import { crash } from '../../support/restart.ts';

const place = told(OrderPlaced);
const reserve = told(StockReserved);
const close = told(OrderClosed);
const broken = { isBroken: true };
/** How often events alone have charged an order. */
const own = ({ runtime }: Launched, key = '1'): number => runtime.state(latePayments, key)?.own ?? 0;

describe('a subscriber that reads later', () => {
  it('K25 still leaves what a flow that has ended meanwhile had claimed, and takes what came after', async () => {
    const launched = await launch(lateShop);
    const { runtime, run } = launched;
    await run(runtime.pause(latePayments, { on: StockReserved }));
    await place(launched);
    await reserve(launched);
    await close(launched);
    await reserve(launched);
    expect(livingIn(launched.store)).toEqual([]);

    await run(runtime.resume(latePayments, { on: StockReserved }));
    expect(own(launched)).toBe(1);
  });

  it('K25 leaves what the saga has published with its end', async () => {
    const launched = await launch(lateShop);
    const { runtime, run } = launched;
    await run(runtime.pause(latePayments, { on: OrderConfirmed }));
    await place(launched);
    await close(launched);

    await run(runtime.resume(latePayments, { on: OrderConfirmed }));
    expect(own(launched)).toBe(0);
  });

  it('K25 leaves it when its mailbox ran over and it reads the log', async () => {
    const launched = await launch(lateShop, { limits: { mailboxPerActor: 2 } });
    const { runtime, run } = launched;
    const behind: string[] = [];
    runtime.tap('subscription-behind', ({ name }) => void behind.push(name));
    await place(launched);
    runtime.transaction(tx => {
      for (let n = 0; n < 6; n += 1) tx.publish(StockReserved, { order: `x-${n}` });
      tx.publish(StockReserved, { order: '1' });
    });
    await run(Promise.resolve());

    expect(behind).toContain('payments');
    expect(own(launched, 'x-5')).toBe(1);
    expect(own(launched)).toBe(0);
  });

  it.each([
    ['paused', { name: 'checkout' }, {}],
    ['with its handler paused', { name: 'checkout' }, { on: OrderPlaced.type }],
  ])('K25 finds the claim of a saga that is %s and has read nothing yet', async (_, saga, part) => {
    const launched = await launch(shop);
    const { runtime, run } = launched;
    await run(runtime.pause(saga as never, part as never));
    await place(launched);

    expect(runtime.state(payments, '1')).toBeUndefined();
    expect(livingIn(launched.store)).toEqual(['payment.charge 1']);

    await run(runtime.resume(saga as never, part as never));
    expect(runtime.state(payments, '1')).toEqual({ told: 1, own: 0 });
  });

  it('K25 finds the claim of an instance that was paused before it started', async () => {
    const launched = await launch(shop);
    const { runtime, run } = launched;
    await run(runtime.pause(checkout, { key: '1' }));
    await place(launched);
    expect(runtime.state(payments, '1')).toBeUndefined();

    await run(runtime.resume(checkout, { key: '1' }));
    expect(runtime.state(payments, '1')).toEqual({ told: 1, own: 0 });
  });
});

describe('a claim after a crash', () => {
  it('K25 lives on with its instance, however often the process dies', async () => {
    let launched = await launch(lateShop);
    await place(launched);
    launched = await crash(launched, lateShop);
    await reserve(launched);
    launched = await crash(launched, lateShop);
    expect(own(launched)).toBe(0);

    await close(launched);
    launched = await crash(launched, lateShop);
    await reserve(launched);
    expect(own(launched)).toBe(1);
  });

  it('K25 is taken in the commit of the message, before its saga has had its turn', async () => {
    const first = await launch(lateShop, { turns: 1 });
    const { runtime, platform } = first;
    const receipt = runtime.publish(OrderPlaced, { order: '1' });
    while (first.kernel.committed === 0) platform.step();
    await receipt;
    expect(runtime.sagas.get(checkout, '1')).toBeUndefined();

    const launched = await crash(first, lateShop);
    await launched.settled();
    await reserve(launched);
    expect(own(launched)).toBe(0);
    expect(claimsIn(launched.store)).toEqual(['payment.charge 1: 1- by checkout/1']);
  });

  it('K25 balances with the saga it belongs to over a stop, a crash and a failed commit', async () => {
    await using t = await createTestRuntime(lateShop);
    t.failCommit(2);
    await t.publish(OrderPlaced, { order: '1' });
    await t.restart();
    await t.publish(StockReserved, { order: '1' });
    await t.crash();
    await t.publish(OrderClosed, { order: '1' });

    expect(t.state(latePayments, '1')).toEqual({ told: 1, own: 0 });
    expect(t.imbalances()).toEqual([]);
  });

  it('K25 is gone with a commit that failed', async () => {
    const launched = await launch(lateShop);
    const { runtime, store } = launched;
    expect(() =>
      runtime.transaction(tx => {
        tx.publish(OrderPlaced, { order: '1' });
        throw new Error('changed my mind');
      }),
    ).toThrow('changed my mind');

    expect(claimsIn(store)).toEqual([]);
    await reserve(launched);
    expect(own(launched)).toBe(1);
  });
});

describe('an event that would start an instance that has ended', () => {
  const again = defineApp({ actors: [payments], sagas: [checkout] });

  it('K25 leaves no living claim, and nobody does the work again', async () => {
    const launched = await launch(again);
    await place(launched);
    await close(launched);
    await place(launched);

    expect(launched.runtime.state(payments, '1')).toEqual({ told: 1, own: 0 });
    expect(livingIn(launched.store)).toEqual([]);
  });

  it('K25 applies to that event only', async () => {
    const launched = await launch(lateShop);
    await place(launched);
    await close(launched);
    await launched.run(launched.runtime.pause(checkout, {}));
    await place(launched);
    await reserve(launched);

    expect(livingIn(launched.store)).toEqual([]);
    expect(own(launched)).toBe(1);
  });

  it('K25 leaves none when it came while the instance ran', async () => {
    const launched = await launch(again);
    const { runtime, run, store } = launched;
    await place(launched);
    await run(
      Promise.all([runtime.publish(OrderClosed, { order: '1' }), runtime.publish(OrderPlaced, { order: '1' })]),
    );

    expect(runtime.state(payments, '1')).toEqual({ told: 1, own: 0 });
    expect(livingIn(store)).toEqual([]);
  });
});

describe('a start that fails', () => {
  it('K25 keeps its claim while it is tried again, and while the instance is held', async () => {
    const launched = await launch(lateShop);
    await place(launched, broken);
    await reserve(launched);
    expect(own(launched)).toBe(0);

    await launched.platform.advance(600_000);
    expect(launched.runtime.deadLetters.list()).toMatchObject([{ address: 'checkout/1' }]);
    await reserve(launched);
    expect(own(launched)).toBe(0);
  });

  const held = async (app: App): Promise<Launched> => {
    const launched = await launch(app);
    await place(launched, broken);
    await launched.platform.advance(600_000);
    return launched;
  };

  it.each([
    ['discarded', ({ runtime }: Launched) => runtime.deadLetters.discard(1)],
    ['skipped', ({ runtime }: Launched) => runtime.sagas.skip(checkout, '1')],
  ])('K25 is let go when it is %s', async (_, act) => {
    const launched = await held(lateShop);
    await launched.run(act(launched));
    await reserve(launched);

    expect(livingIn(launched.store)).toEqual([]);
    expect(own(launched)).toBe(1);
  });

  it('K25 keeps the claim when it is discarded while another start waits behind it', async () => {
    const launched = await held(lateShop);
    await place(launched, broken);
    await launched.run(launched.runtime.deadLetters.discard(1));
    await reserve(launched);

    expect(own(launched)).toBe(0);
    expect(livingIn(launched.store)).toEqual(['payment.charge 1']);
  });

  it('K25 keeps the claim when it is retried, with other code', async () => {
    const first = await held(lateShop);
    const launched = await crash(first, lateShop);
    await launched.run(launched.runtime.deadLetters.edit(1, { order: '1' }));
    await reserve(launched);

    expect(launched.runtime.sagas.get(checkout, '1')?.status).toBe('running');
    expect(own(launched)).toBe(0);
    await close(launched);
    expect(livingIn(launched.store)).toEqual([]);
  });

  it('K25 is let go when it has expired before its turn', async () => {
    const launched = await launch(lateShop);
    const { runtime, run, platform } = launched;
    await run(runtime.pause(checkout, {}));
    await run(runtime.publish(OrderPlaced, { order: '1' }, { ttl: '1s' } as never));
    await platform.advance(5_000);
    expect(livingIn(launched.store)).toEqual(['payment.charge 1']);

    await run(runtime.resume(checkout, {}));
    expect(runtime.sagas.get(checkout, '1')).toBeUndefined();
    expect(livingIn(launched.store)).toEqual([]);
  });

  it('K25 is taken anew by a start that nobody had claimed when it was routed', async () => {
    const launched = await held(lateShop);
    const { store } = launched;
    store.database.exec('delete from troupe_claims');
    await launched.run(launched.runtime.deadLetters.edit(1, { order: '1' }));
    await reserve(launched);

    expect(own(launched)).toBe(0);
  });
});

describe('an instance that is ended or goes on from outside', () => {
  it('K25 lets go what it claims when it is cancelled', async () => {
    const launched = await launch(lateShop);
    await place(launched);
    await launched.run(launched.runtime.sagas.cancel(checkout, '1'));
    await reserve(launched);

    expect(launched.runtime.sagas.get(checkout, '1')?.status).toBe('cancelled');
    expect(own(launched)).toBe(1);
  });

  it('K25 claims again when a step that failed is driven again', async () => {
    let isDown = true;
    const flaky = defineActor('payments', { state: () => ({ own: 0 }), retry: { attempts: 1 } })
      .on(ChargePayment, () => {
        if (isDown) throw new Error('the bank is closed');
        return { ok: true };
      })
      .on(
        StockReserved,
        ctx => {
          ctx.state.own += 1;
        },
        { yieldsTo: 'orchestrator' },
      );
    const launched = await launch({ actors: [flaky], sagas: [checkout] });
    const { runtime, run, store } = launched;
    await place(launched);
    expect(runtime.sagas.get(checkout, '1')?.isOver).toBe(true);
    expect(livingIn(store)).toEqual([]);

    isDown = false;
    await run(runtime.sagas.redriveFrom(checkout, '1', 'charge'));
    await reserve(launched);
    expect(runtime.sagas.get(checkout, '1')?.status).toBe('running');
    expect(livingIn(store)).toEqual(['payment.charge 1']);
    expect(runtime.state(flaky, '1')).toBeUndefined();

    await close(launched);
    expect(livingIn(store)).toEqual([]);
  });
});

describe('an app that claims nothing', () => {
  it('K25 has no row of it', async () => {
    const launched = await launch(choreographed);
    await place(launched);

    expect(claimsIn(launched.store)).toEqual([]);
    expect(launched.kernel.router.claimers).toBeUndefined();
  });
});
