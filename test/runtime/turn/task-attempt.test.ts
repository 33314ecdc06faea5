import { describe, expect, it } from 'vitest';
import { FaultyDatabase } from '../../support/faulty-database.ts';
import { launch, tables } from '../../support/kernel-kit.ts';
import { crash } from '../../support/restart.ts';
import { Charge, Stop, Work, logOf, never, setup } from '../../support/task-kit.ts';

describe('a step', () => {
  it('K20 is remembered: a later attempt gets its result without running it again, over a crash', async () => {
    const ran: string[] = [];
    const { app } = setup(async ctx => {
      const first = await ctx.step('first', () => (ran.push('first'), { at: ctx.attempt }));
      const nothing = await ctx.step('nothing', () => void ran.push('nothing'));
      if (ran.length < 3) {
        ran.push('stuck');
        await never;
      }
      return [first, nothing ?? 'nothing'];
    });
    const old = await launch(app);
    await old.run(old.runtime.send(Work, { key: 'a' }));
    const next = await crash(old, app);
    await next.settled();

    expect(ran).toEqual(['first', 'nothing', 'stuck']);
    expect(logOf(next)).toEqual({ log: ['[{"at":1},"nothing"]'] });
    expect(next.store.database.prepare('select count(*) as n from troupe_steps').get()).toEqual({ n: 0 });
  });

  it('K20 P9 is kept while the disk is full, and its task goes on when there is space', async () => {
    const database = new FaultyDatabase();
    const ran: number[] = [];
    const { app } = setup(async ctx => {
      await ctx.step('first', () => void ran.push(ctx.attempt));
      return ctx.attempt;
    });
    const launched = await launch(app, { database: database.handle });
    const begun = launched.runtime.send(Work, { key: 'a' });
    launched.runtime.tap('task-started', () => database.failCommit('SQLITE_FULL', { times: 3, rollback: true }));
    await launched.run(begun);
    await launched.platform.advance(10_000);

    expect(ran).toEqual([1]);
    expect(logOf(launched)).toEqual({ log: ['1'] });
  });

  it('K20 needs a name of its own and a result that is JSON', async () => {
    const errors: unknown[] = [];
    const { app } = setup(async ctx => {
      await ctx.step('one', () => 1);
      await ctx.step('one', () => 2).catch((error: unknown) => errors.push(error));
      await ctx.step('map', () => new Map()).catch((error: unknown) => errors.push(error));
      return null;
    });
    const { runtime, run } = await launch(app);
    await run(runtime.ask(Work, { key: 'a' }));

    expect(errors).toMatchObject([{ code: 'invalid-options' }, { code: 'not-json' }]);
  });
});

describe('sleep', () => {
  it('K20 is durable time: longer than the timeout, and after a restart only the rest of it', async () => {
    const { app } = setup(async ctx => {
      await ctx.sleep('nap', '1h');
      return ctx.attempt;
    });
    const first = await launch(app);
    await first.run(first.runtime.send(Work, { key: 'a' }));
    await first.platform.advance(1_800_000);
    const second = await crash(first, app, { downMs: 600_000 });
    await second.platform.advance(1_199_999);
    expect(logOf(second)).toEqual({ log: [] });

    await second.platform.advance(1);

    expect(logOf(second)).toEqual({ log: ['1'] });
  });

  it('K20 frees the slot while it waits', async () => {
    const { app } = setup(async (ctx, { n }) => (n === 1 ? await ctx.sleep('nap', '1m') : undefined, n), {
      concurrency: 1,
    });
    const launched = await launch(app);
    await launched.run(launched.runtime.send(Work, { key: 'a', n: 1 }));
    expect(launched.runtime.info()).toMatchObject({ tasks: 1, runningTasks: 0 });

    expect(await launched.run(launched.runtime.ask(Work, { key: 'b', n: 2 }))).toBe(1);
    await launched.platform.advance(60_000);
    expect(logOf(launched)).toEqual({ log: ['1'] });
    expect(launched.runtime.info()).toMatchObject({ tasks: 0, runningTasks: 0 });
  });
});

