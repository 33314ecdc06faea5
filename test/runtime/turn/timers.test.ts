import { describe, expect, it } from 'vitest';
import { defineActor, defineApp } from '../../../src/index.ts';
import { FaultyDatabase } from '../../support/faulty-database.ts';
import { commandOf, eventOf, launch, tables, type Launched } from '../../support/kernel-kit.ts';
import { crash } from '../../support/restart.ts';

const Arm = commandOf('timer.arm');
const Ring = commandOf('timer.ring');
const Cancel = commandOf('timer.cancel');
const Finish = commandOf('timer.finish');
const Leave = commandOf('timer.leave');
const Elsewhere = commandOf('timer.elsewhere');
const Happened = eventOf('timer.happened');

/** `Arm` with text as the id and n as the seconds. */
function setup(options: { single?: boolean } = {}) {
  const clock = defineActor('clock', {
    state: () => ({ rang: [] as string[] }),
    sends: [Ring],
    retry: { attempts: 1 },
    ...options,
  })
    .on(Arm, (ctx, { key, n, text }) => {
      ctx.schedule(Ring, { key, text }, { after: n * 1000, id: text });
      return n;
    })
    .on(Cancel, (ctx, { text }) => {
      ctx.cancel(text);
      return ctx.state.rang.push(`cancelled ${text}`);
    })
    .on(Ring, (ctx, { text }) => {
      if (text === 'broken') throw new Error('broken');
      return ctx.state.rang.push(text);
    })
    .on(Happened, (ctx, { text }) => void ctx.state.rang.push(text))
    .on(Leave, ctx => (ctx.stop(), null));
  return { clock, app: defineApp({ actors: [clock] }) };
}

const arm = ({ runtime, run }: Launched, text: string, n: number): Promise<unknown> =>
  run(runtime.ask(Arm, { key: 'a', text, n }));
const rang = ({ runtime }: Launched, key = 'a'): readonly string[] =>
  (runtime.state({ name: 'clock' } as never, key) as { rang: string[] } | undefined)?.rang ?? [];

