// Sagas with more than one actor: nested machines, tasks, named actions and child sagas.
import Database from 'better-sqlite3';
import { assign, createMachine, emit, fromPromise, fromTransition, sendTo, setup } from 'xstate';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  command,
  defineActor,
  defineApp,
  defineCommand,
  defineEvent,
  defineSaga,
  isChildFailed,
  isRefused,
  saga,
  task,
  type TaskArgs,
} from '../../src/index.ts';
import { launch } from '../support/kernel-kit.ts';

const keyed = { data: z.object({ id: z.string() }), key: (d: { id: string }): string => d.id };
const Begun = defineEvent('job.begun', keyed);
const Poked = defineEvent('job.poked', keyed);
const Noted = defineEvent('job.noted', keyed);
const Do = defineCommand('work.do', {
  data: z.object({ id: z.string(), what: z.string() }),
  key: d => d.id,
  reply: z.object({ ok: z.boolean() }),
});
const Undo = defineCommand('work.undo', { data: z.object({ id: z.string(), what: z.string() }), key: d => d.id });

interface Input {
  readonly id: string;
}

/** Does and undoes what it is asked, and remembers the order. `bad` is refused, `mute` is never answered. */
function makeWorker() {
  const log: string[] = [];
  const worker = defineActor('worker', { retry: { attempts: 1 } })
    .on(Do, (ctx, { what }) => {
      log.push(`do ${what}`);
      if (what === 'mute') return ctx.deferReply();
      return { ok: what !== 'bad' };
    })
    .on(Undo, (_ctx, { what }) => {
      log.push(`undo ${what}`);
    });
  return { worker, log };
}

const work = () => command(Do, { doneIf: reply => reply.ok, compensate: { send: Undo, data: (_, data) => data } });

/** A machine that does `steps` one after the other, and fails with the first that is refused. */
function sequence(id: string, steps: readonly string[], failed: object = { type: 'final', tags: 'compensate' }) {
  const states = steps.map((what, index) => [
    what,
    {
      invoke: {
        id: what,
        src: 'work',
        input: ({ context }: { context: Input }) => ({ id: context.id, what }),
        onDone: steps[index + 1] ?? 'done',
        onError: 'failed',
      },
    },
  ]);
  return setup({ types: {} as { input: Input; context: Input }, actors: { work: work() } }).createMachine({
    id,
    context: ({ input }: { input: Input }) => input,
    initial: steps[0]!,
    states: { ...Object.fromEntries(states), done: { type: 'final' }, failed },
    output: ({ event }: { event: { type: string } }) => ({ by: id, state: event.type }),
  } as never);
}

