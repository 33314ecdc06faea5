// The broken examples: the simulator finds each bug and prints what is recorded; the test that one writes first does not.
import { describe, expect, it } from 'vitest';
import { createTestRuntime, simulate, SimulationFailedError } from 'troupe/testing';
import { bugNames, simulateBug, writtenOutput } from '../../scripts/bug-outputs.mjs';
import * as trips from '../../examples/bugs/lost-compensation/app.ts';
import { app as fixedTrips } from '../../examples/bugs/lost-compensation/fixed.ts';
import * as tripScenario from '../../examples/bugs/lost-compensation/scenario.ts';
import * as orders from '../../examples/bugs/race/app.ts';
import { app as fixedOrders } from '../../examples/bugs/race/fixed.ts';
import * as orderScenario from '../../examples/bugs/race/scenario.ts';
import * as theatre from '../../examples/bugs/stale-timer/app.ts';
import { app as fixedTheatre } from '../../examples/bugs/stale-timer/fixed.ts';
import * as theatreScenario from '../../examples/bugs/stale-timer/scenario.ts';

const SEEDS = 500;

const bugs = [
  {
    name: 'lost-compensation',
    app: trips.app,
    fixed: fixedTrips,
    ...tripScenario,
    invariant: 'eventually seats are taken for booked trips only',
  },
  {
    name: 'race',
    app: orders.app,
    fixed: fixedOrders,
    ...orderScenario,
    invariant: 'eventually nobody pays for a cancelled order',
  },
  {
    name: 'stale-timer',
    app: theatre.app,
    fixed: fixedTheatre,
    ...theatreScenario,
    invariant: 'always who holds a seat has ten minutes',
  },
];

describe.each(bugs)('examples/bugs/$name', ({ name, app, fixed, scenario, invariants, invariant }) => {
  const options = { name, seeds: SEEDS, invariants, seedsFile: false } as const;

  it('is found within 500 seeds, by what must hold there', async () => {
    const failure = await simulate(app, scenario, options).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SimulationFailedError);
    expect(failure).toMatchObject({ code: 'simulation-failed', invariant });
  });

  it('prints what is recorded, and the line to see it again does that', { timeout: 60_000 }, () => {
    const recorded = writtenOutput(name);
    const { status, stdout } = simulateBug(name);
    expect(stdout, 'rewrite it with `npm run docs:bugs`').toBe(recorded);
    expect(status).toBe(1);
    const [, seed = ''] = /TROUPE_SEED='(.*)' node/.exec(recorded) ?? [];
    // Only the count of what was drawn at first is another.
    const again = (text: string): string => text.replace(/^faults \(.*?\)/m, 'faults');
    expect(again(simulateBug(name, { TROUPE_SEED: seed }).stdout)).toBe(again(recorded));
  });

  it('holds on all seeds once it is mended', { timeout: 60_000 }, async () => {
    const { runs } = await simulate(fixed, scenario, options);
    expect(runs).toBe(SEEDS);
  });
});

it('tests every broken example', () => {
  expect(bugs.map(({ name }) => name)).toEqual(bugNames());
});

describe('the test that one writes first', () => {
  it.each([
    ['as it is', trips.app],
    ['mended', fixedTrips],
  ])('gives the seat back where the hotel is full, and passes: lost-compensation, %s', async (_, app) => {
    await using t = await createTestRuntime(app);
    await t.publish(trips.TripWanted, { trip: 'short', nights: 3 });
    await t.publish(trips.TripWanted, { trip: 'long', nights: 30 });
    expect(t.saga(trips.booking, 'short').state).toBe('booked');
    expect(t.saga(trips.booking, 'long').status).toBe('compensated');
    expect(t.state(trips.flights)).toEqual({ trips: ['short'] });
  });

  it.each([
    ['as it is', orders.app],
    ['mended', fixedOrders],
  ])('refunds a cancelled order, and passes: race, %s', async (_, app) => {
    await using t = await createTestRuntime(app);
    await t.publish(orders.OrderPlaced, { order: 'A-1', cents: 900 });
    await t.publish(orders.OrderCancelled, { order: 'A-1' });
    expect(t.saga(orders.checkout, 'A-1').state).toBe('cancelled');
    expect(t.state(orders.payments, 'A-1')).toMatchObject({ charged: 900, refunded: 900 });
  });

  it.each([
    ['as it is', theatre.app],
    ['mended', fixedTheatre],
  ])('frees a seat after ten minutes and not when it is sold, and passes: stale-timer, %s', async (_, app) => {
    await using t = await createTestRuntime(app);
    const [held, sold] = [
      { seat: '1A', guest: 'ann' },
      { seat: '2B', guest: 'bob' },
    ] as const;
    for (const wish of [held, sold]) await t.ask(theatre.HoldSeat, wish);
    expect(await t.ask(theatre.BuySeat, sold)).toEqual({ ok: true });
    await t.advance('10m');
    expect(t.state(theatre.seats, '1A')?.status).toBe('free');
    expect(t.state(theatre.seats, '2B')?.status).toBe('sold');
    expect(t.published(theatre.HoldExpired)).toHaveLength(1);
  });
});
