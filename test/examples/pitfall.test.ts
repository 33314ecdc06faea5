// The accident: what check says of it, what the ledger makes of it, what the trace shows, and how it is mended.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  accident,
  OrderPaid,
  OrderPlaced,
  OrderUnpaid,
  PaymentCharged,
  paymentsOf,
} from '../../examples/pitfall/accident.ts';
import { fixed } from '../../examples/pitfall/fixed.ts';
import { World } from '../../examples/styles/world.ts';
import { root } from '../../scripts/entries.mjs';
import { check, defineApp, renderTrace, type App, type AppOptions } from '../../src/index.ts';
import { createTestRuntime, leadsTo, once, simulate, SimulationFailedError } from '../../src/testing/index.ts';

const lamp = { orderId: 'A-1', cents: 4200 };
const waived: Pick<AppOptions, 'allow'> = { allow: [{ code: 'TR101', reason: 'to see what happens then' }] };

async function place(makeApp: (world: World) => App) {
  const world = new World();
  const t = await createTestRuntime(makeApp(world));
  const { correlationId } = await t.publish(OrderPlaced, lamp);
  return { t, charges: world.of('A-1').charges, tree: renderTrace(t.trace(correlationId), 'tree') };
}

describe('an order that a saga charges, and payments too', () => {
  it('is found by check, with the way that leads to it', () => {
    const { passed, findings } = check(accident(new World()));

    expect(passed).toBe(false);
    expect(findings.map(({ code, level }) => `${code} ${level}`)).toEqual(['TR101 error']);
    const [finding] = findings;
    expect(finding?.parts).toEqual(expect.arrayContaining(['checkout', 'payments']));
    expect(finding?.about).toEqual(expect.arrayContaining(['payment.charge', 'order.placed']));
    const text = finding?.way.map(({ at, does, what }) => `${at} ${does} ${what}`).join('\n');
    expect(text).toMatch(/^checkout.* starts on order\.placed/m);
    expect(text).toMatch(/^checkout.* commands payment\.charge/m);
    expect(text).toMatch(/^payments.* reacts to order\.placed/m);
  });

  it('is charged twice where the finding is waived, and the bank cannot know', async () => {
    const { t, charges } = await place(world => accident(world, waived));

    expect(charges).toBe(2);
    expect(t.published(PaymentCharged)).toEqual([lamp, lamp]);
    expect(new Set(t.attempts().map(({ idempotencyKey }) => idempotencyKey)).size).toBe(2);
  });

  it('is charged once where the ledger blocks the second, and who asked is told at once (K26)', async () => {
    const { t, charges } = await place(world => accident(world, { ...waived, effects: { 'charge-card': 'block' } }));

    expect(charges).toBe(1);
    expect(t.published(PaymentCharged)).toEqual([lamp]);
    // No timeout has passed, and no attempt was made again: time stands still.
    expect(t.published(OrderUnpaid)).toEqual([lamp]);
    expect(t.deadLetters.list()).toEqual([]);
    expect(t.effects.repeats()).toMatchObject([
      {
        effect: 'charge-card',
        key: 'A-1',
        policy: 'block',
        first: { handler: 'order.placed', state: 'done' },
        second: { handler: 'payment.charge', state: 'blocked' },
      },
    ]);
    expect(t.imbalances()).toEqual([]);
  });

  it('shows in its trace what triggered the charge first, and what was blocked (K26)', async () => {
    const { tree } = await place(world => accident(world, { ...waived, effects: { 'charge-card': 'block' } }));
    const lines = tree.split('\n');
    const placed = lines.findIndex(line => line.startsWith('order.placed A-1'));
    const command = lines.findIndex(line => line.includes('payment.charge A-1  command from checkout/A-1'));

    expect(lines[placed + 1]).toContain('payments/A-1 started its task');
    expect(command).toBeGreaterThan(placed);
    expect(lines[command + 1]).toContain('payments/A-1 blocked');
    expect(tree.match(/payments\/A-1 task done/g)).toHaveLength(1);
  });

  it('is found by a simulation with the ledger off, within a hundred seeds', async () => {
    let world = new World();
    const makeApp = (): App => {
      world = new World();
      return defineApp({ ...waived, actors: [paymentsOf(world, {}, {})], sagas: accident(world).sagas });
    };

    const failure = await simulate(makeApp, ({ client }) => client.publish(OrderPlaced, lamp), {
      name: 'pitfall',
      seeds: 100,
      invariants: [once(PaymentCharged).per('key')],
      seedsFile: false,
    }).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(SimulationFailedError);
    expect(failure).toMatchObject({ seed: 1, faults: [], invariant: 'once payment.charged per key' });
  });
});

describe('the same order, where the saga has claimed the charge', () => {
  it('is silent in check', () => {
    expect(check(fixed(new World()))).toEqual({ passed: true, findings: [], waived: [] });
  });

  it('is charged once, by the saga (K25)', async () => {
    const { t, charges } = await place(fixed);

    expect(charges).toBe(1);
    expect(t.published(OrderPaid)).toEqual([lamp]);
    expect(t.imbalances()).toEqual([]);
  });

  it('shows in its trace who has given way, and to whom (K25)', async () => {
    const { tree } = await place(fixed);

    expect(tree).toContain('payments/A-1 skipped: claimed by checkout/A-1');
    expect(tree.match(/payments\/A-1 task done/g)).toHaveLength(1);
  });

  it('is charged once under a hundred seeds of faults', { timeout: 30_000 }, async () => {
    const { runs } = await simulate(
      () => fixed(new World()),
      ({ client }) => Promise.all(['A-1', 'A-2'].map(orderId => client.publish(OrderPlaced, { ...lamp, orderId }))),
      {
        name: 'pitfall fixed',
        seeds: 100,
        invariants: [once(PaymentCharged).per('key'), leadsTo(OrderPlaced, OrderPaid)],
        seedsFile: false,
      },
    );

    expect(runs).toBe(100);
  });
});

it('runs as a command that tells the story', { timeout: 60_000 }, () => {
  const from = pathToFileURL(join(root, 'scripts/from-source.mjs')).href;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--import', from, join(root, 'examples/pitfall/main.ts')],
    { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } },
  );

  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^TR101 /m);
  const titles = stdout.split('\n').filter(line => /^\d\. .*: charged /.test(line));
  expect(titles.map(line => line.split(' ').at(-1))).toEqual(['twice', 'once', 'once']);
});