describe('a nested machine', () => {
  const outer = (part: ReturnType<typeof sequence>) =>
    setup({ types: {} as { input: Input; context: Input }, actors: { part, work: work() } }).createMachine({
      id: 'outer',
      context: ({ input }) => input,
      initial: 'first',
      states: {
        first: {
          invoke: {
            id: 'first',
            src: 'work',
            input: ({ context }) => ({ id: context.id, what: 'first' }),
            onDone: 'parting',
            onError: 'failed',
          },
        },
        parting: {
          invoke: {
            id: 'part',
            src: 'part',
            input: ({ context }: { context: Input }) => context,
            onDone: 'last',
            onError: 'failed',
          } as never,
        },
        last: {
          invoke: {
            id: 'last',
            src: 'work',
            input: ({ context }) => ({ id: context.id, what: context.id }),
            onDone: 'done',
            onError: 'failed',
          },
        },
        done: { type: 'final' },
        failed: { type: 'final', tags: 'compensate' },
      },
    });

  it('sends commands of its own and hands its output to the machine around it', async () => {
    const { worker, log } = makeWorker();
    const flow = defineSaga('flow', { machine: outer(sequence('part', ['a', 'b'])) }).startsOn(Begun, d => d);
    const { runtime, run } = await launch({ actors: [worker], sagas: [flow] });

    await run(runtime.publish(Begun, { id: 'x' }));

    expect(log).toEqual(['do first', 'do a', 'do b', 'do x']);
    expect(runtime.sagas.get(flow, 'x')).toMatchObject({ status: 'done', state: 'done' });
    expect(runtime.sagas.get(flow, 'x')?.steps.map(({ name }) => name)).toEqual([
      'work',
      'part/work',
      'part/work',
      'work',
    ]);
  });

  it('is undone with the rest, in reverse order of start, when a later step of the machine around it fails', async () => {
    const { worker, log } = makeWorker();
    const flow = defineSaga('flow', { machine: outer(sequence('part', ['a', 'b'])) }).startsOn(Begun, d => d);
    const { runtime, run } = await launch({ actors: [worker], sagas: [flow] });

    await run(runtime.publish(Begun, { id: 'bad' }));

    expect(log.slice(4)).toEqual(['undo b', 'undo a', 'undo first']);
    expect(runtime.sagas.get(flow, 'bad')).toMatchObject({
      status: 'compensated',
      undone: ['work', 'part/work', 'part/work'],
    });
  });

  it('that ends in a state tagged compensate undoes its own steps, while the machine around it goes on', async () => {
    const { worker, log } = makeWorker();
    const flow = defineSaga('flow', { machine: outer(sequence('part', ['a', 'b', 'bad'])) }).startsOn(Begun, d => d);
    const { runtime, run } = await launch({ actors: [worker], sagas: [flow] });

    await run(runtime.publish(Begun, { id: 'x' }));

    expect(log.filter(line => line.startsWith('undo'))).toEqual(['undo b', 'undo a']);
    expect(runtime.sagas.get(flow, 'x')).toMatchObject({ status: 'done', undone: ['part/work', 'part/work'] });
  });

  it('keeps its timers and takes them with it when it is stopped', async () => {
    const kid = setup({ delays: { long: 1_000 } }).createMachine({
      id: 'kid',
      initial: 'waiting',
      states: { waiting: { after: { long: 'over' } }, over: { type: 'final' } },
    });
    const machine = setup({ types: {} as { events: { type: 'job.poked' } }, actors: { kid } }).createMachine({
      id: 'flow',
      initial: 'a',
      states: {
        a: { invoke: { id: 'kid', src: 'kid', onDone: 'b' }, on: { 'job.poked': 'c' } },
        b: { on: { 'job.poked': 'c' } },
        c: { on: { 'job.poked': 'b' } },
      },
    });
    const flow = defineSaga('flow', { machine })
      .startsOn(Begun, () => ({}) as never)
      .on(Poked as never);
    const { runtime, run, platform } = await launch({ sagas: [flow] });
    await run(runtime.publish(Begun, { id: '1' }));
    await run(runtime.publish(Begun, { id: '2' }));
    expect(runtime.sagas.get(flow, '1')?.timers).toHaveLength(1);

    await run(runtime.publish(Poked, { id: '1' }));
    expect(runtime.sagas.get(flow, '1')?.timers).toEqual([]);
    await platform.advance(1_000);

    expect(runtime.sagas.get(flow, '1')?.state).toBe('c');
    expect(runtime.sagas.get(flow, '2')?.state).toBe('b');
  });
});

