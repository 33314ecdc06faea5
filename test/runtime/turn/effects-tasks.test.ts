// The effect ledger at tasks: taken in the commit that starts the work, kept while it runs, freed when it fails.
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { defineActor, defineApp, type EffectPolicies, type EffectState } from '../../../src/index.ts';
import { commandOf, eventOf, launch, type Launched } from '../../support/kernel-kit.ts';
import { crash } from '../../support/restart.ts';

const Charge = commandOf('pay.charge');
const Begin = commandOf('pay.begin');
const Stop = commandOf('pay.stop');
const Placed = eventOf('order.placed');

interface Attempt {
  readonly n: number;
  done(value?: number): void;
  fail(error?: Error): void;
}

/** Charges in a task, on command and on the event; the test ends the attempts. */
function setup(policy: EffectPolicies[string] = 'block', { catches = false }: { catches?: boolean } = {}) {
  const open: Attempt[] = [];
  const failures: unknown[] = [];
  const run = (_: unknown, { n }: { n: number }): Promise<number> =>
    new Promise((resolve, reject) =>
      open.push({ n, done: (value = n) => resolve(value), fail: (error = new Error('no line')) => reject(error) }),
    );
  const retry = { attempts: 2, delay: '10s', factor: 1 } as const;
  const base = {
    run,
    done: (_: unknown, result: number) => result,
    effect: 'charge-card',
    retry,
    timeout: '30s',
  } as const;
  const failed = (_: unknown, failure: unknown): number => (failures.push(failure), -1);
  const payments = defineActor('payments', { state: () => ({ n: 0 }) })
    .task(Charge, catches ? { ...base, failed } : base)
    .on(Begin, (ctx, data) => {
      ctx.start(Charge, data);
      return null;
    })
    .on(Stop, ctx => {
      ctx.stop();
      return null;
    });
  const eager = defineActor('eager').task(Placed, async (ctx, data) => void (await run(ctx, data)), {
    effect: 'charge-card',
    retry,
  });
  return { open, failures, app: defineApp({ actors: [payments, eager], effects: { 'charge-card': policy } }) };
}

const statesOf = ({ runtime }: Launched): readonly EffectState[] => runtime.effects.list().map(({ state }) => state);

describe('K26 a task', () => {
  it('holds its effect while it runs, and keeps it when it is done', async () => {
    const { app, open } = setup();
    const launched = await launch(app);
    const { runtime, run, settled } = launched;
    const asked = runtime.ask(Charge, { key: '1', n: 3 });
    await settled();
    expect(statesOf(launched)).toEqual(['running']);
    open[0]?.done();

    expect(await run(asked)).toBe(3);
    expect(statesOf(launched)).toEqual(['done']);
  });

  it('answers a second asker with an error while it runs, and with its reply once it is done', async () => {
    const { app, open } = setup();
    const { runtime, run, settled } = await launch(app);
    const asked = runtime.ask(Charge, { key: '1', n: 3 });
    await settled();
    await expect(run(runtime.ask(Charge, { key: '1', n: 4 }))).rejects.toMatchObject({
      code: 'effect-already-done',
      message: expect.stringContaining('charge-card for 1 is being done by payments/1') as unknown,
    });
    open[0]?.done();
    await run(asked);

    expect(await run(runtime.ask(Charge, { key: '1', n: 4 }))).toBe(3);
    expect(open).toHaveLength(1);
  });

  it('does not start twice within one drain', async () => {
    const { app, open } = setup();
    const { runtime, settled } = await launch(app);
    for (const n of [1, 2]) runtime.ask(Charge, { key: '1', n }).catch(() => {});
    await settled();

    expect(open.map(({ n }) => n)).toEqual([1]);
  });

  it('keeps a subscriber from doing it again, in another actor', async () => {
    const { app, open } = setup();
    const launched = await launch(app);
    const { runtime, run, settled } = launched;
    await run(runtime.publish(Placed, { key: '1', n: 1 }));
    await expect(run(runtime.ask(Charge, { key: '1', n: 2 }))).rejects.toMatchObject({ code: 'effect-already-done' });
    open[0]?.done();
    await settled();
    await expect(run(runtime.ask(Charge, { key: '1', n: 2 }))).rejects.toMatchObject({ code: 'effect-already-done' });

    expect(open).toHaveLength(1);
    expect(statesOf(launched)).toEqual(['done', 'blocked', 'blocked']);
  });

  it('goes on as the second where that is only reported', async () => {
    const { app, open } = setup('warn');
    const launched = await launch(app);
    const { runtime, run, settled } = launched;
    await run(runtime.publish(Placed, { key: '1', n: 1 }));
    const asked = runtime.ask(Charge, { key: '1', n: 2 });
    await settled();
    open[1]?.done();

    expect(await run(asked)).toBe(2);
    expect(statesOf(launched)).toEqual(['running', 'repeated']);
  });

  it('is given up as a dead letter where the policy says so', async () => {
    const { app, open } = setup('dead-letter');
    const { runtime, run, settled } = await launch(app);
    await run(runtime.publish(Placed, { key: '1', n: 1 }));
    await expect(run(runtime.ask(Charge, { key: '1', n: 2 }))).rejects.toMatchObject({ code: 'effect-already-done' });
    const [letter] = runtime.deadLetters.list();
    expect(letter?.reason).toBe('effect-already-done');
    await run(runtime.effects.forget('charge-card', '1'));
    await run(runtime.deadLetters.retry(letter?.id ?? 0));
    await settled();

    expect(open.map(({ n }) => n)).toEqual([1, 2]);
  });
});

