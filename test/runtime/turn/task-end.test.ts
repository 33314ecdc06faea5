import { describe, expect, it } from 'vitest';
import { FaultyDatabase } from '../../support/faulty-database.ts';
import { launch } from '../../support/kernel-kit.ts';
import { type Ctx, Stop, Work, logOf, never, setup } from '../../support/task-kit.ts';

describe('the timeout of an attempt', () => {
  it('K19 ends it: its ctx is dead and what it finishes with later is ignored', async () => {
    const attempts: { ctx: Ctx; end: (value: unknown) => void }[] = [];
    const { app } = setup(ctx => new Promise(resolve => attempts.push({ ctx, end: resolve })));
    const launched = await launch(app);
    await launched.run(launched.runtime.send(Work, { key: 'a' }));
    await launched.platform.advance(40_000);
    expect(attempts).toHaveLength(2);
    const [first, second] = attempts;

    expect(first?.ctx.signal.reason).toMatchObject({ code: 'task-timeout' });
    expect([first?.ctx.attempt, second?.ctx.attempt]).toEqual([1, 2]);
    await expect(first?.ctx.step('late', () => 1)).rejects.toMatchObject({ code: 'ctx-closed' });
    first?.end('late');
    await launched.settled();
    expect(logOf(launched)).toEqual({ log: [] });
    second?.end('in time');
    await launched.settled();
    expect(logOf(launched)).toEqual({ log: ['"in time"'] });
  });

  it('K19 is a dead letter in the end, and failed is told so', async () => {
    const told: unknown[] = [];
    const { app } = setup(() => never, { failed: (_ctx: unknown, failure: unknown) => (told.push(failure), -1) });
    const { runtime, platform } = await launch(app);
    const reply = runtime.ask(Work, { key: 'a' }, { timeout: '1h' });
    await platform.advance(200_000);

    expect(await reply).toBe(-1);
    expect(told).toMatchObject([{ attempts: 3, timedOut: true, code: 'task-timeout' }]);
  });

  it('K19 starts anew with a heartbeat', async () => {
    const ctxs: Ctx[] = [];
    const { app } = setup(ctx => (ctxs.push(ctx), never));
    const { runtime, run, platform } = await launch(app);
    await run(runtime.send(Work, { key: 'a' }));
    for (let beats = 0; beats < 5; beats++) {
      await platform.advance(29_000);
      ctxs[0]?.heartbeat();
    }
    expect(ctxs).toHaveLength(1);

    await platform.advance(40_000);
    expect(ctxs).toHaveLength(2);
  });
});

describe('stopping the instance of a task', () => {
  it('K19 records its late end, delivers nothing, and tells the asker', async () => {
    const gate: { open: (value: unknown) => void } = { open: () => {} };
    const { app } = setup(() => new Promise(resolve => (gate.open = resolve)));
    const launched = await launch(app);
    const { runtime, run, settled } = launched;
    const reply = runtime.ask(Work, { key: 'a' });
    reply.catch(() => {});
    await settled();
    await run(runtime.ask(Stop, { key: 'a', n: 1 }));
    await run(runtime.ask(Stop, { key: 'a', n: 2 }));
    gate.open('late');
    await settled();

    expect(logOf(launched)).toEqual({ log: ['changed'] });
    await expect(reply).rejects.toThrow('its instance was stopped');
    const outcomes = launched.store.database.prepare('select outcome from troupe_turns').pluck().all();
    expect(outcomes).toContain('late');
    expect(runtime.info().tasks).toBe(0);
  });
});

describe('an end that cannot be committed', () => {
  it('K19 is tried again until it can: what the task did is done', async () => {
    const database = new FaultyDatabase();
    const ran: number[] = [];
    const { app } = setup(async ctx => {
      database.failCommit('SQLITE_CONSTRAINT_FOREIGNKEY', { times: 2 });
      ran.push(ctx.attempt);
      return ctx.attempt;
    });
    const launched = await launch(app, { database: database.handle });
    await launched.run(launched.runtime.send(Work, { key: 'a' }));
    await launched.platform.advance(60_000);

    expect(ran).toEqual([1]);
    expect(logOf(launched)).toEqual({ log: ['1'] });
    expect(launched.runtime.info().tasks).toBe(0);
  });
});