describe('a task of a saga', () => {
  const calls: string[] = [];
  const make = (run: (args: TaskArgs<Input>) => Promise<string>, retry = { attempts: 3, delay: 100, factor: 1 }) =>
    setup({
      types: {} as { input: Input; context: Input & { result?: string; why?: string } },
      actors: {
        call: task(run, { retry }),
        plain: fromPromise(async ({ input }: { input: Input }) => `plain ${input.id}`),
      },
    }).createMachine({
      id: 'flow',
      context: ({ input }) => input,
      initial: 'calling',
      states: {
        calling: {
          invoke: {
            id: 'call',
            src: 'call',
            input: ({ context }) => context,
            onDone: { target: 'plain', actions: assign({ result: ({ event }) => event.output }) },
            onError: { target: 'failed', actions: assign({ why: ({ event }) => JSON.stringify(event.error) }) },
          },
        },
        plain: {
          invoke: {
            id: 'plain',
            src: 'plain',
            input: ({ context }) => context,
            onDone: {
              target: 'done',
              actions: assign({ result: ({ event, context }) => `${context.result} ${event.output}` }),
            },
            onError: 'failed',
          },
        },
        done: { type: 'final' },
        failed: { type: 'final' },
      },
    });

  it('runs after the commit with a key that is the same at every attempt, and a promise under a name does too', async () => {
    const keys = new Set<string>();
    let attempts = 0;
    const machine = make(async ({ input, idempotencyKey, attempt }) => {
      keys.add(idempotencyKey);
      attempts = attempt;
      if (attempt < 3) throw new Error('down');
      return `called ${input.id}`;
    });
    const flow = defineSaga('flow', { machine }).startsOn(Begun, d => d);
    const { runtime, run, platform } = await launch({ sagas: [flow] });

    await run(runtime.publish(Begun, { id: '1' }));
    await platform.advance(1_000);
    await run(runtime.settled());

    expect(attempts).toBe(3);
    expect(keys.size).toBe(1);
    expect(runtime.sagas.get(flow, '1')).toMatchObject({ status: 'done', context: { result: 'called 1 plain 1' } });
  });

  it('reaches onError as plain JSON when its attempts are used up', async () => {
    const machine = make(() => Promise.reject(Object.assign(new Error('gone'), { code: 'E1', data: { until: 7 } })), {
      attempts: 1,
      delay: 0,
      factor: 1,
    });
    const flow = defineSaga('flow', { machine }).startsOn(Begun, d => d);
    const { runtime, run } = await launch({ sagas: [flow] });

    await run(runtime.publish(Begun, { id: '1' }));
    await run(runtime.settled());

    expect(runtime.sagas.get(flow, '1')).toMatchObject({
      state: 'failed',
      context: { why: JSON.stringify({ name: 'Error', message: 'gone', code: 'E1', data: { until: 7 } }) },
    });
    expect(calls).toEqual([]);
  });

  it('is taken back when its state is left, and what it still returns reaches nobody', async () => {
    const aborted: boolean[] = [];
    let finish = (): void => {};
    const machine = setup({
      types: {} as { input: Input; context: Input; events: { type: 'job.poked'; data: Input } },
      actors: {
        call: task(
          ({ signal }: TaskArgs<Input>) =>
            new Promise<string>(resolve => {
              signal.addEventListener('abort', () => aborted.push(true));
              finish = () => resolve('late');
            }),
        ),
      },
    }).createMachine({
      id: 'flow',
      context: ({ input }) => input,
      initial: 'calling',
      states: {
        calling: {
          invoke: { id: 'call', src: 'call', input: ({ context }) => context, onDone: 'done', onError: 'done' },
          on: { 'job.poked': 'resting' },
        },
        resting: { on: { 'job.poked': 'calling' } },
        done: { type: 'final' },
      },
    });
    const flow = defineSaga('flow', { machine })
      .startsOn(Begun, d => d)
      .on(Poked);
    const { runtime, run } = await launch({ sagas: [flow] });
    await run(runtime.publish(Begun, { id: '1' }));

    await run(runtime.publish(Poked, { id: '1' }));
    finish();
    await run(runtime.settled());

    expect(aborted).toEqual([true]);
    expect(runtime.sagas.get(flow, '1')).toMatchObject({ state: 'resting', steps: [{ status: 'stopped' }] });
  });
});