describe('K26 a task that fails', () => {
  it('holds the key between its attempts, which are one occurrence', async () => {
    const { app, open } = setup();
    const launched = await launch(app);
    const { runtime, run, settled, platform } = launched;
    const asked = runtime.ask(Charge, { key: '1', n: 3 });
    await settled();
    open[0]?.fail();
    await settled();
    await expect(run(runtime.ask(Charge, { key: '1' }))).rejects.toMatchObject({ code: 'effect-already-done' });
    await platform.advance(20_000);
    open[1]?.done();

    expect(await run(asked)).toBe(3);
    expect(statesOf(launched)).toEqual(['done', 'blocked']);
  });

  it.each([false, true])('for good frees the key, with a failed handler: %s', async catches => {
    const { app, open } = setup('block', { catches });
    const launched = await launch(app);
    const { runtime, run, settled, platform } = launched;
    runtime.ask(Charge, { key: '1', n: 1 }).catch(() => {});
    await settled();
    open[0]?.fail();
    await platform.advance(20_000);
    open[1]?.fail();
    await settled();
    const asked = runtime.ask(Charge, { key: '1', n: 2 });
    await settled();
    open[2]?.done();

    expect(await run(asked)).toBe(2);
    expect(statesOf(launched)).toEqual(['failed', 'done']);
  });

  it('by its timeout frees the key', async () => {
    const { app } = setup();
    const launched = await launch(app);
    launched.runtime.ask(Charge, { key: '1' }, { timeout: '1h' }).catch(() => {});
    await launched.platform.advance(90_000);

    expect(statesOf(launched)).toEqual(['failed']);
    expect(launched.runtime.deadLetters.list()).toMatchObject([{ reason: 'timed-out' }]);
  });

  it('frees the key only when its replay has failed, too', async () => {
    const { app, open } = setup();
    const launched = await launch(app);
    const { runtime, run, settled, platform } = launched;
    await run(runtime.publish(Placed, { key: '1', n: 1 }));
    await run(runtime.replay({ name: 'eager' }, Placed, { from: 'beginning' }));
    open[0]?.fail();
    await platform.advance(20_000);
    open[1]?.fail();
    await settled();
    expect(statesOf(launched)).toEqual(['running']);
    open[2]?.fail();
    await platform.advance(20_000);
    open[3]?.fail();
    await settled();

    expect(statesOf(launched)).toEqual(['failed']);
  });

  it('leaves the key alone that was freed by hand, and is held by another', async () => {
    const { app, open } = setup();
    const launched = await launch(app);
    const { runtime, run, settled } = launched;
    await run(runtime.publish(Placed, { key: '1', n: 1 }));
    await run(runtime.effects.forget('charge-card', '1'));
    const asked = runtime.ask(Charge, { key: '1', n: 2 });
    await settled();
    open[0]?.done();
    await settled();
    expect(statesOf(launched)).toEqual(['forgotten', 'running']);
    open[1]?.done();

    expect(await run(asked)).toBe(2);
    expect(statesOf(launched)).toEqual(['forgotten', 'done']);
  });

  it('can be retried by an operator, as the first again', async () => {
    const { app, open } = setup();
    const launched = await launch(app);
    const { runtime, run, settled, platform } = launched;
    await run(runtime.publish(Placed, { key: '1', n: 1 }));
    open[0]?.fail();
    await platform.advance(20_000);
    open[1]?.fail();
    await settled();
    await run(runtime.deadLetters.retry(runtime.deadLetters.list()[0]?.id ?? 0));
    await settled();
    open[2]?.done();
    await settled();

    expect(statesOf(launched)).toEqual(['failed', 'done']);
  });

  it('retried by an operator comes second where another has done it meanwhile', async () => {
    const { app, open } = setup();
    const launched = await launch(app);
    const { runtime, run, settled, platform } = launched;
    await run(runtime.publish(Placed, { key: '1', n: 1 }));
    open[0]?.fail();
    await platform.advance(20_000);
    open[1]?.fail();
    await settled();
    const asked = runtime.ask(Charge, { key: '1', n: 2 });
    await settled();
    open[2]?.done();
    await run(asked);
    await run(runtime.deadLetters.retry(runtime.deadLetters.list()[0]?.id ?? 0));
    await settled();

    expect(open).toHaveLength(3);
    expect(statesOf(launched)).toEqual(['failed', 'done', 'blocked']);
  });
});