describe('a timer', () => {
  it('K23 rings once, at its time, and leaves nothing behind', async () => {
    const launched = await launch(setup().app);
    await arm(launched, 'one', 10);
    await launched.platform.advance(9_999);
    expect(rang(launched)).toEqual([]);

    await launched.platform.advance(1);

    expect(rang(launched)).toEqual(['one']);
    expect(tables(launched.store)['timers']).toEqual([]);
    expect(launched.platform.pendingAlarms).toEqual([]);
  });

  it('K23 P7 is not early because another one rings, or a message comes, a moment before', async () => {
    const launched = await launch(setup().app);
    await arm(launched, 'one', 10);
    await arm(launched, 'two', 10.5);
    await launched.platform.advance(10_000);
    await launched.run(launched.runtime.publish(Happened, { key: 'a', text: 'event' }));
    expect(rang(launched)).toEqual(['one', 'event']);

    await launched.platform.advance(500);

    expect(rang(launched)).toEqual(['one', 'event', 'two']);
  });

  it('K19 goes with the instance that armed it, and does not ring in the next one of that key', async () => {
    const launched = await launch(setup().app);
    await arm(launched, 'one', 10);
    await launched.run(launched.runtime.send(Leave, { key: 'a' }));
    await launched.run(launched.runtime.publish(Happened, { key: 'a', text: 'anew' }));
    await launched.platform.advance(60_000);

    expect(rang(launched)).toEqual(['anew']);
    expect(tables(launched.store)['timers']).toEqual([]);
  });

  it('K23 armed again under its id replaces the first', async () => {
    const launched = await launch(setup().app);
    await arm(launched, 'one', 10);
    await arm(launched, 'one', 30);

    await launched.platform.advance(29_999);
    expect(rang(launched)).toEqual([]);
    await launched.platform.advance(1);
    expect(rang(launched)).toEqual(['one']);
  });

  it('K23 P7 of thirty days rings on time, over a restart too', async () => {
    const days = 86_400_000;
    const first = await launch(setup().app);
    await arm(first, 'month', 30 * 86_400);
    first.platform.block(29 * days);
    const second = await crash(first, setup().app);

    await second.platform.advance(days - 1);
    expect(rang(second)).toEqual([]);
    await second.platform.advance(1);
    expect(rang(second)).toEqual(['month']);
  });

  it.each([{ single: false }, { single: true }])(
    'K23 that has fired loses against an earlier cancel: $single',
    async options => {
      const launched = await launch(setup(options).app, { turns: 1 });
      const key = options.single ? 'default' : 'a';
      await arm(launched, 'one', 10);
      await launched.run(launched.runtime.pause({ name: 'clock' }, { key }));
      const cancelled = launched.runtime.send(Cancel, { key: 'a', text: 'one' });
      await launched.settled();
      await cancelled;
      await launched.platform.advance(10_000);
      expect(tables(launched.store)['timers']).toMatchObject([{ fired: 1 }]);

      await launched.run(launched.runtime.resume({ name: 'clock' }, { key }));

      expect(rang(launched, key)).toEqual(['cancelled one']);
      expect(tables(launched.store)['timers']).toEqual([]);
    },
  );

  it('K23 P7 that has fired loses against an earlier re-arm, which still rings', async () => {
    const launched = await launch(setup().app, { turns: 1 });
    await arm(launched, 'one', 10);
    await launched.run(launched.runtime.pause({ name: 'clock' }, { key: 'a' }));
    await launched.run(launched.runtime.send(Arm, { key: 'a', text: 'one', n: 100 }));
    await launched.platform.advance(10_000);
    await launched.run(launched.runtime.resume({ name: 'clock' }, { key: 'a' }));
    await launched.platform.advance(99_999);
    expect(rang(launched)).toEqual([]);

    await launched.platform.advance(1);

    expect(rang(launched)).toEqual(['one']);
  });

  it('K23 leaves no row when its turn becomes a dead letter', async () => {
    const launched = await launch(setup().app);
    await arm(launched, 'broken', 1);
    await launched.platform.advance(1_000);

    expect(launched.runtime.deadLetters.list()).toHaveLength(1);
    expect(tables(launched.store)['timers']).toEqual([]);
    await launched.run(launched.runtime.deadLetters.retry(1));
    expect(launched.runtime.deadLetters.list()).toHaveLength(1);
  });

  it('inherits the headers of its cause, though the log has forgotten it', async () => {
    const seen: unknown[] = [];
    const { clock } = setup();
    const other = defineActor('other').on(Elsewhere, ctx => (seen.push(ctx.message.headers), null));
    const sender = defineActor('sender', { sends: [Elsewhere] }).on(Finish, ctx => {
      ctx.schedule(Elsewhere, {}, { after: '30d' });
      return null;
    });
    const launched = await launch({ actors: [clock, other, sender] }, { retention: { log: '1d' } });
    await launched.run(launched.runtime.send(Finish, {}, { headers: { 'tenant-id': '7' } }));
    launched.platform.block(2 * 86_400_000);
    launched.runtime.prune();

    launched.platform.block(27 * 86_400_000);
    await launched.platform.advance(86_400_000);

    expect(seen).toEqual([{ 'tenant-id': '7' }]);
  });
});

describe('downtime', () => {
  it('K23 P7 lets overdue timers ring in due order, after the deliveries that were queued', async () => {
    const { app } = setup();
    const first = await launch(app);
    await arm(first, 'late', 30);
    await arm(first, 'early', 10);
    await first.run(first.runtime.pause({ name: 'clock' }, { key: 'a' }));
    await first.run(first.runtime.publish(Happened, { key: 'a', text: 'queued' }));
    const stored = first.store.database;
    stored.prepare('delete from troupe_holds').run();

    const second = await crash(first, app, { downMs: 3_600_000 });
    await second.settled();

    expect(rang(second)).toEqual(['queued', 'early', 'late']);
  });

  it('K23 counts for wall timers and not for those of engine-up time', async () => {
    const { app } = setup();
    const first = await launch(app);
    await arm(first, 'wall', 60);
    await arm(first, 'up', 60);
    first.store.database.prepare(`update troupe_timers set clock = 'up' where timer = 'up'`).run();
    await first.run(first.runtime.publish(Happened, { key: 'b' }));

    const second = await crash(first, app, { downMs: 3_600_000 });
    await second.settled();
    expect(rang(second)).toEqual(['wall']);

    await second.platform.advance(60_000);
    expect(rang(second)).toEqual(['wall', 'up']);
  });

  it('K23 by a suspend does the same', async () => {
    const { app } = setup();
    const launched = await launch(app);
    const jumps: number[] = [];
    launched.runtime.tap('clock-jump', ({ byMs }) => jumps.push(byMs));
    await arm(launched, 'wall', 90);
    await arm(launched, 'up', 90);
    launched.store.database.prepare(`update troupe_timers set clock = 'up' where timer = 'up'`).run();
    await launched.platform.advance(1_000);

    launched.platform.wallOffset += 3_600_000;
    await launched.platform.advance(60_000);
    expect(rang(launched)).toEqual(['wall']);
    expect(jumps).toEqual([3_600_000]);

    await launched.platform.advance(60_000);
    expect(rang(launched)).toEqual(['wall', 'up']);
  });
});

