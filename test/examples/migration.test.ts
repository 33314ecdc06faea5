// A flow moves from events to a saga, order by order: both run on one database, and no order is charged or shipped twice.
import { describe, expect, it } from 'vitest';
import {
  ChargePayment,
  choreographed,
  migrating,
  OrderPlaced,
  OrderShipped,
  PaymentCharged,
  ShipOrder,
} from '../../examples/pitfall/migration.ts';
import { World } from '../../examples/styles/world.ts';
import { check, renderTrace, type App } from '../../src/index.ts';
import {
  createTestRuntime,
  leadsTo,
  noDeadLetters,
  once,
  simulate,
  type TestRuntime,
} from '../../src/testing/index.ts';

const order = (orderId: string) => ({ orderId, cents: 4200 });
const inCanary = ({ orderId }: { readonly orderId: string }): boolean => orderId.startsWith('new-');
const everyOrder = (): boolean => true;
const noOrder = (): boolean => false;

/** Another version of the code on the database that the last one has left. */
async function deploy(app: App, before: TestRuntime): Promise<TestRuntime> {
  const database = before.serialize();
  await before.stop();
  return createTestRuntime(app, { database });
}

async function place(t: TestRuntime, orderId: string): Promise<string> {
  const { correlationId } = await t.publish(OrderPlaced, order(orderId));
  return renderTrace(t.trace(correlationId), 'tree');
}

describe('a flow that moves to a saga', () => {
  it('is clean in check before and while it moves', () => {
    for (const app of [choreographed(new World()), migrating(new World(), inCanary)]) {
      expect(check(app)).toEqual({ passed: true, findings: [], waived: [] });
    }
  });

  it('finishes what was under way before the deploy as it began', async () => {
    const world = new World();
    const before = await createTestRuntime(choreographed(world));
    before.hold(PaymentCharged);
    await place(before, 'new-1');
    expect([world.of('new-1').charges, before.published(OrderShipped)]).toEqual([1, []]);

    const t = await deploy(migrating(world, everyOrder), before);
    await t.settled();

    expect(world.of('new-1').charges).toBe(1);
    expect(t.published(OrderShipped)).toEqual([order('new-1')]);
    expect([t.sent(ChargePayment), t.sent(ShipOrder)]).toEqual([[], []]);
    expect(t.imbalances()).toEqual([]);
  });

  it('conducts the orders of the canary, and leaves the others to events (K25)', async () => {
    const world = new World();
    const t = await deploy(migrating(world, inCanary), await createTestRuntime(choreographed(world)));
    const conducted = await place(t, 'new-1');
    const danced = await place(t, 'old-1');

    expect(t.published(OrderShipped)).toEqual([order('new-1'), order('old-1')]);
    expect([world.of('new-1').charges, world.of('old-1').charges]).toEqual([1, 1]);
    expect(conducted).toContain('payments/new-1 skipped: claimed by checkout/new-1');
    expect(conducted).toContain('shipping/new-1 skipped: claimed by checkout/new-1');
    expect(t.sent(ShipOrder)).toEqual([order('new-1')]);
    expect(danced).not.toContain('skipped');
    expect(danced).not.toContain('checkout');
  });

  it('goes back to events, and the saga finishes what it has begun (K25)', async () => {
    const world = new World();
    const before = await createTestRuntime(migrating(world, everyOrder));
    before.hold(ShipOrder);
    await place(before, 'A');

    const t = await deploy(migrating(world, noOrder), before);
    await t.settled();
    const danced = await place(t, 'B');

    expect(t.published(OrderShipped)).toEqual([order('A'), order('B')]);
    expect([world.of('A').charges, world.of('B').charges]).toEqual([1, 1]);
    expect(danced).not.toContain('checkout');
    expect(t.imbalances()).toEqual([]);
  });

  it(
    'charges and ships every order once, in either style, under a hundred seeds of faults',
    { timeout: 30_000 },
    async () => {
      const { runs } = await simulate(
        () => migrating(new World(), inCanary),
        ({ client }) => Promise.all(['new-1', 'old-1', 'new-2'].map(id => client.publish(OrderPlaced, order(id)))),
        {
          name: 'migration',
          seeds: 100,
          invariants: [
            once(PaymentCharged).per('key'),
            once(OrderShipped).per('key'),
            leadsTo(OrderPlaced, OrderShipped),
            noDeadLetters(),
          ],
          seedsFile: false,
        },
      );

      expect(runs).toBe(100);
    },
  );
});
