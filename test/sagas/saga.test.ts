// What sagas promise beyond one example: retries, holds, versions, timers, tokens and refusals at definition.
import { assign, createMachine, emit, fromCallback, raise, setup } from 'xstate';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { command, defineActor, defineApp, defineCommand, defineEvent, defineSaga, type Saga } from '../../src/index.ts';
import { launch } from '../support/kernel-kit.ts';

const data = z.object({ id: z.string(), n: z.int().default(0) });
const keyed = { data, key: (d: { id: string }): string => d.id };
const Started = defineEvent('flow.started', keyed);
const Poked = defineEvent('flow.poked', keyed);
const Ended = defineEvent('flow.ended', keyed);
const Work = defineCommand('work.do', { ...keyed, reply: z.object({ n: z.int() }) });
const Undo = defineCommand('work.undo', keyed);

interface Input {
  readonly id: string;
  readonly n: number;
}

/** One step, then the end; `fail` says at which attempts the owner throws. */
function oneStep(options: { retry?: number; undoRetry?: number; failing?: Set<string>; broken?: number } = {}) {
  const { retry = 1, undoRetry = 5, failing = new Set<string>(), broken = Infinity } = options;
  const machine = setup({
    types: {} as { input: Input; context: Input; tags: 'compensate' },
    actors: {
      work: command(Work, {
        retry: { attempts: retry, delay: '1s', factor: 1 },
        compensate: { send: Undo, data: (_, work) => work, retry: { attempts: undoRetry, delay: '1s', factor: 1 } },
      }),
      check: command(Work),
    },
  }).createMachine({
    context: ({ input }) => input,
    initial: 'working',
    states: {
      working: {
        invoke: { id: 'work', src: 'work', input: ({ context }) => context, onDone: 'checking', onError: 'failed' },
      },
      checking: {
        invoke: {
          id: 'check',
          src: 'check',
          input: ({ context }) => ({ ...context, n: -1 }),
          onDone: 'done',
          onError: 'failed',
        },
      },
      done: { type: 'final' },
      failed: { type: 'final', tags: 'compensate' },
    },
  });
  const attempts: string[] = [];
  const worker = defineActor('worker', { retry: { attempts: 1 } })
    .on(Work, (_ctx, { n }) => {
      attempts.push(n === -1 ? 'check' : 'work');
      if (failing.has(n === -1 ? 'check' : 'work') && attempts.length < broken) throw new Error('down');
      return { n };
    })
    .on(Undo, () => {
      attempts.push('undo');
      if (failing.has('undo')) throw new Error('down');
    });
  const saga = defineSaga('flow', { machine }).startsOn(Started, input => input);
  return { saga, app: defineApp({ actors: [worker], sagas: [saga] }), attempts };
}

describe('a step', () => {
  it('is sent again while its command fails, up to the attempts of its retry policy', async () => {
    const { saga, app, attempts } = oneStep({ retry: 3, failing: new Set(['work']), broken: 3 });
    const { runtime, run, platform } = await launch(app);

    await run(runtime.publish(Started, { id: '1' }));
    await platform.advance(2_000);

    expect(attempts).toEqual(['work', 'work', 'work', 'check']);
    expect(runtime.sagas.get(saga, '1')?.status).toBe('done');
  });

  it('gives its undo more attempts than itself, and reports an undo that never works', async () => {
    const { saga, app, attempts } = oneStep({ failing: new Set(['check', 'undo']), undoRetry: 3 });
    const { runtime, run, platform } = await launch(app);

    await run(runtime.publish(Started, { id: '1' }));
    expect(runtime.sagas.get(saga, '1')?.status).toBe('running');
    await platform.advance(10_000);

    expect(attempts).toEqual(['work', 'check', 'undo', 'undo', 'undo']);
    expect(runtime.sagas.get(saga, '1')?.status).toBe('compensation-failed');
    expect(runtime.deadLetters.list()).toHaveLength(4);
  });
});