describe('K26 a task that a turn starts', () => {
  it('tells its failed handler that the effect was done already, and by whom', async () => {
    const { app, open, failures } = setup('block', { catches: true });
    const { runtime, run, settled } = await launch(app);
    await run(runtime.publish(Placed, { key: '1', n: 1 }));
    await run(runtime.ask(Begin, { key: '1', n: 2 }));
    await settled();

    expect(open).toHaveLength(1);
    expect(failures).toMatchObject([{ code: 'effect-already-done', attempts: 0, timedOut: false }]);
  });

  it('is blocked and no dead letter where its failed handler is told, whatever the policy', async () => {
    const { app } = setup('dead-letter', { catches: true });
    const launched = await launch(app);
    const { runtime, run, settled } = launched;
    await run(runtime.publish(Placed, { key: '1', n: 1 }));
    await run(runtime.ask(Begin, { key: '1', n: 2 }));
    await settled();

    expect(runtime.deadLetters.list()).toEqual([]);
    expect(statesOf(launched)).toEqual(['running', 'blocked']);
  });

  it.each([
    ['block', []],
    ['dead-letter', [{ reason: 'effect-already-done', address: 'payments/1' }]],
  ] as const)('without a failed handler only leaves its trace: %s', async (policy, letters) => {
    const { app, open } = setup(policy);
    const { runtime, run, settled } = await launch(app);
    await run(runtime.publish(Placed, { key: '1', n: 1 }));
    const { correlationId } = await run(runtime.send(Begin, { key: '1', n: 2 }));
    await settled();

    expect(open).toHaveLength(1);
    expect(runtime.deadLetters.list()).toMatchObject(letters);
    const [started] = runtime.trace(correlationId).roots[0]?.children ?? [];
    expect(started?.turns).toMatchObject([{ outcome: policy === 'block' ? 'blocked' : 'dead-letter' }]);
  });

  it('fails the turn where the key function refuses what it is started with', async () => {
    const picky = defineActor('picky', { retry: { attempts: 1 } })
      .task(Charge, async () => 1, {
        effect: 'charge-card',
        key: ({ text }) => {
          if (text === '') throw new Error('no text');
          return text;
        },
      })
      .on(Begin, (ctx, data) => {
        ctx.start(Charge, data);
        return null;
      });
    const { runtime, run } = await launch({ actors: [picky] });
    await expect(run(runtime.ask(Begin, { key: '1' }))).rejects.toMatchObject({ code: 'handler-failed' });
    await run(runtime.ask(Begin, { key: '1', text: 'a' }));

    expect(runtime.effects.list()).toMatchObject([{ key: 'a', state: 'done' }]);
  });

  it('is a second occurrence where another actor has done it for the event that made this one start the task', async () => {
    const charges: string[] = [];
    const first = defineActor('first').on(Placed, () => void charges.push('first'), { effect: 'charge-card' });
    const starting = defineActor('starting')
      .on(Placed, (ctx, data) => ctx.start(Charge, data))
      .task(Charge, async () => (charges.push('starting'), 1), { effect: 'charge-card' });
    const { runtime, run, settled } = await launch({ actors: [first, starting], effects: { '*': 'block' } });

    await run(runtime.publish(Placed, { key: 'a', n: 1 }));
    await settled();

    expect(charges).toEqual(['first']);
  });

  it('is no second occurrence of the turn that has started it, which names the same effect', async () => {
    let charged = 0;
    const actor = defineActor('both')
      .on(
        Begin,
        (ctx, data) => {
          ctx.start(Charge, data);
          return null;
        },
        { effect: 'charge-card' },
      )
      .task(Charge, async () => ((charged += 1), 1), { effect: 'charge-card' });
    const { runtime, run, settled } = await launch({ actors: [actor], effects: { '*': 'block' } });

    await run(runtime.ask(Begin, { key: 'a', n: 1 }));
    await settled();
    await expect(run(runtime.ask(Charge, { key: 'a', n: 1 }))).rejects.toMatchObject({ code: 'effect-already-done' });

    expect(charged).toBe(1);
    expect(runtime.effects.list().map(({ state }) => state)).toEqual(['done', 'blocked']);
  });

  it('has the key of its data where the actor has one instance only', async () => {
    const single = defineActor('single', { single: true })
      .task(Charge, async (_, { n }) => n, { effect: 'charge-card' })
      .on(Begin, (ctx, data) => {
        ctx.start(Charge, data);
        return null;
      });
    const { runtime, run, settled } = await launch({ actors: [single], effects: { '*': 'block' } });
    for (const key of ['1', '2']) await run(runtime.ask(Begin, { key }));
    await settled();

    expect(runtime.effects.list().map(({ key, state }) => `${key} ${state}`)).toEqual(['1 done', '2 done']);
  });
});

