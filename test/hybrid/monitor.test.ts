// Process monitors: an event that has to be followed by another, and what happens where it is not.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { emit, setup as setupMachine } from 'xstate';
import {
  check,
  checkDatabase,
  defineActor,
  defineApp,
  defineEvent,
  defineModule,
  defineSaga,
  expect as monitor,
  FlowOverdue,
  type MessageOf,
} from '../../src/index.ts';
import { createTestRuntime, measureCoverage } from '../../src/testing/index.ts';
import {
  alerts,
  OrderCancelled,
  OrderPaid,
  OrderPlaced,
  OrderShipped,
  ParcelSent,
  setup,
  shipped,
} from './monitor-kit.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);

describe('A process monitor', () => {
  it.each([OrderShipped, OrderCancelled])('is satisfied by $type in time', async outcome => {
    const { t, overdue } = await setup();
    await t.publish(OrderPlaced, { orderId: '1' });
    await t.advance('47h');
    await t.publish(outcome, { orderId: '1' });

    await t.advance('30d');

    expect(overdue()).toEqual([]);
    expect(t.why(shipped, '1').status).toBe('idle');
  });

  it('raises the alarm once, at the due time, with what is needed to look further', async () => {
    const { t, warnings } = await setup({}, { now: '2026-01-01' });
    const { id, correlationId } = await t.publish(OrderPlaced, { orderId: '1' });
    await t.advance(2 * DAY - 1);
    expect(t.published(FlowOverdue)).toEqual([]);

    await t.advance(1);
    expect(t.published(FlowOverdue)).toHaveLength(1);
    await t.advance('30d');

    expect(t.state(alerts)?.flows).toEqual([
      {
        monitor: 'expect order.placed -> order.shipped | order.cancelled',
        key: '1',
        since: START,
        due: START + 2 * DAY,
        expected: ['order.shipped', 'order.cancelled'],
        messageId: id,
        correlationId,
      },
    ]);
    expect(warnings.filter(([, message]) => message === 'flow overdue')).toHaveLength(1);
  });

  it('alarms where a subscriber of the flow was dropped', async () => {
    const payments = defineActor('payments', { publishes: [OrderPaid] }).on(OrderPlaced, (ctx, order) =>
      ctx.publish(OrderPaid, order),
    );
    const shipping = defineActor('shipping', { publishes: [OrderShipped] }).on(OrderPaid, (ctx, order) =>
      ctx.publish(OrderShipped, order),
    );
    const complete = await setup({ actors: [payments, shipping] });
    const broken = await setup({ actors: [payments] });

    for (const { t } of [complete, broken]) {
      await t.publish(OrderPlaced, { orderId: '1' });
      await t.advance('3d');
    }

    expect(complete.overdue()).toEqual([]);
    expect(broken.overdue()).toEqual(['1']);
  });

  it('takes an outcome after the alarm, and is complete then', async () => {
    const { t, overdue } = await setup();
    await t.publish(OrderPlaced, { orderId: '1' });
    await t.advance('3d');
    expect(t.why(shipped, '1').status).toBe('blocked');

    await t.publish(OrderShipped, { orderId: '1' });

    expect(t.why(shipped, '1').status).toBe('idle');
    expect(t.conversations.of(OrderPlaced, '1')?.monitors).toMatchObject([{ status: 'completed' }]);
    await t.advance('30d');
    expect(overdue()).toEqual(['1']);
  });

  it('waits for a fraction of a millisecond, too', async () => {
    const { t, overdue } = await setup({ monitors: [monitor(OrderPlaced).leadsTo(OrderShipped, { within: '1.5ms' })] });

    await t.publish(OrderPlaced, { orderId: '1' });
    await t.advance(2);

    expect(overdue()).toEqual(['1']);
    expect(t.conversations.list()).toMatchObject([{ status: 'overdue', monitors: [{ status: 'overdue' }] }]);
  });

  it('keeps keys apart', async () => {
    const { t, overdue } = await setup();
    await t.publish(OrderPlaced, { orderId: '1' });
    await t.publish(OrderPlaced, { orderId: '2' });
    await t.publish(OrderShipped, { orderId: '1' });

    await t.advance('3d');

    expect(overdue()).toEqual(['2']);
  });

  it('counts from the first of two starts', async () => {
    const { t, overdue } = await setup();
    await t.publish(OrderPlaced, { orderId: '1' });
    await t.advance('1d');
    await t.publish(OrderPlaced, { orderId: '1' });

    await t.advance('1d');
    expect(overdue()).toEqual(['1']);
    await t.publish(OrderPlaced, { orderId: '1' });
    await t.advance('30d');
    expect(overdue()).toEqual(['1']);
  });

  it('watches the next start after an outcome, in a conversation of its own', async () => {
    const { t, overdue } = await setup();
    const first = await t.publish(OrderPlaced, { orderId: '1' });
    await t.publish(OrderShipped, { orderId: '1' });
    await t.advance('1d');
    const second = await t.publish(OrderPlaced, { orderId: '1' });

    await t.advance('2d');

    expect(overdue()).toEqual(['1']);
    expect(t.state(alerts)?.flows[0]).toMatchObject({ since: t.now() - 2 * DAY, messageId: second.id });
    expect(t.conversations.get(first.id)?.monitors).toEqual([]);
    expect(t.conversations.get(second.id)?.status).toBe('overdue');
  });

  it('does not remember an outcome that came before its start', async () => {
    const { t, overdue } = await setup();
    await t.publish(OrderShipped, { orderId: '1' });
    await t.publish(OrderPlaced, { orderId: '1' });

    await t.advance('2d');

    expect(overdue()).toEqual(['1']);
  });

  it('watches only the starts that `where` wants', async () => {
    const dear = monitor(OrderPlaced).leadsTo(OrderShipped, { within: '2d', where: order => order.cents > 1000 });
    const { t, overdue } = await setup({ monitors: [dear] });
    await t.publish(OrderPlaced, { orderId: 'cheap', cents: 1 });
    await t.publish(OrderPlaced, { orderId: 'dear', cents: 2000 });

    await t.advance('2d');

    expect(overdue()).toEqual(['dear']);
  });

  it('finds the outcome of a contract with another key by `correlate`', async () => {
    const sent = monitor(OrderPlaced).leadsTo(ParcelSent, {
      within: '2d',
      correlate: { 'parcel.sent': parcel => parcel.orderId, 'order.placed': order => order.orderId },
    });
    const { t, overdue } = await setup({ monitors: [sent] });
    await t.publish(OrderPlaced, { orderId: '1' });
    await t.publish(OrderPlaced, { orderId: '2' });
    await t.publish(ParcelSent, { parcel: 'p-7', orderId: '2' });

    await t.advance('2d');

    expect(overdue()).toEqual(['1']);
  });

  it('watches what a saga publishes, and starts a saga that looks after what is overdue', async () => {
    const clerk = defineSaga('clerk', {
      machine: setupMachine({
        types: {
          context: {} as { orderId: string },
          input: {} as { orderId: string },
          emitted: {} as MessageOf<typeof OrderShipped>,
        },
        delays: { pause: 3 * DAY },
      }).createMachine({
        context: ({ input }) => input,
        initial: 'thinking',
        states: {
          thinking: { after: { pause: 'over' } },
          over: { type: 'final', entry: emit(({ context: { orderId } }) => OrderShipped({ orderId })) },
        },
      }),
      publishes: [OrderShipped],
    }).startsOn(OrderPlaced, ({ orderId }) => ({ orderId }));
    const nurse = defineSaga('nurse', {
      machine: setupMachine({
        types: { events: {} as MessageOf<typeof OrderShipped> },
        delays: { patience: 30 * DAY },
      }).createMachine({
        initial: 'looking',
        states: {
          looking: { on: { 'order.shipped': 'over' }, after: { patience: 'over' } },
          over: { type: 'final' },
        },
      }),
    })
      .startsOn(FlowOverdue, () => undefined)
      .on(OrderShipped);
    const { t, overdue } = await setup({ sagas: [clerk, nurse] });
    await t.publish(OrderPlaced, { orderId: '1' });
    await t.advance('2d');
    expect(overdue()).toEqual(['1']);
    expect(t.sagas.get(nurse, '1')?.status).toBe('running');

    await t.advance('1d');

    expect(t.why(shipped, '1').status).toBe('idle');
    expect(t.sagas.get(nurse, '1')?.status).toBe('done');
  });

  it('stands beside another monitor of the same event', async () => {
    const paid = monitor(OrderPlaced).leadsTo(OrderPaid, { within: '1h', name: 'paid-soon' });
    const { t } = await setup({ monitors: [shipped, paid] });
    await t.publish(OrderPlaced, { orderId: '1' });
    await t.publish(OrderPaid, { orderId: '1' });

    await t.advance('2d');

    expect(t.published(FlowOverdue).map(flow => flow.monitor)).toEqual([shipped.name]);
    expect(paid.name).toBe('expect paid-soon');
  });

  it('belongs to a module as well', async () => {
    const { t, overdue } = await setup({ monitors: [], modules: [defineModule('sales', { monitors: [shipped] })] });
    await t.publish(OrderPlaced, { orderId: '1' });

    await t.advance('2d');

    expect(overdue()).toEqual(['1']);
  });

  it('counts the time that the process is down', async () => {
    const { t } = await setup({}, { now: '2026-01-01' });
    await t.publish(OrderPlaced, { orderId: '1' });

    const later = await setup({}, { database: t.serialize(), now: '2026-01-05' });

    expect(later.overdue()).toEqual(['1']);
  });

  it('goes on over a restart', async () => {
    const { t, overdue } = await setup();
    await t.publish(OrderPlaced, { orderId: '1' });
    await t.advance('1d');
    await t.restart();
    expect(overdue()).toEqual([]);

    await t.advance('1d');

    expect(overdue()).toEqual(['1']);
  });

  it.each([1, 2, 3, 4, 5])('alarms once where the process dies in the middle (seed %i)', async seed => {
    const { t, overdue } = await setup({}, { seed, alwaysRehydrate: true });
    await t.publish(OrderPlaced, { orderId: '1' });
    await t.crash();
    await t.advance(2 * DAY - 1);
    t.failCommit(seed);
    await t.crash();
    await t.advance('1d');
    await t.crash();
    await t.advance('30d');

    expect(overdue()).toEqual(['1']);
  });

  it('says in `why` what it expects, and since when it is overdue', async () => {
    const { t } = await setup({}, { now: '2026-01-01' });
    expect(t.why(shipped, '1').text).toMatch(/is idle/);
    const { correlationId } = await t.publish(OrderPlaced, { orderId: '1' });

    expect(t.why(shipped, '1')).toMatchObject({ status: 'waiting', reasons: [{ kind: 'outcome', isOverdue: false }] });
    expect(t.why(shipped, '1').text).toBe(
      `${shipped.name}/1 is waiting:\n` +
        'It expects order.shipped or order.cancelled in 2 d (2026-01-03T00:00:00.000Z), or sooner.',
    );
    await t.advance('2d');
    await t.advance('3h');
    expect(t.why(shipped, '1').text).toBe(
      `${shipped.name}/1 is blocked:\n` +
        `order.shipped or order.cancelled is overdue by 3 h. runtime.trace('${correlationId}') shows how far it has come.`,
    );
  });

  it('says in `why` what it expects, however long it waits', async () => {
    const patient = monitor(OrderPlaced).leadsTo(OrderShipped, { within: '100000000d' });
    const { t } = await setup({ monitors: [patient] });
    await t.publish(OrderPlaced, { orderId: '1' });

    expect(t.why(patient, '1').text).toContain('+275760-09-13');
  });

  it('puts its alarm into the conversation it watches', async () => {
    const { t } = await setup();
    const { id } = await t.publish(OrderPlaced, { orderId: '1' });

    await t.advance('2d');

    const text = JSON.stringify(t.trace(id));
    expect(text).toContain('"troupe.flow-overdue"');
    expect(text).toContain('"outcome":"overdue"');
  });

  it.each([1, 2, 3])('watches start after start over crashes (seed %i)', async seed => {
    const { t, overdue } = await setup({}, { seed });
    for (let round = 0; round < 3; round += 1) {
      await t.publish(OrderPlaced, { orderId: '1' });
      await t.crash();
      await t.publish(OrderShipped, { orderId: '1' });
      t.failCommit(1);
      await t.publish(OrderPlaced, { orderId: '1' });
      await t.advance('2d');
      await t.crash();
      expect(overdue()).toHaveLength(round + 1);
      await t.publish(OrderShipped, { orderId: '1' });
    }

    expect(t.why(shipped, '1').status).toBe('idle');
  });

  it('gives `check` nothing to find', () => {
    const payments = defineActor('payments', { publishes: [OrderPaid] }).on(OrderPlaced, (ctx, order) =>
      ctx.publish(OrderPaid, order),
    );
    const shipping = defineActor('shipping', { publishes: [OrderShipped] }).on(OrderPaid, (ctx, order) =>
      ctx.publish(OrderShipped, order),
    );
    const books = defineActor('books').on(OrderShipped, () => {});

    const { findings } = check(defineApp({ actors: [payments, shipping, books, alerts], monitors: [shipped] }));

    expect(findings).toEqual([]);
  });

  it('is neither a saga to checkDatabase nor something that coverage counts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'troupe-monitor-'));
    const file = join(folder, 'app.db');
    const app = defineApp({ actors: [alerts], monitors: [shipped] });
    const t = await createTestRuntime(app, { database: file });
    await t.publish(OrderPlaced, { orderId: '1' });
    await t.stop();

    const report = checkDatabase(app, file);
    rmSync(folder, { recursive: true });

    expect(report).toMatchObject({ ok: true, sagas: [], unknown: [] });
    expect(measureCoverage(app).report().handlers.missing).toEqual(['alerts: troupe.flow-overdue']);
  });

  it('compiles from names that nothing else can have', () => {
    const twin = monitor(OrderPlaced).leadsTo([OrderShipped, OrderCancelled], { within: '5d' });

    return expect(createTestRuntime(defineApp({ monitors: [shipped, twin] }))).rejects.toMatchObject({
      code: 'duplicate-name',
    });
  });

  it('owns its event: no actor publishes it', () => {
    const liar = defineActor('liar', { publishes: [FlowOverdue] });

    return expect(createTestRuntime(defineApp({ actors: [liar], monitors: [shipped] }))).rejects.toMatchObject({
      code: 'duplicate-owner',
    });
  });
});

