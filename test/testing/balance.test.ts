// Whether the books balance: at rest, with work that is open, and with each kind of damage that a bug would do.
import { describe, expect, it } from 'vitest';
import { createTestRuntime, pending } from '../../src/testing/index.ts';
import { findImbalances, findOpenWork } from '../../src/testing/balance.ts';
import { launch, type Launched } from '../support/kernel-kit.ts';
import { app, books, checkout, OrderCancelled, OrderPlaced, PaymentCharged, shipping, ShipOrder } from './shop.ts';

const order = { orderId: '1', cents: 4200 };

/** A kernel with a checkout on its way, and its insides open. */
async function setup(): Promise<Launched> {
  const launched = await launch(app);
  await launched.run(launched.runtime.publish(OrderPlaced, order));
  await launched.settled();
  return launched;
}

const audit = ({ kernel, store }: Launched) => findImbalances({ kernel, store, from: 1, withheld: new Set() });
const open = ({ kernel, store }: Launched) => findOpenWork({ kernel, store, from: 1, withheld: new Set() });

describe('open work', () => {
  it('names the task and the step it keeps waiting, and nothing that contradicts itself', async () => {
    const launched = await setup();
    expect(audit(launched)).toEqual([]);
    expect(open(launched)).toEqual(['shipping.ship for shipping/1 is a task that is not over (attempt 1)']);
  });

  it('names what is withheld, tried again, and held', async () => {
    await using t = await createTestRuntime(app);
    const held = t.hold(OrderCancelled);
    t.fail({ of: books, on: PaymentCharged }, new Error('disk of the books'));
    t.stub(ShipOrder, () => pending);
    await t.publish(OrderPlaced, order);
    await t.publish(OrderCancelled, { orderId: '1' });
    await t.pause(shipping, { key: '1' });
    expect(t.imbalances()).toEqual([
      'payment.charged for books/default is open after 1 failed attempts',
      'order.cancelled for checkout/1 is withheld by the test',
      'shipping.ship for shipping/1 is a task that is not over (attempt 1)',
      'shipping/1 is held: paused',
    ]);
    await t.resume(shipping, { key: '1' });
    await held.release();
    await t.advance('2d');
    expect(t.imbalances()).toEqual([]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('is nothing after a crash, a failed commit and a refund (seed %i)', async seed => {
    await using t = await createTestRuntime(app, { seed, alwaysRehydrate: seed % 2 === 0 });
    t.stub(ShipOrder, () => new Error('carrier down'));
    t.failCommit(seed);
    await t.publish(OrderPlaced, order);
    await t.crash();
    await t.publish(OrderPlaced, { orderId: '2', cents: 1_000_000 });
    await t.advance('3d');
    expect(t.imbalances()).toEqual([]);
    expect(t.saga(checkout, '1').status).toBe('compensated');
  });
});

describe('damage', () => {
  it.each([
    ["update troupe_states set data = '{}' where address = 'payments/1'", /payments\/1 has another state in memory/],
    ["delete from troupe_states where address = 'payments/1'", /payments\/1 has a state in memory only/],
    ['delete from troupe_tasks', /tasks: 1 in memory, 0 on disk/],
    [
      "insert into troupe_effects values (1, 'charge', '', '1', 'running', 1, 1, 'payments/1', 0, null)",
      /the effect charge for 1 is held by a task that is over/,
    ],
    ['update troupe_tasks set attempt = 7', /attempts of the task shipping\.ship.*1 in memory, 7 on disk/],
    ["delete from troupe_turns where outcome = 'done' and subscription = 4", /never came to/],
    ["update troupe_turns set outcome = 'failed'", /is lost: 'failed' by /],
    ['update troupe_epochs set last = last + 1', /the last position: \d+ in memory/],
    ['update troupe_timers set fired = 1', /has fired, and nobody is told/],
    ["update troupe_states set status = 'done' where address = 'checkout/1'", /has outlived its saga/],
    ["insert into troupe_holds values ('books', '', '', 'paused', null, 0)", /books\/\/ is held on disk only/],
    ['update troupe_subscriptions set cursor = 1 where id = 1', /the cursor of .*: null in memory, 1 on disk/],
    [
      "insert into troupe_claims values ('payment.charge', '9', 1, null, 'checkout', '9')",
      /payment\.charge 9 is claimed by checkout\/9, and nothing can start it/,
    ],
    ["insert into troupe_steps values (7, 'label', '1')", /steps of the task 7 are kept/],
    ["insert into troupe_idempotency values ('k', 1, 0, null, null)", /idempotency keys: 0 in memory, 1 on disk/],
    [
      "insert into troupe_deliveries (id, message, subscription, key, status) values (7, 1, 1, '1', 'open')",
      /is stuck: open on disk, in no mailbox/,
    ],
  ])('is found: %s', async (sql, problem) => {
    const launched = await setup();
    launched.store.database.exec(sql);
    expect(audit(launched).join('\n')).toMatch(problem);
  });

  it('K25 is found where a claim has outlived its saga', async () => {
    const launched = await setup();
    launched.store.database.exec(`insert into troupe_claims values ('payment.charge', '1', 1, null, 'checkout', '1')`);
    expect(audit(launched)).toEqual([]);

    launched.store.database.exec("update troupe_states set status = 'done' where address = 'checkout/1'");
    expect(audit(launched)).toContain('payment.charge 1 is claimed by checkout/1, and it is done');
  });

  it('is found where a delivery or a count is in memory only', async () => {
    const launched = await setup();
    const [registration] = [...launched.kernel.registrations];
    if (registration) registration.pending += 1;
    expect(audit(launched).join('\n')).toMatch(/counts 1 deliveries in memory, and has 0/);
  });

  it('is found where a timer would be overslept', async () => {
    const launched = await setup();
    launched.store.database.exec('update troupe_timers set due = 1');
    expect(audit(launched).join('\n')).toMatch(/a timer due at 1 would be overslept/);
    expect(open(launched).join('\n')).toMatch(/is overdue by/);
  });

  it('is found in the file itself', async () => {
    const launched = await setup();
    const { database } = launched.store;
    database.unsafeMode(true);
    database.pragma('writable_schema = on');
    database.exec(
      "update sqlite_schema set sql = replace(sql, 'where visit is not null', '') where name = 'troupe_turns_visit'",
    );
    database.pragma('writable_schema = reset');
    expect(audit(launched).join('\n')).toMatch(/integrity_check: row 1 missing from index troupe_turns_visit/);
  });
});