describe('asking from a task', () => {
  it('K20 P4 gets the stored reply at a later attempt instead of a second execution, over a crash', async () => {
    let stuck = true;
    const { app, world, bank } = setup(async ctx => {
      const sum = await ctx.ask('charge', Charge, { key: 'b', n: 5 });
      if (stuck) await never;
      return [sum, ctx.idempotencyKey];
    });
    const first = await launch(app);
    const { id } = await first.run(first.runtime.send(Work, { key: 'a' }));
    stuck = false;
    const second = await crash(first, app);
    await second.settled();

    expect(world.charges).toBe(1);
    expect(second.runtime.state(bank, 'b')).toEqual({ n: 5 });
    expect(JSON.stringify(logOf(second))).toContain(`[5,\\"${id}-`);
    expect(tables(second.store)['idempotency']).toMatchObject([{ outcome: 'done', reply: '5' }]);
  });

  it('K20 gets the stored reply at the attempt after one that failed', async () => {
    const { app, world } = setup(async ctx => {
      const sum = await ctx.ask('charge', Charge, { key: 'b', n: 5 });
      if (ctx.attempt === 1) throw new Error('after the charge');
      return sum;
    });
    const launched = await launch(app);
    await launched.run(launched.runtime.send(Work, { key: 'a' }));
    await launched.platform.advance(10_000);

    expect(world.charges).toBe(1);
    expect(logOf(launched)).toEqual({ log: ['5'] });
  });

  it('K20 throws what the command failed with', async () => {
    const errors: unknown[] = [];
    const { app, world } = setup(ctx =>
      ctx.ask('charge', Charge, { key: 'b' }).catch((error: unknown) => (errors.push(error), -1)),
    );
    world.chargeFails = true;
    const { runtime, run } = await launch(app);
    await run(runtime.ask(Work, { key: 'a' }));

    expect(errors).toMatchObject([{ code: 'handler-failed', message: expect.stringContaining('no money') as unknown }]);
  });

  it('K20 frees the slot while it waits, and its timeout does not run', async () => {
    const { app, bank } = setup(
      (ctx, { n }) => (n === 1 ? ctx.ask('charge', Charge, { key: 'b', n }, { timeout: '10m' }) : Promise.resolve(n)),
      {
        concurrency: 1,
      },
    );
    const launched = await launch(app);
    await launched.run(launched.runtime.pause(bank));
    await launched.run(launched.runtime.send(Work, { key: 'a', n: 1 }));
    expect(await launched.run(launched.runtime.ask(Work, { key: 'c', n: 2 }))).toBe(1);
    await launched.platform.advance(300_000);

    await launched.run(launched.runtime.resume(bank));

    expect(logOf(launched)).toEqual({ log: ['1'] });
  });

  it('K20 refuses to ask its own lane, which would wait for itself', async () => {
    const { app } = setup(ctx =>
      ctx.ask('self', Work, { key: ctx.key }).then(
        () => 1,
        (error: unknown) => (error as { code: string }).code,
      ),
    );
    const launched = await launch(app);
    await launched.run(launched.runtime.ask(Work, { key: 'a' }));

    expect(logOf(launched)).toEqual({ log: ['"ask-own-lane"'] });
  });

  it('K20 may ask a turn of its own address', async () => {
    const { app } = setup(ctx => ctx.ask('self', Stop, { key: ctx.key }));
    const launched = await launch(app);
    await launched.run(launched.runtime.ask(Work, { key: 'a' }));

    expect(logOf(launched)).toEqual({ log: ['changed', 'null'] });
  });

  it('K19 within the grace time of stop still works', async () => {
    const gate: { open: () => void } = { open: () => {} };
    const { app, world } = setup(async ctx => {
      await new Promise<void>(resolve => (gate.open = resolve));
      return ctx.ask('charge', Charge, { key: 'b', n: 1 });
    });
    const { runtime, run, settled } = await launch(app);
    await run(runtime.send(Work, { key: 'a' }));
    const stopped = runtime.stop();
    gate.open();
    await settled();
    await run(stopped);

    expect(world.charges).toBe(1);
  });
});

describe('what a task sees', () => {
  it('K18 is the state as committed when it began, frozen', async () => {
    const seen: unknown[] = [];
    const { app } = setup(async ctx => {
      seen.push(Object.isFrozen(ctx.state), ctx.state.log.length);
      await ctx.ask('change', Stop, { key: ctx.key });
      seen.push(ctx.state.log.length);
      return 1;
    });
    const { runtime, run } = await launch(app);
    await run(runtime.ask(Work, { key: 'a' }));

    expect(seen).toEqual([true, 0, 0]);
  });
});
