import { describe, expect, it } from 'vitest';
import { defineActor, defineApp, Fault, type App } from '../../../src/index.ts';
import { FaultyDatabase } from '../../support/faulty-database.ts';
import { commandOf, eventOf, launch, type Launched } from '../../support/kernel-kit.ts';
import { crash } from '../../support/restart.ts';

const Noted = eventOf('note.noted');
const Ordered = eventOf('note.ordered');
const Note = commandOf('note.note');

/** An actor that keeps what it sees, one that never fails to keep up, and one that fails always. */
function setup() {
  const slow = defineActor('slow', { state: () => ({ seen: [] as number[] }) })
    .on(Noted, (ctx, { n }) => void ctx.state.seen.push(n))
    .on(Note, (ctx, { n }) => ctx.state.seen.push(n));
  const quick = defineActor('quick', { state: () => ({ count: 0 }) }).on(Noted, ctx => void (ctx.state.count += 1));
  const failing = defineActor('failing', { retry: { attempts: 2, delay: '1h' } }).on(Noted, () => {
    throw new Error('always');
  });
  return { slow, quick, failing, app: defineApp({ actors: [slow, quick, failing] }) };
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);

async function flood({ runtime, settled }: Launched, from: number, to: number, key = 'a'): Promise<void> {
  const sent = range(from, to).map(n => runtime.publish(Noted, { key, n }));
  await settled();
  await Promise.all(sent);
}