describe('A pause of a process monitor', () => {
  it('gives no alarm for an outcome that came meanwhile', async () => {
    const { t, overdue } = await setup();
    await t.publish(OrderPlaced, { orderId: '1' });
    await t.pause(shipped);
    await t.publish(OrderShipped, { orderId: '1' });
    await t.advance('3d');

    await t.resume(shipped);
    await t.advance('1d');

    expect(overdue()).toEqual([]);
  });

  it('gives none for an outcome that has expired meanwhile: it has happened', async () => {
    const { t, overdue } = await setup();
    await t.pause(shipped);
    await t.publish(OrderPlaced, { orderId: '1' }, { ttl: '1m' });
    await t.publish(OrderShipped, { orderId: '1' }, { ttl: '1m' });
    await t.publish(OrderPlaced, { orderId: '2' }, { ttl: '1m' });
    await t.advance('1h');

    await t.resume(shipped);
    await t.advance('3d');

    expect(overdue()).toEqual(['2']);
    expect(t.conversations.of(OrderPlaced, '1')?.monitors).toMatchObject([{ status: 'completed' }]);
  });

  it('keeps the alarm that is due', async () => {
    const { t, overdue } = await setup();
    await t.publish(OrderPlaced, { orderId: '1' });
    await t.pause(shipped);
    await t.publish(OrderPlaced, { orderId: '2' });
    await t.advance('3d');
    expect(overdue()).toEqual([]);

    await t.resume(shipped);
    await t.advance('2m');

    expect(overdue().toSorted()).toEqual(['1', '2']);
  });

  it('of one handler waits with the alarm until the log is read', async () => {
    const { t, overdue } = await setup();
    await t.publish(OrderPlaced, { orderId: '1' });
    await t.pause(shipped, { on: OrderShipped });
    await t.publish(OrderShipped, { orderId: '1' });
    await t.advance('3d');
    expect(overdue()).toEqual([]);

    await t.resume(shipped, { on: OrderShipped });
    await t.advance('1d');

    expect(overdue()).toEqual([]);
  });
});

