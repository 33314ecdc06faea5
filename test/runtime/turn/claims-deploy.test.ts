// Claims over deploys: sagas that come, go, come back or change their mind; and when the rows go.
import { describe, expect, it } from 'vitest';
import { defineActor, defineApp, defineSaga } from '../../../src/index.ts';
import {
  ChargePayment,
  checkout,
  claimsIn,
  flowOf,
  lateShop,
  latePayments,
  livingIn,
  machine,
  OrderClosed,
  OrderConfirmed,
  OrderPlaced,
  payments,
  shop,
  StockReserved,
  told,
} from '../../support/claims-kit.ts';
import { launch, type Launched } from '../../support/kernel-kit.ts';
import { crash } from '../../support/restart.ts';

const place = told(OrderPlaced);
const reserve = told(StockReserved);
const close = told(OrderClosed);
/** How often events alone have charged an order. */
const own = ({ runtime }: Launched, key = '1'): number => runtime.state(latePayments, key)?.own ?? 0;

describe('a deploy', () => {
  it('K25 moves a flow order by order: those from before the saga stay with events, later ones are orchestrated', async () => {
    const before = defineApp({ actors: [latePayments] });
    let launched = await launch(before);
    await place(launched, { order: 'old' });
    launched = await crash(launched, lateShop);
    await place(launched, { order: 'new' });
    for (const order of ['old', 'new']) await reserve(launched, { order });

    expect(launched.runtime.state(latePayments, 'old')).toEqual({ told: 0, own: 1 });
    expect(launched.runtime.state(latePayments, 'new')).toEqual({ told: 1, own: 0 });
    expect(launched.runtime.sagas.get(checkout, 'old')).toBeUndefined();
  });

  it.each([
    ['without the saga', defineApp({ actors: [latePayments] })],
    [
      'whose saga claims the work no more',
      defineApp({ actors: [latePayments], sagas: [flowOf({ orchestrates: [] }).startsOn(OrderPlaced, data => data)] }),
    ],
  ])('K25 %s ends its claims', async (_, next) => {
    const first = await launch(lateShop);
    await place(first);
    const launched = await crash(first, next, { dropOrphans: ['checkout'] });
    await reserve(launched);

    expect(livingIn(launched.store)).toEqual([]);
    expect(launched.logs.map(({ message }) => message)).toContain(
      'the claims of this saga have ended: it does not claim this command any more',
    );
    expect(own(launched)).toBe(1);
  });

  it('K25 lets what runs already claim what its saga claims from now on', async () => {
    const plain = flowOf({ orchestrates: [] })
      .startsOn(OrderPlaced, data => data)
      .on(OrderClosed);
    const first = await launch({ actors: [latePayments], sagas: [plain] });
    await place(first);
    const events = flowOf()
      .startsOn(OrderPlaced, data => data, { where: () => false })
      .on(OrderClosed);
    let launched = await crash(first, { actors: [latePayments], sagas: [events] });
    launched = await crash(launched, { actors: [latePayments], sagas: [events] });
    await place(launched, { order: '2' });
    for (const order of ['1', '2']) await reserve(launched, { order });

    expect(own(launched)).toBe(0);
    expect(own(launched, '2')).toBe(1);
    expect(livingIn(launched.store)).toEqual(['payment.charge 1']);
    await close(launched);
    expect(livingIn(launched.store)).toEqual([]);
  });

  const alone = defineApp({ actors: [payments] });
  const day = { downMs: 86_400_000 };

  it('K25 that brings a saga back leaves to events what they have done without it', async () => {
    let launched = await launch(shop);
    await place(launched, { order: 'first' });
    await close(launched, { order: 'first' });
    launched = await crash(launched, alone, day);
    await place(launched, { order: 'without' });
    launched = await crash(launched, shop, day);
    await launched.settled();
    await place(launched, { order: 'again' });

    expect(launched.runtime.state(payments, 'without')).toEqual({ told: 0, own: 1 });
    expect(launched.runtime.sagas.get(checkout, 'without')).toBeUndefined();
    expect(launched.runtime.state(payments, 'again')).toEqual({ told: 1, own: 0 });
    expect(launched.logs.map(({ message }) => message)).toContain(
      'a saga that claims its work is back; what came while it was not in the app stays with events',
    );
  });

  it('K25 that brings a saga back reads what came without it, where nobody else does its work', async () => {
    const loyal = defineActor('payments', { state: () => ({ told: 0 }) })
      .on(ChargePayment, ctx => {
        ctx.state.told += 1;
        return { ok: true };
      })
      .on(OrderPlaced, () => {});
    let launched = await launch({ actors: [loyal], sagas: [checkout] });
    launched = await crash(launched, { actors: [loyal] }, day);
    await place(launched);
    launched = await crash(launched, { actors: [loyal], sagas: [checkout] }, day);
    await launched.settled();

    expect(launched.runtime.state(loyal, '1')).toEqual({ told: 1 });
  });

  it('K25 that brings a saga back reads what it had claimed and not read', async () => {
    let launched = await launch(shop);
    await launched.run(launched.runtime.pause(checkout, {}));
    await place(launched);
    launched = await crash(launched, alone, day);
    launched = await crash(launched, shop, day);
    await launched.run(launched.runtime.resume(checkout, {}));

    expect(launched.runtime.state(payments, '1')).toEqual({ told: 1, own: 0 });
  });

  it('K25 whose where refuses what waits to be read lets its claim go', async () => {
    const first = await launch(lateShop);
    await first.run(first.runtime.pause(checkout, {}));
    await place(first);
    const picky = flowOf()
      .startsOn(OrderPlaced, data => data, { where: () => false })
      .on(OrderClosed);
    const launched = await crash(first, { actors: [latePayments], sagas: [picky] });

    expect(livingIn(launched.store)).toEqual([]);
  });

  it('K25 keeps the claims of what waits: in the log, in a mailbox, in the dead letters', async () => {
    const first = await launch(lateShop);
    await place(first, { order: 'held', isBroken: true });
    await first.platform.advance(600_000);
    await first.run(first.runtime.pause(checkout, { key: 'queued' }));
    await place(first, { order: 'queued' });
    await first.run(first.runtime.pause(checkout, {}));
    await place(first, { order: 'logged' });
    const launched = await crash(first, lateShop);

    expect(livingIn(launched.store)).toEqual(['payment.charge held', 'payment.charge logged', 'payment.charge queued']);
  });

  it('K25 under another name keeps its claims', async () => {
    const first = await launch(lateShop);
    await place(first);
    const till = defineSaga('till', {
      machine,
      publishes: [OrderConfirmed],
      orchestrates: [ChargePayment],
      renamedFrom: 'checkout',
    })
      .startsOn(OrderPlaced, data => data)
      .on(OrderClosed);
    const launched = await crash(first, { actors: [latePayments], sagas: [till] });
    await reserve(launched);
    expect(own(launched)).toBe(0);

    await close(launched);
    expect(livingIn(launched.store)).toEqual([]);
  });
});

describe('retention', () => {
  it('K25 removes a claim with the last message it could apply to', async () => {
    const launched = await launch(lateShop);
    const { store, kernel } = launched;
    const policy = { logMs: 1_000, dedupeMs: 1_000, tombstonesMs: 1_000, keepMs: {} };
    await place(launched);
    await reserve(launched);
    await launched.platform.advance(5_000);
    const prune = (): unknown => store.prune(policy, kernel.clock.now(), 100);

    prune();
    expect(livingIn(store)).toEqual(['payment.charge 1']);

    await close(launched);
    prune();
    expect(claimsIn(store)).toHaveLength(1);

    await launched.platform.advance(5_000);
    prune();
    expect(store.messages.first()).toBeUndefined();
    expect(claimsIn(store)).toEqual([]);
  });
});