/** A machine that counts pokes, with the given traits. */
function counting(
  name: string,
  traits: { crash?: { on: boolean }; version?: number; migrate?: boolean; limit?: number } = {},
): Saga {
  const machine = setup({
    types: {} as { input: Input; context: { id: string; n: number }; events: { type: 'flow.poked'; data: Input } },
  }).createMachine({
    id: name,
    context: ({ input }) => ({ id: input.id, n: 0 }),
    on: {
      'flow.poked': {
        actions: assign({
          n: ({ context }) => {
            if (traits.crash?.on === true) throw new Error('broken assign');
            return context.n + 1;
          },
        }),
      },
    },
    initial: 'counting',
    states: { counting: {} },
  });
  const { limit = Infinity, version = 1 } = traits;
  const migrate =
    traits.migrate === true
      ? { 1: (old: { context: unknown }) => ({ ...old, context: { ...(old.context as object), n: 100 } }) }
      : {};
  return defineSaga(name, { machine, version, migrate, invariant: ({ n }) => n <= limit || `${n} is too many` })
    .startsOn(Started, input => input)
    .on(Poked) as Saga;
}

describe('an instance', () => {
  it('is held with everything in order when its machine throws, and goes on after a retry', async () => {
    const crash = { on: true };
    const saga = counting('flow', { crash });
    const { runtime, run, platform } = await launch({ sagas: [saga] });
    await run(runtime.publish(Started, { id: '1' }));

    await run(runtime.publish(Poked, { id: '1' }));
    await platform.finish();
    await run(runtime.publish(Poked, { id: '1' }));

    expect(runtime.sagas.get(saga, '1')?.status).toBe('held');
    expect(runtime.sagas.get(saga, '1')?.context).toEqual({ id: '1', n: 0 });
    expect(runtime.why(saga, '1').status).toBe('blocked');
    expect(runtime.why(saga, '1').reasons[0]).toMatchObject({ kind: 'held', error: 'Error: broken assign' });

    crash.on = false;
    await run(runtime.deadLetters.retry(runtime.deadLetters.list()[0]?.id ?? 0));

    expect(runtime.sagas.get(saga, '1')).toMatchObject({ status: 'running', context: { n: 2 } });
  });

  it('is held by an invariant that does not hold, with the context unchanged', async () => {
    const saga = counting('flow', { limit: 1 });
    const { runtime, run } = await launch({ sagas: [saga] });
    await run(runtime.publish(Started, { id: '1' }));

    await run(runtime.publish(Poked, { id: '1' }));
    await run(runtime.publish(Poked, { id: '1' }));

    expect(runtime.sagas.get(saga, '1')).toMatchObject({ status: 'held', context: { n: 1 } });
    expect(runtime.deadLetters.list()[0]?.failures[0]?.message).toContain('2 is too many');
  });

  it('is held when its version has no migration, and resumes once there is one', async () => {
    const first = await launch({ sagas: [counting('flow')] });
    await first.run(first.runtime.publish(Started, { id: '1' }));
    await first.run(first.runtime.publish(Poked, { id: '1' }));

    const without = await launch(
      { sagas: [counting('flow', { version: 2 })] },
      { database: first.runtime.serialize() },
    );
    await without.run(without.runtime.publish(Poked, { id: '1' }));
    expect(without.runtime.why({ name: 'flow' }, '1').reasons[0]).toMatchObject({ kind: 'held', reason: 'unloadable' });

    const saga = counting('flow', { version: 2, migrate: true });
    const deployed = await launch({ sagas: [saga] }, { database: without.runtime.serialize() });
    await deployed.settled();

    expect(deployed.runtime.sagas.get(saga, '1')).toMatchObject({ status: 'running', context: { n: 101 } });
  });
});

describe('a stored step that the machine no longer knows', () => {
  const asking = (src: string): Saga =>
    defineSaga('flow', {
      machine: setup({ types: {} as { input: Input; context: Input }, actors: { [src]: command(Work) } }).createMachine(
        {
          context: ({ input }) => input,
          initial: 'asking',
          states: {
            asking: {
              invoke: { id: 'work', src, input: ({ context }) => context, onDone: 'done', onError: 'done' },
            },
            done: { type: 'final' },
          },
        },
      ),
    }).startsOn(Started, input => input) as unknown as Saga;

  it('holds the instance instead of being dropped without a word', async () => {
    const worker = defineActor('worker').on(Work, (_ctx, { n }) => ({ n }));
    const first = await launch({ actors: [worker], sagas: [asking('work')] });
    await first.run(first.runtime.pause(worker));
    await first.run(first.runtime.publish(Started, { id: '1' }));

    const renamed = await launch(
      { actors: [worker], sagas: [asking('labour')] },
      { database: first.runtime.serialize() },
    );
    await renamed.run(renamed.runtime.resume(worker));

    expect(renamed.runtime.sagas.get(asking('labour'), '1')).toMatchObject({ status: 'held', state: 'asking' });
    expect(renamed.runtime.why({ name: 'flow' }, '1').text).toContain("renameActor('work', 'new name')");
    expect(renamed.runtime.why({ name: 'flow' }, '1').status).toBe('blocked');

    const back = await launch({ actors: [worker], sagas: [asking('work')] }, { database: renamed.runtime.serialize() });
    await back.settled();
    expect(back.runtime.sagas.get(asking('work'), '1')?.status).toBe('done');
  });
});