describe('A process monitor that leaves the app', () => {
  it('goes with what it has stored, without dropOrphans', async () => {
    const { t } = await setup();
    await t.publish(OrderPlaced, { orderId: '1' });
    await t.publish(OrderPlaced, { orderId: '2' });
    await t.pause(shipped, { key: '2' });
    await t.publish(OrderShipped, { orderId: '2' });
    const database = t.serialize();

    const without = await setup({ monitors: [] }, { database });
    await without.t.advance('30d');
    expect(without.overdue()).toEqual([]);
    expect(without.t.deadLetters.list()).toEqual([]);
    expect(without.t.conversations.list().map(({ status }) => status)).toEqual(['quiet', 'quiet', 'quiet']);

    const again = await setup({}, { database: without.t.serialize() });
    await again.t.advance('30d');
    expect(again.overdue()).toEqual([]);
  });

  it('takes its dead letters along, which would call its conversations failed for ever', async () => {
    const picky = monitor(OrderPlaced).leadsTo(OrderShipped, {
      within: '2d',
      correlate: { 'order.placed': () => undefined as never },
    });
    const { t } = await setup({ monitors: [picky] });
    await t.publish(OrderPlaced, { orderId: '1' });
    expect(t.conversations.list({ status: 'failed' })).toHaveLength(1);

    const without = await setup({ monitors: [] }, { database: t.serialize() });

    expect(without.t.deadLetters.list()).toEqual([]);
    expect(without.t.info().deadLetters).toBe(0);
    expect(without.t.conversations.list({ status: 'failed' })).toEqual([]);
  });

  it('forgets what it watched, and catches up with what came since, when it is back', async () => {
    const { t } = await setup();
    await t.publish(OrderPlaced, { orderId: 'before' });
    const without = await setup({ monitors: [] }, { database: t.serialize() });
    await without.t.publish(OrderPlaced, { orderId: 'since' });
    await without.t.publish(OrderPlaced, { orderId: 'shipped' });
    await without.t.publish(OrderShipped, { orderId: 'shipped' });
    await without.t.advance('3d');

    const again = await setup({}, { database: without.t.serialize(), now: without.t.now() });
    await again.t.advance('1h');

    expect(again.overdue()).toEqual(['since']);
  });

  it('loses one outcome and keeps the rest, under its name', async () => {
    const both = monitor(OrderPlaced).leadsTo([OrderShipped, OrderCancelled], { within: '2d', name: 'ends' });
    const one = monitor(OrderPlaced).leadsTo(OrderCancelled, { within: '2d', name: 'ends' });
    const { t } = await setup({ monitors: [both] });
    await t.publish(OrderPlaced, { orderId: '1' });
    await t.pause(both, { on: OrderShipped });
    await t.publish(OrderShipped, { orderId: '1' });

    const changed = await setup({ monitors: [one] }, { database: t.serialize() });
    await changed.t.advance('3d');

    expect(changed.overdue()).toEqual(['1']);
  });
});