describe('a suspend before a commit that fails', () => {
  it('K3 K23 puts off the timers of engine-up time all the same', async () => {
    const database = new FaultyDatabase();
    const launched = await launch(setup().app, { database: database.handle });
    await arm(launched, 'wall', 90);
    await arm(launched, 'up', 90);
    database.handle.prepare(`update troupe_timers set clock = 'up' where timer = 'up'`).run();
    await launched.platform.advance(1_000);
    database.failCommit('SQLITE_BUSY');

    launched.platform.wallOffset += 3_600_000;
    await launched.platform.advance(60_000);
    expect(rang(launched)).toEqual(['wall']);

    await launched.platform.advance(60_000);
    expect(rang(launched)).toEqual(['wall', 'up']);
  });
});

describe('the clock', () => {
  it('K23 never goes back, and says so once', async () => {
    const { app } = setup();
    const launched = await launch(app);
    const { runtime, platform, run } = launched;
    const jumps: number[] = [];
    runtime.tap('clock-jump', ({ byMs }) => jumps.push(byMs));
    await arm(launched, 'one', 200);
    const { position } = await run(runtime.publish(Happened, { key: 'a', text: 'before' }));
    const before = launched.store.messages.get(position)?.time ?? 0;

    platform.wallOffset -= 3_600_000;
    await platform.advance(130_000);
    const after = await run(runtime.publish(Happened, { key: 'a', text: 'after' }));
    expect((launched.store.messages.get(after.position)?.time ?? 0) - before).toBe(130_000);
    expect(jumps).toEqual([-3_600_000]);

    await platform.advance(70_000);
    expect(rang(launched)).toEqual(['before', 'after', 'one']);
  });

  it('K23 refuses a store more than an hour ahead, unless told otherwise', async () => {
    const { app } = setup();
    const first = await launch(app);
    await arm(first, 'one', 5);

    await expect(crash(first, app, { downMs: -3_700_000 })).rejects.toMatchObject({ code: 'clock-behind-store' });
    const second = await crash(first, app, { downMs: -3_700_000, allowClockBehindStore: true });
    await second.platform.advance(5_000);
    expect(rang(second)).toEqual(['one']);
    expect((await crash(first, app, { downMs: -3_500_000 })).runtime.info().state).toBe('running');
  });
});

describe('a delayed message', () => {
  it('enters the log when it is due, with its ttl counted from then', async () => {
    const { app } = setup();
    const launched = await launch(app);
    const { runtime, run, platform } = launched;
    const sent = runtime.publish(
      Happened,
      { key: 'a', text: 'later' },
      { delay: '10s', ttl: '5s', correlationId: 'mine' },
    );
    expect(await run(sent)).toMatchObject({ position: 0, correlationId: 'mine', duplicate: false });
    await platform.advance(10_000);

    expect(rang(launched)).toEqual(['later']);
    expect(runtime.trace('mine').roots).toMatchObject([{ type: Happened.type }]);
  });

  it('may be due, and expire, at a fraction of a millisecond, which is rounded up', async () => {
    const { app } = setup();
    const launched = await launch(app);
    const { runtime, run, platform } = launched;

    await run(runtime.publish(Happened, { key: 'a', text: 'delayed' }, { delay: 1.5, ttl: '0.5ms' }));
    await run(runtime.publish(Happened, { key: 'a', text: 'at once' }, { ttl: '0.5ms' }));
    await run(runtime.ask(Arm, { key: 'a', n: 0.0005, text: 'scheduled' }));
    await platform.advance(2);

    expect(rang(launched)).toEqual(['at once', 'scheduled', 'delayed']);
  });

  it('stops the start when its owner is gone, unless it is dropped', async () => {
    const { app } = setup();
    const first = await launch(app);
    await first.run(first.runtime.send(Ring, { key: 'a' }, { delay: '1h' }));
    const other = { actors: [defineActor('other').on(Happened, () => {})] };

    await expect(crash(first, other)).rejects.toMatchObject({ code: 'orphaned-work' });
    const second = await crash(first, other, { dropOrphans: [Ring.type] });
    await second.platform.advance(7_200_000);
    expect(second.runtime.info().state).toBe('running');
    expect(tables(second.store)['timers']).toEqual([]);
  });
});