describe('timers of a machine', () => {
  const sleeping = setup({
    types: {} as {
      input: Input;
      context: Input;
      events: { type: 'flow.poked'; data: Input };
      emitted: { type: 'flow.ended'; data: Input };
    },
    delays: { long: 40 * 86_400_000 },
  }).createMachine({
    context: ({ input }) => input,
    initial: 'asleep',
    states: {
      asleep: { after: { long: 'awake' }, on: { 'flow.poked': { target: 'asleep', reenter: true } } },
      awake: { type: 'final', entry: emit(({ context }) => Ended(context)) },
    },
  });
  const saga = defineSaga('sleeper', { machine: sleeping as never, publishes: [Ended] as never })
    .startsOn(Started, input => input as never)
    .on(Poked as never) as Saga;

  it('may be longer than Node timers can be, and survive a restart', async () => {
    const { runtime, run, platform } = await launch({ sagas: [saga] });
    await run(runtime.publish(Started, { id: '1' }));
    platform.block(39 * 86_400_000);
    await platform.advance(60_000);

    const again = await launch({ sagas: [saga] }, { database: runtime.serialize(), platform });
    expect(again.runtime.sagas.get(saga, '1')?.state).toBe('asleep');
    platform.block(86_400_000);
    await platform.advance(60_000);

    expect(again.runtime.sagas.get(saga, '1')?.status).toBe('done');
  });

  it('start anew when their state is entered again', async () => {
    const { runtime, run, platform, store } = await launch({ sagas: [saga] });
    await run(runtime.publish(Started, { id: '1' }));
    platform.block(39 * 86_400_000);
    await platform.advance(60_000);

    await run(runtime.publish(Poked, { id: '1' }));
    platform.block(2 * 86_400_000);
    await platform.advance(60_000);

    expect(runtime.sagas.get(saga, '1')?.state).toBe('asleep');
    expect(store.timers.of('sleeper', '1')).toHaveLength(1);
    platform.block(38 * 86_400_000);
    await platform.advance(60_000);
    expect(runtime.sagas.get(saga, '1')?.status).toBe('done');
  });
});

describe('a re-entered step', () => {
  it('takes no reply of the spawn before', async () => {
    const machine = setup({
      types: {} as { input: Input; context: Input; events: { type: 'flow.poked'; data: Input } },
      actors: { work: command(Work) },
    }).createMachine({
      context: ({ input }) => input,
      initial: 'asking',
      states: {
        asking: {
          invoke: {
            id: 'work',
            src: 'work',
            input: ({ context }) => context,
            onDone: { target: 'done', actions: assign({ n: ({ event }) => event.output.n }) },
            onError: 'done',
          },
          on: {
            'flow.poked': { target: 'asking', reenter: true, actions: assign({ n: ({ event }) => event.data.n }) },
          },
        },
        done: { type: 'final' },
      },
    });
    const saga = defineSaga('flow', { machine })
      .startsOn(Started, input => input)
      .on(Poked);
    const worker = defineActor('worker').on(Work, (_, { n }) => ({ n }));
    const { runtime, run } = await launch({ actors: [worker], sagas: [saga] });
    await run(runtime.pause(worker));
    await run(runtime.publish(Started, { id: '1', n: 1 }));
    await run(runtime.publish(Poked, { id: '1', n: 2 }));

    await run(runtime.resume(worker));

    expect(runtime.sagas.get(saga, '1')).toMatchObject({ status: 'done', context: { n: 2 } });
  });
});

