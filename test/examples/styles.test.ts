// The same business in three styles: one set of tests, which asks what customers, bank and warehouse see.
import { describe, expect, it } from 'vitest';
import { choreographed } from '../../examples/styles/choreographed.ts';
import {
  ChargePayment,
  FillStock,
  OrderCancelled,
  OrderPlaced,
  OrderRejected,
  OrderShipped,
  PaymentCharged,
  ShipOrder,
  StockReserved,
  type Order,
} from '../../examples/styles/contracts.ts';
import { hybrid } from '../../examples/styles/hybrid.ts';
import { orchestrated } from '../../examples/styles/orchestrated.ts';
import { statistics } from '../../examples/styles/reactions.ts';
import { shipping, stock } from '../../examples/styles/services.ts';
import { CARD_LIMIT_CENTS, World } from '../../examples/styles/world.ts';
import { check } from '../../src/index.ts';
import {
  createTestRuntime,
  eventually,
  leadsTo,
  noDeadLetters,
  once,
  simulate,
  type Invariant,
  type Scenario,
  type TestRuntime,
} from '../../src/testing/index.ts';

/** What asks for the money and for the parcel differs; all else is the same. */
const styles = [
  { name: 'orchestrated', makeApp: orchestrated, asksForMoney: ChargePayment, asksForParcel: ShipOrder },
  { name: 'choreographed', makeApp: choreographed, asksForMoney: StockReserved, asksForParcel: PaymentCharged },
  { name: 'hybrid', makeApp: hybrid, asksForMoney: ChargePayment, asksForParcel: ShipOrder },
] as const;
type Style = (typeof styles)[number];

const lamp: Order = { orderId: 'A', cents: 4200, isAddressed: true, lines: [{ productId: 'lamp', units: 2 }] };
const LAMPS = 5;

/** The services are defined anew in each style; their names, and what is looked at here, are the same. */
function lookAt(t: TestRuntime, world: World) {
  return {
    lampsLeft: t.state(stock)?.units['lamp'],
    isSent: (orderId: string) => t.state(shipping, orderId)?.parcel === 'sent',
    account: (orderId: string) => world.of(orderId),
    shipped: t.published(OrderShipped).map(({ orderId }) => orderId),
    rejected: Object.fromEntries(t.published(OrderRejected).map(({ orderId, why }) => [orderId, why])),
  };
}

async function setup({ makeApp }: Style) {
  const world = new World();
  const t = await createTestRuntime(makeApp(world));
  await t.send(FillStock, { units: { lamp: LAMPS } });
  return {
    t,
    place: (changes: Partial<Order> = {}) => t.publish(OrderPlaced, { ...lamp, ...changes }),
    cancel: () => t.publish(OrderCancelled, { orderId: 'A' }),
    look: () => lookAt(t, world),
  };
}

