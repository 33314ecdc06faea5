import { describe, expect, it } from 'vitest';
import { assign, setup as setupMachine } from 'xstate';
import { command, defineActor, defineApp, defineSaga, Fault, type App } from '../../../src/index.ts';
import { commandOf, eventOf, launch, tables, type Launched } from '../../support/kernel-kit.ts';
import { crash } from '../../support/restart.ts';

const Happened = eventOf('boot.happened');
const Do = commandOf('boot.do');
const Work = commandOf('boot.work');
const DAY = 86_400_000;

function setup(name = 'worker', options: object = {}) {
  const started: string[] = [];
  const worker = defineActor(name, { state: () => ({ did: [] as number[] }), sends: [Do], ...options })
    .on(Do, (ctx, { key, n }) => {
      if (n === 9) ctx.schedule(Do, { key, n: 1 }, { after: '1h', id: 'later' });
      return ctx.state.did.push(n);
    })
    .on(Happened, (ctx, { n }) => void ctx.state.did.push(n))
    .task(Work, () => {
      started.push(name);
      return new Promise<never>(() => {});
    });
  return { started, worker, app: defineApp({ actors: [worker] }) };
}

const nobody = defineApp({ actors: [defineActor('other').on(Fault, () => {})] });

async function withWork(what: 'delivery' | 'task' | 'timer'): Promise<Launched> {
  const launched = await launch(setup().app);
  const { runtime, run } = launched;
  if (what === 'delivery') await run(runtime.pause({ name: 'worker' }, { key: 'a' }));
  if (what === 'timer') await run(runtime.send(Do, { key: 'a', n: 9 }));
  else await run(runtime.send(what === 'task' ? Work : Do, { key: 'a', n: 1 }));
  return launched;
}

describe('open work of a name that the app no longer has', () => {
  it.each(['delivery', 'task', 'timer'] as const)('K16 stops the start: a %s', async what => {
    const first = await withWork(what);

    await expect(crash(first, nobody)).rejects.toMatchObject({
      code: 'orphaned-work',
      message: expect.stringContaining('worker') as unknown,
    });
    expect((await crash(first, setup().app)).runtime.info().state).toBe('running');
  });

  it.each(['delivery', 'task', 'timer'] as const)('K16 is dropped on purpose, leaving no %s', async what => {
    const first = await withWork(what);
    const second = await crash(first, nobody, { dropOrphans: ['worker'] });
    await second.platform.advance(DAY);

    expect(tables(second.store)).toMatchObject({ deliveries: [], tasks: [], timers: [] });
    expect(second.runtime.deadLetters.list()).toHaveLength(what === 'timer' ? 0 : 1);
    expect(second.runtime.info().state).toBe('running');
  });

  it.each(['delivery', 'task', 'timer'] as const)('K16 goes on under the new name: a %s', async what => {
    const first = await withWork(what);
    const { app, worker, started } = setup('laborer', { renamedFrom: 'worker' });
    const second = await crash(first, app);
    if (what === 'delivery') await second.run(second.runtime.resume(worker, { key: 'a' }));
    await second.platform.advance(3_600_000);

    if (what === 'task') expect(started).toContain('laborer');
    else expect(second.runtime.state(worker, 'a')).toEqual({ did: what === 'timer' ? [9, 1] : [1] });
    expect((await crash(second, app)).runtime.state(worker, 'a')).toEqual(second.runtime.state(worker, 'a'));
  });

  it('K16 has its dead letters under its new name', async () => {
    const before = defineActor('before', { retry: { attempts: 1 } }).on(Do, () => {
      throw new Error('not yet');
    });
    const first = await launch({ actors: [before] });
    await first.run(first.runtime.send(Do, { key: 'a' }));
    const after = defineActor('after', { renamedFrom: 'before' }).on(Do, () => 1);
    const { runtime, run } = await crash(first, { actors: [after] });
    expect(runtime.deadLetters.list()).toMatchObject([{ address: 'after/a', handler: Do.type }]);

    await run(runtime.deadLetters.retry(runtime.deadLetters.list()[0]?.id ?? 0));

    expect(runtime.deadLetters.list()).toEqual([]);
  });

  it('K16 gets the replies it waits for under its new name', async () => {
    const app = (name: string, options: object = {}): App => {
      const machine = setupMachine({
        types: {} as { context: { reply: unknown } },
        actors: { work: command(Do) },
      }).createMachine({
        context: { reply: null },
        initial: 'asking',
        states: {
          asking: {
            invoke: {
              src: 'work',
              input: { key: 'a', n: 1 },
              onDone: { target: 'over', actions: assign({ reply: ({ event }) => event.output }) },
              onError: 'failed',
            },
          },
          over: { type: 'final' },
          failed: { type: 'final' },
        },
      });
      const saga = defineSaga(name, { machine, ...options }).startsOn(Happened, () => undefined);
      return defineApp({ actors: [defineActor('owner').on(Do, () => 7)], sagas: [saga] });
    };
    const first = await launch(app('before'));
    await first.run(first.runtime.pause({ name: 'owner' }));
    await first.run(first.runtime.publish(Happened, { key: 's' }));
    const second = await crash(first, app('after', { renamedFrom: 'before' }));
    await second.run(second.runtime.resume({ name: 'owner' }));

    const saga = app('after').sagas[0];
    expect(saga && second.runtime.sagas.get(saga, 's')).toMatchObject({ status: 'done', context: { reply: 7 } });
  });

  it('K16 is not mixed with that of a name which has run again since it was renamed', async () => {
    const { app } = setup('laborer', { renamedFrom: 'worker' });
    const first = await launch(setup().app);
    await first.run(first.runtime.send(Do, { key: 'a', n: 1 }));
    const back = await crash(await crash(first, app), setup().app);
    await back.run(back.runtime.send(Do, { key: 'a', n: 2 }));

    await expect(crash(back, app)).rejects.toMatchObject({
      code: 'duplicate-name',
      message: expect.stringContaining('The database has work of worker and of laborer') as unknown,
    });
    const third = await crash(back, setup('laborer').app);

    expect(third.runtime.state(setup('laborer').worker, 'a')).toEqual({ did: [1] });
  });

  it('K16 of one handler stops the start as well', async () => {
    const first = await withWork('delivery');
    const less = defineApp({ actors: [defineActor('worker').on(Happened, () => {})] });

    await expect(crash(first, less)).rejects.toMatchObject({
      code: 'orphaned-work',
      message: expect.stringContaining(`worker:${Do.type}`) as unknown,
    });
  });
});

