import { describe, expect, it } from 'vitest';
import { defineActor, type Runtime } from '../../src/index.ts';
import { commandOf, eventOf, launch } from '../support/kernel-kit.ts';

const Do = commandOf('stop.do');
const Work = commandOf('stop.work');
const Later = commandOf('stop.later');
const Happened = eventOf('stop.happened');

function setup() {
  const open: (() => void)[] = [];
  const worker = defineActor('worker', { state: () => ({ did: 0 }) })
    .on(Do, ctx => (ctx.state.did += 1))
    .on(Later, ctx => ctx.deferReply())
    .task(Work, async () => {
      await new Promise<void>(resolve => open.push(resolve));
      return 1;
    });
  return { open, worker };
}

const stopped = { code: 'stopped' };

describe('stopping', () => {
  it('P13 refuses new work at once and keeps what was accepted', async () => {
    const { worker } = setup();
    const { runtime, run, settled } = await launch({ actors: [worker] });
    const accepted = runtime.send(Do, { key: 'a' });
    const over = runtime.stop();
    const refused = runtime.send(Do, { key: 'a' }).catch((error: unknown) => error);
    await settled();

    expect(await accepted).toMatchObject({ duplicate: false });
    expect(await refused).toMatchObject(stopped);
    await run(over);
  });

  it('P13 lets running tasks end, and no longer than the grace time', async () => {
    const { worker, open } = setup();
    const { runtime, run, platform, settled } = await launch({ actors: [worker] });
    const reply = runtime.ask(Work, { key: 'a' });
    const late = runtime.ask(Work, { key: 'b' }).catch((error: unknown) => error);
    await settled();
    let isOver = false;
    const over = runtime.stop({ grace: '5s' }).then(() => (isOver = true));
    open[0]?.();
    expect(await run(reply)).toBe(1);
    expect(isOver).toBe(false);

    await platform.advance(5_000);

    expect(await over).toBe(true);
    expect(await late).toMatchObject(stopped);
  });

  it('P13 rejects what waits for a reply', async () => {
    const { worker } = setup();
    const { runtime, run, settled } = await launch({ actors: [worker] });
    const asked = runtime.ask(Later, { key: 'a' }).catch((error: unknown) => error);
    await settled();
    await run(runtime.stop());

    expect(await asked).toMatchObject(stopped);
  });

  it('is the same when it is done twice, or by `await using`', async () => {
    const { runtime, run, platform } = await launch({ actors: [setup().worker] });

    expect(runtime.stop()).toBe(runtime.stop());
    await run(runtime[Symbol.asyncDispose]());
    expect(runtime.info().state).toBe('stopped');
    expect(platform.pendingAlarms).toEqual([]);
  });

  it('refuses a grace time that is no duration', async () => {
    const { runtime } = await launch({ actors: [] });

    await expect(async () => runtime.stop({ grace: 'soon' as never })).rejects.toMatchObject({
      code: 'invalid-duration',
    });
    expect(runtime.info().state).toBe('running');
  });
});

describe('a runtime that has stopped', () => {
  const uses: Record<string, (runtime: Runtime) => unknown> = {
    publish: runtime => runtime.publish(Happened, {}),
    send: runtime => runtime.send(Do, {}),
    ask: runtime => runtime.ask(Do, {}),
    transaction: runtime => runtime.transaction(() => 1),
    pause: runtime => runtime.pause({ name: 'worker' }),
    resume: runtime => runtime.resume({ name: 'worker' }, { key: 'a' }),
    replay: runtime => runtime.replay({ name: 'worker' }, 'stop.happened', { from: 'beginning' }),
    retry: runtime => runtime.deadLetters.retry(1),
    list: runtime => runtime.deadLetters.list(),
    get: runtime => runtime.deadLetters.get(1),
    state: runtime => runtime.state({ name: 'worker' } as never, 'unknown'),
    why: runtime => runtime.why({ name: 'worker' }, 'a'),
    trace: runtime => runtime.trace('mine'),
    backup: runtime => runtime.backup('/nowhere/at/all.db'),
    serialize: runtime => runtime.serialize(),
  };

  it.each(Object.keys(uses))('says so when it is used: %s', async name => {
    const worker = setup().worker.on(Happened, () => {});
    const { runtime, run } = await launch({ actors: [worker] });
    await run(runtime.stop());

    await expect((async () => uses[name]?.(runtime))()).rejects.toMatchObject(stopped);
  });

  it('still tells what it was', async () => {
    const { runtime, run } = await launch({ actors: [setup().worker] });
    await run(runtime.send(Do, { key: 'a' }));
    await run(runtime.stop());

    expect(runtime.info()).toMatchObject({ state: 'stopped', file: ':memory:', runningTasks: 0 });
  });
});