describe.each(styles)('the $name order flow', style => {
  it('has nothing that check finds, and nothing waived', () => {
    expect(check(style.makeApp(new World()))).toEqual({ passed: true, findings: [], waived: [] });
  });

  it('takes goods and money once, sends the parcel, and tells the customer', async () => {
    const { t, place, look } = await setup(style);
    await place();

    const { lampsLeft, isSent, account, shipped, rejected } = look();
    expect([shipped, rejected]).toEqual([['A'], {}]);
    expect(account('A')).toEqual({ charges: 1, refunds: 0, letters: ['shipped'] });
    expect([lampsLeft, isSent('A')]).toEqual([LAMPS - 2, true]);
    expect(t.state(statistics)).toEqual({ shipped: 1, rejected: 0, cents: 4200 });
    expect(t.imbalances()).toEqual([]);
  });

  it('charges nobody for goods that are out of stock', async () => {
    const { t, place, look } = await setup(style);
    await place({ lines: [{ productId: 'lamp', units: LAMPS + 1 }] });

    const { lampsLeft, account, shipped, rejected } = look();
    expect([shipped, rejected]).toEqual([[], { A: 'out-of-stock' }]);
    expect(account('A')).toEqual({ charges: 0, refunds: 0, letters: ['out-of-stock'] });
    expect(lampsLeft).toBe(LAMPS);
    expect(t.imbalances()).toEqual([]);
  });

  it('gives the goods back where the card is declined', async () => {
    const { t, place, look } = await setup(style);
    await place({ cents: CARD_LIMIT_CENTS + 1 });

    const { lampsLeft, account, shipped, rejected } = look();
    expect([shipped, rejected]).toEqual([[], { A: 'declined' }]);
    expect(account('A')).toEqual({ charges: 0, refunds: 0, letters: ['declined'] });
    expect(lampsLeft).toBe(LAMPS);
    expect(t.imbalances()).toEqual([]);
  });

  it('gives goods and money back where the order cannot be shipped', async () => {
    const { t, place, look } = await setup(style);
    await place({ isAddressed: false });

    const { lampsLeft, isSent, account, shipped, rejected } = look();
    expect([shipped, rejected]).toEqual([[], { A: 'no-address' }]);
    expect(account('A')).toEqual({ charges: 1, refunds: 1, letters: ['no-address'] });
    expect([lampsLeft, isSent('A')]).toEqual([LAMPS, false]);
    expect(t.imbalances()).toEqual([]);
  });

  it('keeps no money of an order that is cancelled before its charge', async () => {
    const { t, place, cancel, look } = await setup(style);
    const money = t.hold(style.asksForMoney);
    await place();
    await cancel();
    expect(look().account('A').charges).toBe(0);
    await money.release();

    const { lampsLeft, isSent, account, shipped, rejected } = look();
    expect([shipped, rejected]).toEqual([[], { A: 'cancelled' }]);
    expect(account('A').refunds).toBe(account('A').charges);
    expect([lampsLeft, isSent('A')]).toEqual([LAMPS, false]);
    expect(t.imbalances()).toEqual([]);
  });

  it('gives goods and money back where an order is cancelled after its charge', async () => {
    const { t, place, cancel, look } = await setup(style);
    const parcel = t.hold(style.asksForParcel);
    await place();
    expect(look().account('A').charges).toBe(1);
    await cancel();
    await parcel.release();

    const { lampsLeft, isSent, account, shipped, rejected } = look();
    expect([shipped, rejected]).toEqual([[], { A: 'cancelled' }]);
    expect(account('A')).toEqual({ charges: 1, refunds: 1, letters: ['cancelled'] });
    expect([lampsLeft, isSent('A')]).toEqual([LAMPS, false]);
    expect(t.imbalances()).toEqual([]);
  });

  it('takes neither goods nor money of an order that its cancellation has overtaken', async () => {
    const { t, place, cancel, look } = await setup(style);
    const placed = t.hold(OrderPlaced);
    await place();
    await cancel();
    await placed.release();

    const { lampsLeft, isSent, account, shipped, rejected } = look();
    expect([shipped, rejected]).toEqual([[], { A: 'cancelled' }]);
    expect(account('A').refunds).toBe(account('A').charges);
    expect([lampsLeft, isSent('A')]).toEqual([LAMPS, false]);
    expect(t.imbalances()).toEqual([]);
  });

  it('takes no cancellation of a parcel that is on its way', async () => {
    const { t, place, cancel, look } = await setup(style);
    await place();
    await cancel();

    const { lampsLeft, isSent, account, shipped, rejected } = look();
    expect([shipped, rejected]).toEqual([['A'], {}]);
    expect(account('A')).toEqual({ charges: 1, refunds: 0, letters: ['shipped'] });
    expect([lampsLeft, isSent('A')]).toEqual([LAMPS - 2, true]);
    expect(t.imbalances()).toEqual([]);
  });

  it('takes an order that is said twice with the same idempotency key once', async () => {
    const { t, look } = await setup(style);
    await t.publish(OrderPlaced, lamp, { idempotencyKey: 'web-1' });
    const again = await t.publish(OrderPlaced, lamp, { idempotencyKey: 'web-1' });

    expect(again.duplicate).toBe(true);
    expect(look().account('A')).toEqual({ charges: 1, refunds: 0, letters: ['shipped'] });
    expect(look().lampsLeft).toBe(LAMPS - 2);
  });

  it('sells the last lamps to one of two customers', async () => {
    const { place, look } = await setup(style);
    await place({ orderId: 'A', lines: [{ productId: 'lamp', units: LAMPS }] });
    await place({ orderId: 'B' });

    expect(look().shipped).toEqual(['A']);
    expect(look().rejected).toEqual({ B: 'out-of-stock' });
    expect(look().lampsLeft).toBe(0);
  });
});