describe('state charts', () => {
  it('keep deep history, tags and internal events over a restart before every message', async () => {
    const machine = setup({
      types: {} as { input: Input; context: Input; events: { type: 'flow.poked'; data: Input }; tags: 'inner' },
    }).createMachine({
      context: ({ input }) => input,
      initial: 'on',
      states: {
        on: {
          initial: 'one',
          states: {
            one: {
              initial: 'a',
              states: { a: { on: { 'flow.poked': 'b' } }, b: { tags: 'inner', on: { 'flow.poked': '#off' } } },
            },
            back: { type: 'history', history: 'deep' },
          },
        },
        off: { id: 'off', on: { 'flow.poked': { actions: raise({ type: 'go' } as never) }, go: 'on.back' } as never },
      },
    });
    const saga = defineSaga('chart', { machine })
      .startsOn(Started, input => input)
      .on(Poked);
    let { runtime, run } = await launch({ sagas: [saga] });
    await run(runtime.publish(Started, { id: '1' }));
    const seen: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      ({ runtime, run } = await launch({ sagas: [saga] }, { database: runtime.serialize() }));
      await run(runtime.publish(Poked, { id: '1' }));
      seen.push(runtime.sagas.get(saga, '1')?.state);
    }

    expect(seen).toEqual([{ on: { one: 'b' } }, 'off', { on: { one: 'b' } }]);
    expect(runtime.sagas.get(saga, '1')?.tags.has('inner')).toBe(true);
  });

  it('end a loop of events that raise themselves instead of hanging the process', async () => {
    const machine = setup({ types: {} as { input: Input } }).createMachine({
      initial: 'a',
      states: { a: { always: 'b' }, b: { always: 'a' } },
    });
    const saga = defineSaga('loop', { machine }).startsOn(Started, input => input);
    const { runtime, run, platform } = await launch({ sagas: [saga] });

    await run(runtime.publish(Started, { id: '1' }));
    await platform.finish();

    expect(runtime.deadLetters.list()[0]?.failures.at(-1)?.message).toContain('Infinite loop');
  });

  it('refuse a context that is not JSON, with its path', async () => {
    const machine = setup({ types: {} as { input: Input; context: { due: unknown } } }).createMachine({
      context: () => ({ due: new Date(0) }),
      initial: 'a',
      states: { a: { type: 'final' } },
    });
    const saga = defineSaga('dates', { machine }).startsOn(Started, input => input);
    const { runtime, run } = await launch({ sagas: [saga] });

    await run(runtime.publish(Started, { id: '1' }));

    expect(runtime.deadLetters.list()[0]?.failures[0]).toMatchObject({ code: 'not-json' });
    expect(runtime.deadLetters.list()[0]?.failures[0]?.message).toContain('context.due');
  });

  it('refuse to emit what the saga does not declare', async () => {
    const machine = createMachine({
      entry: emit({ type: 'flow.ended', data: { id: '1' } }),
      initial: 'a',
      states: { a: { type: 'final' } },
    });
    const saga = defineSaga('silent', { machine }).startsOn(Started, () => ({}));
    const { runtime, run } = await launch({ sagas: [saga] });

    await run(runtime.publish(Started, { id: '1' }));

    expect(runtime.deadLetters.list()[0]?.failures[0]).toMatchObject({ code: 'undeclared' });
  });
});

describe('defineSaga()', () => {
  const refused: readonly (readonly [string, () => unknown, string])[] = [
    [
      'callback logic',
      () => createMachine({ invoke: { src: 'c' } }).provide({ actors: { c: fromCallback(() => {}) } as never }),
      'bad -> actor c: is callback logic',
    ],
    ['an unknown source', () => createMachine({ invoke: { src: 'nothing' } }), "the unknown actor 'nothing'"],
    [
      'an unknown delay',
      () => createMachine({ initial: 'a', states: { a: { after: { later: 'a' } } } }),
      "unknown delay 'later'",
    ],
    ['an inline action', () => createMachine({ entry: () => {} }), 'inline action'],
    ['an unknown action', () => createMachine({ entry: 'nothing' }), "unknown action 'nothing'"],
    ['a dot in a state', () => createMachine({ initial: 'a.b', states: { 'a.b': {} } }), 'dot in its key'],
    ['something else', () => ({}), 'no machine of XState v5'],
  ];

  for (const [what, machine, message] of refused) {
    it(`refuses ${what} with the state and the fix`, () => {
      const define = (): unknown => defineSaga('bad', { machine: machine() as never });

      expect(define).toThrow(
        expect.objectContaining({ code: 'saga-refused', message: expect.stringContaining(message) }),
      );
    });
  }

  it('refuses a saga that nothing starts', async () => {
    const saga = defineSaga('idle', { machine: createMachine({ type: 'final' } as never) });

    await expect(launch({ sagas: [saga] })).rejects.toMatchObject({ code: 'invalid-definition' });
  });

  it('refuses a command that nobody owns', async () => {
    const { saga } = oneStep();

    await expect(launch({ sagas: [saga] })).rejects.toMatchObject({ code: 'no-owner' });
  });
});