describe('catching up', () => {
  it('K13 keeps the order per address when an actor falls behind and turns live again', async () => {
    const { app, slow } = setup();
    const launched = await launch(app, { limits: { mailboxPerActor: 5 }, turns: 40 });
    const behind: unknown[] = [];
    launched.runtime.tap('subscription-behind', event => behind.push(event.name));

    await flood(launched, 1, 100);
    await flood(launched, 101, 110);

    expect(launched.runtime.state(slow, 'a')).toEqual({ seen: range(1, 110) });
    expect(behind).toContain('failing');
    expect(launched.runtime.why(slow, 'a').status).toBe('idle');
  });

  it('K13 delivers once to each handler of an actor whose window closes between two of its handlers', async () => {
    const pair = defineActor('pair', { state: () => ({ exact: [] as number[], any: [] as number[] }) })
      .on(Noted, (ctx, { n }) => void ctx.state.exact.push(n))
      .onAny('note.*', (ctx, { data }) => void ctx.state.any.push((data as { n: number }).n));
    const launched = await launch({ actors: [pair] }, { limits: { mailboxPerActor: 3 }, turns: 512 });
    await launched.run(launched.runtime.pause(pair, { key: 'held' }));

    launched.runtime.transaction(tx => range(1, 20).forEach(n => tx.publish(Noted, { key: 'a', n })));
    await launched.settled();

    expect(launched.runtime.state(pair, 'a')).toEqual({ exact: range(1, 20), any: range(1, 20) });
  });

  it('K13 reads for each handler from where it is, when several of an actor are behind', async () => {
    const pair = defineActor('pair', { state: () => ({ notes: [] as number[], orders: [] as number[] }) })
      .on(Noted, (ctx, { n }) => void ctx.state.notes.push(n))
      .on(Ordered, (ctx, { n }) => void ctx.state.orders.push(n));
    const { runtime, run } = await launch({ actors: [pair] });
    const both = (n: number): Promise<unknown> =>
      run(Promise.all([runtime.publish(Noted, { key: 'a', n }), runtime.publish(Ordered, { key: 'a', n })]));
    await run(runtime.pause(pair, { on: Noted }));
    await both(1);
    await run(runtime.pause(pair, { on: Ordered }));
    await both(2);

    await run(Promise.all([runtime.resume(pair, { on: Noted }), runtime.resume(pair, { on: Ordered })]));

    expect(runtime.state(pair, 'a')).toEqual({ notes: [1, 2], orders: [1, 2] });
  });

  it('K3 K13 reads again what it has read for a drain whose commit failed', async () => {
    const { slow } = setup();
    const database = new FaultyDatabase();
    const launched = await launch({ actors: [slow] }, { database: database.handle });
    const { runtime, platform } = launched;
    await launched.run(runtime.pause(slow, { on: Noted }));
    await flood(launched, 1, 3);
    database.failCommit('SQLITE_BUSY', { nth: 2 });
    const resumed = runtime.resume(slow, { on: Noted });
    await platform.advance(1_000);
    await resumed;

    expect(runtime.state(slow, 'a')).toEqual({ seen: [1, 2, 3] });
  });

  it('K13 leaves publisher and siblings alone when a subscriber always fails', async () => {
    const { app, quick } = setup();
    const launched = await launch(app, { limits: { mailboxPerActor: 2 } });

    await flood(launched, 1, 50);

    expect(launched.runtime.state(quick, 'a')).toEqual({ count: 50 });
    expect(launched.kernel.registration('failing')?.pending).toBeLessThanOrEqual(2);
  });

  it('K13 goes on from the cursor after a crash while behind', async () => {
    const { app, slow } = setup();
    const launched = await launch(app, { limits: { mailboxPerActor: 4 }, turns: 3 });
    await launched.run(launched.runtime.pause(slow));
    await flood(launched, 1, 30);

    const next = await crash(launched, app, { limits: { mailboxPerActor: 4 }, turns: 3 });
    await next.run(next.runtime.resume(slow));

    expect(next.runtime.state(slow, 'a')).toEqual({ seen: range(1, 30) });
  });

  it('K13 keeps commands and events of one sender in order while behind', async () => {
    const { app, slow } = setup();
    const launched = await launch(app, { limits: { mailboxPerActor: 2 } });
    launched.runtime.transaction(tx => {
      for (const n of range(1, 20)) {
        if (n % 3 === 0) tx.send(Note, { key: 'a', n });
        else tx.publish(Noted, { key: 'a', n });
      }
    });
    await launched.settled();

    expect(launched.runtime.state(slow, 'a')).toEqual({ seen: range(1, 20) });
  });

  it('K13 loses nothing that a timer publishes in the drain in which an actor turns live', async () => {
    const { app, slow } = setup();
    const launched = await launch(app);
    await launched.run(launched.runtime.publish(Noted, { key: 'a', n: 2 }, { delay: '10s' }));
    await launched.run(launched.runtime.pause(slow));
    await flood(launched, 1, 1);

    const resumed = launched.runtime.resume(slow);
    launched.platform.step();
    launched.platform.block(10_000);
    await launched.run(resumed);

    expect(launched.runtime.state(slow, 'a')).toEqual({ seen: [1, 2] });
  });

  it('K13 loses no fault that catching up itself publishes', async () => {
    const watcher = defineActor('watcher', { state: () => ({ faults: 0 }), single: true }).on(
      Fault,
      ctx => void (ctx.state.faults += 1),
    );
    const picky = defineActor('picky').on(Noted, () => {}, {
      where: () => {
        throw new Error('no');
      },
    });
    const launched = await launch({ actors: [picky, watcher] });
    await launched.run(launched.runtime.pause(picky));
    await launched.run(launched.runtime.pause(watcher));
    await flood(launched, 1, 3);

    await Promise.all([launched.runtime.resume(watcher), launched.run(launched.runtime.resume(picky))]);
    await launched.settled();

    expect(launched.runtime.state(watcher)).toEqual({ faults: 3 });
  });
});