describe('a named action', () => {
  it('runs after the commit with its context, event and params; one in the transaction writes SQL with it', async () => {
    const ran: unknown[] = [];
    const machine = setup({
      types: {} as { input: Input; context: Input & { n: number }; events: { type: 'job.poked'; data: Input } },
      actions: {
        audit: ({ context, event }, params: { what: string }) => void ran.push([context.n, event.type, params.what]),
        book: () => {},
      },
    }).createMachine({
      id: 'flow',
      context: ({ input }) => ({ ...input, n: 0 }),
      initial: 'a',
      states: {
        a: {
          on: {
            'job.poked': {
              actions: [
                assign({ n: ({ context }) => context.n + 1 }),
                { type: 'audit', params: { what: 'x' } },
                'book',
              ],
            },
          },
        },
      },
    });
    const flow = defineSaga('flow', {
      machine,
      sql: true,
      inTransaction: {
        book: ({ context, sql, key }) => void sql.prepare('insert into booked values (?, ?)').run(key, context.n),
      },
    })
      .startsOn(Begun, d => d)
      .on(Poked);
    const app = defineApp({ sagas: [flow], migrate: db => db.exec('create table booked (key text, n integer)') });
    const database = new Database(':memory:');
    const { runtime, run } = await launch(app, { database });

    await run(runtime.publish(Begun, { id: '1' }));
    await run(runtime.publish(Poked, { id: '1' }));
    await run(runtime.settled());

    expect(ran).toEqual([[1, 'job.poked', 'x']]);
    expect(database.prepare('select * from booked').all()).toEqual([{ key: '1', n: 1 }]);
  });
});