describe('a subscription that is not in the app', () => {
  it('K15 keeps the log for seven days, is named at boot, and goes on where it was', async () => {
    const { app, worker } = setup();
    const first = await launch(app);
    await first.run(first.runtime.publish(Happened, { key: 'a', n: 1 }));
    const second = await crash(first, nobody, { retention: { log: '1h' } });
    expect(second.logs.map(({ fields }) => fields)).toContainEqual({ name: 'worker', handler: Happened.type });
    await second.run(second.runtime.publish(Happened, { key: 'a', n: 2 }));
    second.platform.block(6 * DAY);
    second.runtime.prune();

    const third = await crash(second, app);
    await third.settled();

    expect(third.runtime.state(worker, 'a')).toEqual({ did: [1, 2] });
  });

  it('K15 has its seven days from when it was last in the app, not from when it came', async () => {
    const { app, worker } = setup();
    const first = await launch(app);
    await first.run(first.runtime.publish(Happened, { key: 'a', n: 1 }));
    const second = await crash(first, app, { downMs: 6 * DAY });
    const third = await crash(second, nobody, { downMs: 5 * DAY, retention: { log: '1h' } });
    await third.run(third.runtime.publish(Happened, { key: 'a', n: 2 }));
    third.platform.block(DAY);
    third.runtime.prune();

    const fourth = await crash(third, app);
    await fourth.settled();

    expect(fourth.runtime.state(worker, 'a')).toEqual({ did: [1, 2] });
  });

  it('K15 no longer keeps the log after seven days, though nothing was restarted', async () => {
    const first = await launch(setup().app);
    await first.run(first.runtime.publish(Happened, { key: 'a', n: 1 }));
    const second = await crash(first, nobody, { retention: { log: '1h' }, downMs: 1 });
    await second.run(second.runtime.publish(Happened, { key: 'a', n: 2 }));
    second.platform.block(8 * DAY);
    second.runtime.prune();

    expect(tables(second.store)['messages']).toEqual([]);
  });
});

describe('the log', () => {
  it('K15 keeps a message for as long as anything can need it', async () => {
    const keeper = eventOf('boot.kept');
    const { worker } = setup();
    const failing = defineActor('failing', { retry: { attempts: 1 } }).on(keeper, () => {
      throw new Error('no');
    });
    const launched = await launch({ actors: [worker, failing] }, { retention: { log: '1h' } });
    const { runtime, run, platform, store } = launched;
    const dead = await run(runtime.publish(keeper, {}));
    const task = await run(runtime.send(Work, { key: 't' }));
    await run(runtime.pause(worker, { key: 'held' }));
    const open = await run(runtime.send(Do, { key: 'held' }));
    await run(runtime.send(Do, { key: 'done' }));
    platform.block(DAY);
    runtime.prune();

    const left = (tables(store)['messages'] as { position: number; type: string }[]).map(({ position }) => position);
    expect(left).toEqual([dead.position, task.position, open.position]);
  });
});

describe('an app that does not fit together', () => {
  const start = (...actors: Parameters<typeof defineApp>[0]['actors'] & object): Promise<unknown> => launch({ actors });

  it('is refused at the start', async () => {
    const sender = defineActor('sender', { sends: [Do] });
    const one = defineActor('one', { publishes: [Happened] }).on(Do, () => 1);
    const two = defineActor('two', { publishes: [Happened] });

    await expect(start(sender)).rejects.toMatchObject({ code: 'no-owner' });
    await expect(
      start(
        one,
        defineActor('three').on(Do, () => 2),
      ),
    ).rejects.toMatchObject({ code: 'duplicate-owner' });
    await expect(start(one.on(Do, () => 2))).rejects.toMatchObject({ code: 'duplicate-owner' });
    await expect(start(one, two)).rejects.toMatchObject({ code: 'duplicate-owner' });
    await expect(start(one, one)).rejects.toMatchObject({ code: 'duplicate-name' });
    await expect(start(one, defineActor('uno', { renamedFrom: 'one' }))).rejects.toMatchObject({
      code: 'duplicate-name',
    });
    await expect(
      start(
        one,
        defineActor('four').on(commandOf('boot.do'), () => 1),
      ),
    ).rejects.toMatchObject({
      code: 'duplicate-name',
    });
  });

  it('refuses a command without an owner when it is sent', async () => {
    const { runtime, run } = await launch(nobody);

    await expect(run(runtime.send(Do, {}))).rejects.toMatchObject({ code: 'no-owner' });
    await expect(run(runtime.ask(Do, {}))).rejects.toMatchObject({ code: 'no-owner' });
    expect(() => runtime.transaction(tx => tx.send(Do, {}))).toThrow(expect.objectContaining({ code: 'no-owner' }));
    await expect(run(runtime.send(Do, {}, { delay: '1h' }))).rejects.toMatchObject({ code: 'no-owner' });
  });
});
