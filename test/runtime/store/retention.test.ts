import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineActor, defineEvent } from '../../../src/index.ts';
import { FaultyDatabase } from '../../support/faulty-database.ts';
import { commandOf, eventOf, launch } from '../../support/kernel-kit.ts';

const DAY = 86_400_000;
const Add = commandOf('keep.add');
const Slow = commandOf('keep.slow');
const Added = eventOf('keep.added');
const Audited = defineEvent('keep.audited', { data: z.object({ n: z.number() }), keep: '30d' });
const list = () => ({ seen: [] as number[] });

function setup() {
  const adder = defineActor('adder', { state: list, publishes: [Added, Audited] })
    .on(
      Add,
      (ctx, { key, n }) => {
        if (n === 13) throw new Error('unlucky');
        ctx.state.seen.push(n);
        ctx.publish(Added, { key, n });
        ctx.publish(Audited, { n });
        return n;
      },
      { retry: { attempts: 1 } },
    )
    .task(
      Slow,
      async (ctx, { n }) => {
        await ctx.sleep('long', '60d');
        return n;
      },
      { timeout: '90d' },
    );
  const strict = defineActor('strict', { state: list, retry: { attempts: 1 }, onExhausted: 'hold' }).on(
    Added,
    (ctx, { n }) => {
      if (n === 2) throw new Error('held');
      ctx.state.seen.push(n);
    },
  );
  return { app: { actors: [adder, strict] }, adder, strict };
}

const types = (store: Awaited<ReturnType<typeof launch>>['store']): unknown[] =>
  store.database.prepare("select type, data ->> 'n' from troupe_messages order by position").raw().all();

describe('K15 retention', () => {
  it('removes what is old and done, with its turns and keys, and nothing else', async () => {
    const { app } = setup();
    const { runtime, run, store, platform } = await launch(app);
    await run(runtime.ask(Add, { n: 1 }, { idempotencyKey: 'old' }));
    await platform.advance(8 * DAY);
    await run(runtime.ask(Add, { n: 5 }, { idempotencyKey: 'new' }));
    runtime.prune();

    expect(types(store)).toEqual([
      ['keep.audited', 1],
      ['keep.add', 5],
      ['keep.added', 5],
      ['keep.audited', 5],
    ]);
    const count = (sql: string): unknown => store.database.prepare(sql).pluck().get();
    expect(count('select count(*) from troupe_turns where message not in (select position from troupe_messages)')).toBe(
      0,
    );
    expect(count('select group_concat(key) from troupe_idempotency')).toBe('new');
    await platform.advance(31 * DAY);
    runtime.prune();
    expect(types(store)).toEqual([]);
  });

  it('makes room for new idempotency keys when it removes old ones', async () => {
    const { app } = setup();
    const { runtime, run, kernel, platform } = await launch(app, { retention: { dedupe: '1h' } });
    Object.assign(kernel, { limits: { ...kernel.limits, dedupeKeys: 1 } });
    await run(runtime.send(Add, { n: 1 }, { idempotencyKey: 'old' }));
    await platform.advance(2 * 3_600_000);
    runtime.prune();

    expect(await run(runtime.send(Add, { n: 2 }, { idempotencyKey: 'new' }))).toMatchObject({ duplicate: false });
  });

  it('keeps idempotency keys for their own time, however short the log is', async () => {
    const { app } = setup();
    const { runtime, run, platform } = await launch(app, { retention: { log: '1h', dedupe: '7d' } });
    await run(runtime.ask(Add, { n: 1 }, { idempotencyKey: 'once' }));
    await platform.advance(6 * DAY);
    runtime.prune();

    expect(await run(runtime.send(Add, { n: 1 }, { idempotencyKey: 'once' }))).toMatchObject({ duplicate: true });
  });

  it('keeps what an open delivery, a dead letter, a task and a held instance need', async () => {
    const { app, adder, strict } = setup();
    const { runtime, run, store, platform, kernel } = await launch(app);
    await run(runtime.send(Add, { n: 13 }));
    await run(runtime.send(Slow, { n: 7 }));
    for (const n of [2, 3, 4]) await run(runtime.send(Add, { n, key: 'h' }));
    platform.block(40 * DAY);
    await platform.advance(60_000);
    runtime.prune();
    const kept = types(store).map(String);
    const needed = ['keep.add,13', 'keep.slow,7', 'keep.added,2', 'keep.added,3', 'keep.added,4'];
    expect(kept).toEqual(expect.arrayContaining(needed));
    // Gone: an event that nobody waits for any more and whose 30 days are over.
    expect(kept).not.toContain('keep.audited,2');

    const again = await launch(app, { database: runtime.serialize(), platform, flight: kernel.flight.read() });
    await runtime.stop();
    const letters = again.runtime.deadLetters.list();
    expect(letters.map(({ type, data }) => [type, (data as { n: number }).n])).toEqual([
      ['keep.added', 2],
      ['keep.add', 13],
    ]);
    await Promise.all([again.runtime.deadLetters.discard(letters[0]?.id ?? 0), platform.settle()]);
    expect(again.runtime.state(strict, 'h')).toEqual({ seen: [3, 4] });
    platform.block(21 * DAY);
    await platform.advance(60_000);
    expect(again.runtime.info().tasks).toBe(0);
    expect(again.runtime.state(adder, 'h')).toEqual({ seen: [2, 3, 4] });
  });

  it('keeps what a subscription that is behind has not read', async () => {
    const { app, strict } = setup();
    const { runtime, run, platform } = await launch(app);
    await run(runtime.pause(strict));
    for (const n of [3, 4]) await run(runtime.send(Add, { n, key: 'p' }));
    await platform.advance(20 * DAY);
    runtime.prune();
    await run(runtime.resume(strict));
    await platform.settle();

    expect(runtime.state(strict, 'p')).toEqual({ seen: [3, 4] });
  });
});

describe('K18 the end of a task', () => {
  it('whose commit fails is committed later, without running the task again', async () => {
    let runs = 0;
    const database = new FaultyDatabase();
    const worker = defineActor('worker', { state: list }).task(Slow, {
      run: async (_ctx, { n }) => {
        runs += 1;
        database.failCommit('SQLITE_CONSTRAINT_TRIGGER');
        return n;
      },
      done: (ctx, n) => {
        ctx.state.seen.push(n);
        return n;
      },
    });
    const { runtime, platform, logs } = await launch({ actors: [worker] }, { database: database.handle, turns: 1 });
    const asked = runtime.ask(Slow, { n: 1 });
    await platform.advance(5000);

    expect(await asked).toBe(1);
    expect(runs).toBe(1);
    expect(runtime.info().tasks).toBe(0);
    expect(logs.map(({ message }) => message)).toContain('the end of a task could not be committed');
  });
});