describe('K26 a task over the end of a process', () => {
  it('goes on after a crash as the one occurrence', async () => {
    const { app, open } = setup();
    const first = await launch(app);
    first.runtime.ask(Charge, { key: '1', n: 5 }).catch(() => {});
    await first.settled();
    const second = await crash(first, app);
    await second.settled();
    expect(statesOf(second)).toEqual(['running']);
    await expect(second.run(second.runtime.ask(Charge, { key: '1' }))).rejects.toMatchObject({
      code: 'effect-already-done',
    });
    open[1]?.done();
    await second.settled();

    expect(await second.run(second.runtime.ask(Charge, { key: '1' }))).toBe(5);
    expect(statesOf(second)).toEqual(['done', 'blocked', 'blocked']);
  });

  it('goes on after a graceful stop, which it does not fail by', async () => {
    const { app, open } = setup();
    const first = await launch(app, { database: new Database(':memory:') });
    first.runtime.ask(Charge, { key: '1', n: 5 }).catch(() => {});
    await first.settled();
    const stopped = first.runtime.stop({ grace: '5s' });
    await first.platform.advance(5_000);
    await stopped;
    const second = await launch(app, { database: first.store.database });
    await second.settled();
    expect(statesOf(second)).toEqual(['running']);
    open[1]?.done();
    await second.settled();

    expect(statesOf(second)).toEqual(['done']);
  });

  it('frees its key when its actor is dropped', async () => {
    const { app } = setup();
    const first = await launch(app);
    await first.run(first.runtime.publish(Placed, { key: '1', n: 5 }));
    await first.settled();
    const { actors, effects } = app;
    const rest = { actors: actors.filter(({ name }) => name === 'payments'), effects };
    const second = await crash(first, rest, { dropOrphans: ['eager'] });

    expect(statesOf(second)).toEqual(['failed']);
    const third = await crash(second, app);
    await third.run(third.runtime.deadLetters.retry(third.runtime.deadLetters.list()[0]?.id ?? 0));
    await third.settled();
    expect(statesOf(third)).toEqual(['failed', 'running']);
  });

  it('frees its key when the code of today names no effect', async () => {
    const { app } = setup();
    const plain: (() => void)[] = [];
    const first = await launch(app);
    await first.run(first.runtime.publish(Placed, { key: '1', n: 5 }));
    await first.settled();
    const bare = defineActor('eager').task(Placed, () => new Promise<void>(resolve => plain.push(resolve)));
    const second = await crash(first, { actors: [bare] });
    await second.settled();
    plain[0]?.();
    await second.settled();

    expect(statesOf(second)).toEqual(['done']);
  });

  it('keeps what it has done when its instance is stopped meanwhile, and frees what it has not', async () => {
    const { app, open } = setup();
    const launched = await launch(app);
    const { runtime, run, settled } = launched;
    for (const key of ['1', '2']) {
      runtime.ask(Charge, { key }).catch(() => {});
      await settled();
      await run(runtime.ask(Stop, { key }));
    }
    open[0]?.done();
    open[1]?.fail();
    await settled();

    expect(statesOf(launched)).toEqual(['done', 'failed']);
  });
});