/** What every order comes to, in whichever way: the promise that a customer, the bank and the warehouse rely on. */
function promises(worldOf: () => World): readonly Invariant[] {
  return [
    leadsTo(OrderPlaced, [OrderShipped, OrderRejected]),
    once(OrderShipped).per('key'),
    once(OrderRejected).per('key'),
    eventually('an order is charged once if it is shipped, and else has its money back', t => {
      const { account, isSent, shipped } = lookAt(t, worldOf());
      for (const { orderId } of t.published(OrderPlaced)) {
        const { charges, refunds } = account(orderId);
        const isShipped = shipped.includes(orderId);
        const isRight = isShipped ? charges === 1 && refunds === 0 : charges === refunds;
        if (!isRight || isShipped !== isSent(orderId)) {
          throw new Error(`${orderId}: ${isShipped ? 'shipped' : 'rejected'}, ${charges} charges, ${refunds} refunds`);
        }
      }
    }),
    eventually('what is not shipped is on the shelf', t => {
      const { lampsLeft, shipped } = lookAt(t, worldOf());
      return lampsLeft === LAMPS - 2 * shipped.length;
    }),
    eventually('a customer gets one letter, and it is true', t => {
      const { account, shipped, rejected } = lookAt(t, worldOf());
      return t.published(OrderPlaced).every(({ orderId }) => {
        const expected = shipped.includes(orderId) ? 'shipped' : rejected[orderId];
        return account(orderId).letters.join() === expected;
      });
    }),
    noDeadLetters(),
  ];
}

describe.each(styles)('whatever happens, the $name order flow', ({ name, makeApp }) => {
  let world = new World();
  const makeAnew = () => {
    world = new World();
    return makeApp(world);
  };
  const options = { invariants: promises(() => world), seedsFile: false } as const;

  it('keeps its promises with a crash at every commit of a checkout', { timeout: 60_000 }, async () => {
    const scenario: Scenario = async ({ client }) => {
      await client.send(FillStock, { units: { lamp: LAMPS } });
      await client.publish(OrderPlaced, lamp);
      await client.publish(OrderPlaced, { ...lamp, orderId: 'B', isAddressed: false });
    };
    const end = (t: TestRuntime) => {
      const { lampsLeft = 0, shipped, rejected } = lookAt(t, world);
      return { lampsLeft, shipped, rejected };
    };

    const { runs } = await simulate(makeAnew, scenario, { name, explore: 'every-commit', end, ...options });

    expect(runs).toBeGreaterThan(30);
  });

  it('keeps its promises under a hundred seeds of faults', { timeout: 60_000 }, async () => {
    const scenario: Scenario = async ({ client, random }) => {
      const place = (orderId: string, changes: Partial<Order> = {}): Promise<unknown> =>
        client.publish(OrderPlaced, { ...lamp, orderId, ...changes });
      const regret = async (orderId: string): Promise<void> => {
        await place(orderId);
        if (random() < 0.3) await client.sleep(Math.floor(random() * 5_000));
        await client.publish(OrderCancelled, { orderId });
      };
      await client.send(FillStock, { units: { lamp: LAMPS } });
      await Promise.all([regret('A'), regret('B'), place('C'), regret('D')]);
      await place('dear', { cents: CARD_LIMIT_CENTS + 1 });
      await Promise.all([place('lost', { isAddressed: false }), regret('E')]);
    };

    const { runs } = await simulate(makeAnew, scenario, { name, seeds: 100, ...options });

    expect(runs).toBe(100);
  });
});