describe('The definition of a process monitor', () => {
  const Other = defineEvent('other.happened', { data: z.object({}) });
  const leads = (outcomes: unknown, options: unknown) => () =>
    monitor(OrderPlaced).leadsTo(outcomes as typeof OrderShipped, options as { within: '2d' });

  it.each([
    ['no event', () => monitor({} as typeof OrderPlaced), 'expect got no event'],
    ['no outcomes', leads([], { within: '2d' }), 'leads to something that is no event'],
    ['a command', leads([{ kind: 'command' }], { within: '2d' }), 'leads to something that is no event'],
    ['itself', leads([OrderPlaced], { within: '2d' }), 'leads to itself'],
    ['one outcome twice', leads([Other, Other], { within: '2d' }), 'leads to other.happened twice'],
    ['no options', leads(Other, undefined), 'has no options'],
    ['an unknown option', leads(Other, { within: '2d', until: 1 }), "unknown option 'until'"],
    ['a where that is no function', leads(Other, { within: '2d', where: true }), 'a where that is no function'],
    ['a wrong name', leads(Other, { within: '2d', name: 'a b' }), 'The name of a monitor'],
    ['a stranger to correlate', leads(Other, { within: '2d', correlate: { x: () => '' } }), 'correlates x'],
    [
      'a correlate that is no function',
      leads(Other, { within: '2d', correlate: { 'other.happened': 1 } }),
      'correlates other.happened by no function',
    ],
  ])('refuses %s', (_, define, problem) => {
    expect(define).toThrow(expect.objectContaining({ code: 'invalid-definition' }));
    expect(define).toThrow(problem);
  });

  it('refuses a time it cannot read', () => {
    expect(leads(Other, { within: 'soon' })).toThrow(expect.objectContaining({ code: 'invalid-duration' }));
    expect(leads(Other, {})).toThrow(expect.objectContaining({ code: 'invalid-duration' }));
  });

  it('refuses what is no monitor in an app', () => {
    expect(() => defineApp({ monitors: [alerts as never] })).toThrow(/what expect\(…\)\.leadsTo returned/);
  });
});
