// Tasks that a behavior starts by the id of their handler, without a contract of their own.
import { describe, expect, it } from 'vitest';
import { defineActor } from '../../../src/index.ts';
import { behaviorOf, programOf, startOf, taskOf } from '../../support/behavior-kit.ts';
import { commandOf, eventOf, launch } from '../../support/kernel-kit.ts';
import { crash } from '../../support/restart.ts';

const Begin = eventOf('handlers.begin');

/** A behavior that starts the task `work` for each `Begin` and keeps what became of it. */
function setup() {
  const open: ((value: string) => void)[] = [];
  const work = taskOf('work', () => new Promise(resolve => open.push(resolve)));
  const behavior = behaviorOf('worker', {
    on: [Begin],
    tasks: [work],
    turn: ({ kind, handler, data, origin, state }, decision) => {
      if (kind === 'end') {
        decision.state = [...((state as unknown[]) ?? []), handler.id, data, origin.type, origin.data];
        decision.changed = true;
      } else decision.starts = [startOf('work', { n: 1 })];
    },
  });
  return { open, program: programOf(behavior) };
}

const ended = ['work', { ok: true, result: 'fine' }, 'work.start', { n: 1 }];

describe('a task handler without a contract', () => {
  it('K18 is started by its id and handles the end of its task', async () => {
    const { open, program } = setup();
    const { runtime, run, settled } = await launch(program);
    await run(runtime.publish(Begin, { key: 'a' }));

    open[0]?.('fine');
    await settled();

    expect(runtime.state({ name: 'worker' } as never, 'a')).toEqual(ended);
  });

  it('K18 goes on after a crash', async () => {
    const { open, program } = setup();
    const old = await launch(program);
    await old.run(old.runtime.publish(Begin, { key: 'a' }));

    const { runtime, settled } = await crash(old, program);
    await settled();
    expect(open).toHaveLength(2);
    open[1]?.('fine');
    await settled();

    expect(runtime.state({ name: 'worker' } as never, 'a')).toEqual(ended);
  });

  it('is not what the address sends itself to', async () => {
    const { program } = setup();
    const { kernel } = await launch(program);

    expect(kernel.registration('worker')?.self?.handler.id).toBe('self');
  });

  it('K13 reads nothing of the log, whatever its actor has missed', async () => {
    const { program } = setup();
    const { runtime, run } = await launch(program);
    await run(runtime.pause({ name: 'worker' }));

    const { reasons } = runtime.why({ name: 'worker' }, 'a');
    await run(runtime.resume({ name: 'worker' }));

    expect(reasons.map(({ kind }) => kind)).toEqual(['paused']);
    expect(runtime.why({ name: 'worker' }, 'a').reasons).toEqual([]);
  });

  it('refuses to start what no handler of the behavior has', async () => {
    const behavior = behaviorOf('worker', {
      on: [Begin],
      turn: (_, decision) => (decision.starts = [startOf('work')]),
    });
    const { runtime, run } = await launch(programOf(behavior));

    await run(runtime.publish(Begin, { key: 'a' }));

    expect(runtime.deadLetters.list()[0]?.failures).toMatchObject([{ code: 'undeclared' }]);
  });
});

describe('a task of an actor', () => {
  it('is found by its contract, whatever else the actor calls by that name', async () => {
    const Work = commandOf('handlers.work');
    const Go = commandOf('handlers.go');
    const worker = defineActor('worker', { state: () => ({ done: 0 }) })
      .onAny('handlers.work', () => {})
      .task(Work, { run: async () => 7, done: (ctx, result) => (ctx.state.done = result) })
      .on(Go, ctx => (ctx.start(Work, { key: 'a' }), null));
    const { runtime, run } = await launch({ actors: [worker] });

    await run(runtime.ask(Go, { key: 'a' }));

    expect(runtime.state(worker, 'a')).toEqual({ done: 7 });
  });

  it('refuses to start a command it has no task for', async () => {
    const Other = commandOf('handlers.other');
    const Go = commandOf('handlers.go');
    const worker = defineActor('worker').on(Go, ctx => (ctx.start(Other as never, { key: 'a' } as never), null));
    const { runtime, run } = await launch({ actors: [worker] });

    await expect(run(runtime.ask(Go, { key: 'a' }))).rejects.toMatchObject({ code: 'handler-failed' });

    expect(runtime.deadLetters.list()[0]?.failures).toMatchObject([{ code: 'undeclared' }]);
  });
});