describe('where a subscription starts', () => {
  const late = (from: 'now' | 'beginning' | number): App =>
    defineApp({
      actors: [
        defineActor('late', { state: () => ({ seen: [] as number[] }) }).on(
          Noted,
          (ctx, { n }) => void ctx.state.seen.push(n),
          { from },
        ),
      ],
    });
  const nobody = defineApp({ actors: [defineActor('other').on(Ordered, () => {})] });

  it.each([
    ['now', [4]],
    ['beginning', [1, 2, 3, 4]],
    [2, [2, 3, 4]],
  ] as const)('K13 starts from %s', async (from, expected) => {
    const launched = await launch(nobody);
    await flood(launched, 1, 3);
    const app = late(from);
    const next = await crash(launched, app);
    await flood(next, 4, 4);

    expect(next.runtime.state(app.actors[0] as never, 'a')).toEqual({ seen: expected });
    expect((await crash(next, app)).runtime.state(app.actors[0] as never, 'a')).toEqual({ seen: expected });
  });

  it('K15 refuses a start before the first kept message', async () => {
    const launched = await launch(nobody, { retention: { log: '1h' } });
    await flood(launched, 1, 3);
    launched.platform.block(7_200_000);
    await flood(launched, 4, 4);
    launched.runtime.prune();

    await expect(crash(launched, late(2))).rejects.toMatchObject({ code: 'log-truncated' });
    const next = await crash(launched, late('beginning'));
    await next.settled();
    expect(next.runtime.state(late('now').actors[0] as never, 'a')).toEqual({ seen: [4] });
  });
});

describe('replay', () => {
  it('K13 delivers the kept events again to one handler, then what comes', async () => {
    const { app, slow, quick } = setup();
    const launched = await launch(app);
    await flood(launched, 1, 3);

    await launched.run(launched.runtime.replay(slow, Noted, { from: 2 }));
    await flood(launched, 4, 4);

    expect(launched.runtime.state(slow, 'a')).toEqual({ seen: [1, 2, 3, 2, 3, 4] });
    expect(launched.runtime.state(quick, 'a')).toEqual({ count: 4 });
  });

  it('K15 refuses positions the log no longer holds', async () => {
    const { app, slow } = setup();
    const launched = await launch(app, { retention: { log: '1h' } });
    await flood(launched, 1, 2);
    await launched.platform.advance(3_600_000);
    for (const { id } of launched.runtime.deadLetters.list()) {
      await launched.run(launched.runtime.deadLetters.discard(id));
    }
    launched.platform.block(7_200_000);
    launched.runtime.prune();

    const replay = launched.run(launched.runtime.replay(slow, Noted, { from: 1 }));
    await expect(replay).rejects.toMatchObject({ code: 'log-truncated' });
  });

  it('refuses to replay commands', async () => {
    const { app, slow } = setup();
    const { runtime, run } = await launch(app);

    await expect(run(runtime.replay(slow, Note.type, { from: 'beginning' }))).rejects.toMatchObject({
      code: 'invalid-options',
    });
  });

  it('K13 does not repeat what was for one handler only: started tasks and own timers', async () => {
    const ran: string[] = [];
    const both = defineActor('both', { state: () => ({ seen: [] as string[] }), sends: [Note] })
      .on(Ordered, ctx => {
        ctx.start(Noted, { key: ctx.key, n: 7 });
        ctx.schedule(Note, { key: ctx.key, n: 8 }, { after: '1s' });
      })
      .on(Note, (ctx, { n }) => ctx.state.seen.push(`timer ${n}`))
      .task(Noted, async (_ctx, { n }) => void ran.push(`task ${n}`));
    const other = defineActor('other').on(Noted, (_ctx, { n }) => void ran.push(`other ${n}`));
    const launched = await launch({ actors: [both, other] });
    await launched.run(launched.runtime.publish(Ordered, { key: 'a' }));
    await launched.run(launched.runtime.pause(both, { on: Note }));
    await launched.platform.advance(1_000);
    await launched.run(launched.runtime.resume(both, { on: Note }));
    await launched.run(launched.runtime.replay(both, Noted, { from: 'beginning' }));
    await launched.run(launched.runtime.replay(other, Noted, { from: 'beginning' }));

    expect(ran).toEqual(['task 7']);
    expect(launched.runtime.state(both, 'a')).toEqual({ seen: ['timer 8'] });
  });
});