describe('a child saga', () => {
  function family(steps: readonly string[], options: { readonly key?: (input: Input) => string } = {}) {
    const { worker, log } = makeWorker();
    const child = defineSaga('child', { machine: sequence('child', steps) as never });
    const machine = setup({
      types: {} as { input: Input; context: Input & { got?: unknown }; events: { type: 'job.poked'; data: Input } },
      actors: { kid: saga(child as never, options as never) as ReturnType<typeof task<Input, unknown>>, work: work() },
    }).createMachine({
      id: 'flow',
      context: ({ input }) => input,
      initial: 'kid',
      on: { 'job.poked': '.failed' },
      states: {
        kid: {
          invoke: {
            id: 'kid',
            src: 'kid',
            input: ({ context }: { context: Input }) => ({ id: context.id }),
            onDone: { target: 'last', actions: assign({ got: ({ event }) => event['output'] }) },
            onError: { target: 'failed', actions: assign({ got: ({ event }) => event['error'] }) },
          } as never,
        },
        last: {
          invoke: {
            id: 'last',
            src: 'work',
            input: ({ context }) => ({ id: context.id, what: context.id }),
            onDone: 'done',
            onError: 'failed',
          },
        },
        done: { type: 'final' },
        failed: { type: 'final', tags: 'compensate' },
      },
    });
    const parent = defineSaga('parent', { machine })
      .startsOn(Begun, d => d)
      .on(Poked);
    return { app: defineApp({ actors: [worker], sagas: [parent, child] }), parent, child, log };
  }

  it('has a row of its own, and its output ends the step', async () => {
    const { app, parent, child, log } = family(['a', 'b']);
    const { runtime, run } = await launch(app);

    await run(runtime.publish(Begun, { id: 'x' }));

    expect(log).toEqual(['do a', 'do b', 'do x']);
    expect(runtime.sagas.list(child)).toMatchObject([{ key: 'parent/x/1', status: 'done' }]);
    expect(runtime.sagas.get(parent, 'x')).toMatchObject({ status: 'done', context: { got: { by: 'child' } } });
  });

  it('that ends compensated reaches onError with its status and its output', async () => {
    const { app, parent, child, log } = family(['a', 'bad']);
    const { runtime, run } = await launch(app);

    await run(runtime.publish(Begun, { id: 'x' }));

    expect(log).toEqual(['do a', 'do bad', 'undo a']);
    expect(runtime.sagas.list(child)).toMatchObject([{ status: 'compensated' }]);
    expect(runtime.sagas.get(parent, 'x')).toMatchObject({
      state: 'failed',
      context: { got: { name: 'ChildSagaFailed', code: 'compensated', output: { by: 'child' } } },
    });
    const { got } = runtime.sagas.get(parent, 'x')?.context ?? {};
    expect([isChildFailed(child, got), isChildFailed(parent, got), isRefused(Do, got)]).toEqual([true, false, false]);
    expect([undefined, 'down', new Error('down')].map(error => isChildFailed(child, error))).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('that has ended is undone when its parent compensates', async () => {
    const { app, parent, child, log } = family(['a', 'b']);
    const { runtime, run } = await launch(app);

    await run(runtime.publish(Begun, { id: 'bad' }));

    expect(log).toEqual(['do a', 'do b', 'do bad', 'undo b', 'undo a']);
    expect(runtime.sagas.list(child)).toMatchObject([{ status: 'compensated' }]);
    expect(runtime.sagas.get(parent, 'bad')).toMatchObject({ status: 'compensated', undone: ['kid'] });
  });

  it('that still runs is cancelled and undone when its parent leaves the state', async () => {
    const { app, parent, child, log } = family(['a', 'mute']);
    const { runtime, run } = await launch(app);
    await run(runtime.publish(Begun, { id: 'x' }));

    await run(runtime.publish(Poked, { id: 'x' }));

    expect(log).toEqual(['do a', 'do mute']);
    expect(runtime.sagas.get(parent, 'x')).toMatchObject({ status: 'running', state: 'failed' });
    expect(runtime.sagas.list(child)).toMatchObject([{ status: 'running' }]);
  });

  it('whose key is taken fails the step with a code', async () => {
    const { app, parent } = family(['a'], { key: () => 'one' });
    const { runtime, run } = await launch(app);
    await run(runtime.publish(Begun, { id: 'x' }));
    await run(runtime.publish(Begun, { id: 'y' }));

    expect(runtime.sagas.get(parent, 'x')?.status).toBe('done');
    expect(runtime.sagas.get(parent, 'y')).toMatchObject({ state: 'failed', context: { got: { code: 'exists' } } });
  });

  it('has to be part of the app', async () => {
    const { parent } = family(['a']);

    await expect(launch({ actors: [makeWorker().worker], sagas: [parent] })).rejects.toMatchObject({
      code: 'no-owner',
    });
  });
});

describe('logic that runs inside the tree', () => {
  it('keeps the state of a transition function in the row', async () => {
    const counter = fromTransition(
      (state: { n: number }, event: { type: string }) => ({ n: state.n + (event.type === 'inc' ? 1 : 0) }),
      { n: 0 },
    );
    const machine = setup({
      types: {} as { events: { type: 'job.poked' }; emitted: { type: 'job.noted'; data: Input } },
      actors: { counter },
    }).createMachine({
      id: 'flow',
      context: {},
      invoke: { id: 'counter', src: 'counter', onSnapshot: { actions: emit(Noted({ id: 'x' })) } } as never,
      initial: 'a',
      states: { a: { on: { 'job.poked': { actions: sendTo('counter', { type: 'inc' }) } } } },
    });
    const flow = defineSaga('flow', { machine, publishes: [Noted] } as never)
      .startsOn(Begun, () => ({}) as never)
      .on(Poked as never);
    const { runtime, run } = await launch({ sagas: [flow] });
    await run(runtime.publish(Begun, { id: '1' }));
    await run(runtime.publish(Poked, { id: '1' }));
    await run(runtime.publish(Poked, { id: '1' }));

    const state = JSON.parse(JSON.stringify(runtime.sagas.get(flow, '1'))) as object;
    expect(state).toMatchObject({ status: 'running' });
    expect(createMachine).toBeDefined();
  });
});
