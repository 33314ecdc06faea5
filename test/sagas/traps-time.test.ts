// The traps of XState around timers and replies that come at the wrong time, by their numbers.
import { assign, cancel, emit, raise, sendTo } from 'xstate';
import { describe, expect, it } from 'vitest';
import { task, type TaskArgs } from '../../src/index.ts';
import { launch, type Launched } from '../support/kernel-kit.ts';
import { crash } from '../support/restart.ts';
import { Begun, doing, machineOf, makeWorker, Nudged, ownContext, Play, Poked, sagaOf, work } from './trap-kit.ts';

const DAY = 86_400_000;
const over = { type: 'final' };
const count = assign({ n: ({ context }: { context: { n?: number } }) => (context.n ?? 0) + 1 } as never);
const again = { target: 'a', reenter: true };

const begin = ({ runtime, run }: Launched): Promise<unknown> => run(runtime.publish(Begun, { id: '1' }));
const poke = ({ runtime, run }: Launched): Promise<unknown> => run(runtime.publish(Poked, { id: '1' }));

describe('a timer', () => {
  it('trap 2: fires after a crash: of a state, a delayed raise and a delayed send to a child', async () => {
    const kid = machineOf(
      { id: 'kid', initial: 'a', states: { a: { on: { call: 'over' }, after: { later: 'over' } }, over } },
      { delays: { later: DAY } },
    );
    const entry = [raise({ type: 'raised' }, { delay: 2_000 }), sendTo('kid', { type: 'call' }, { delay: 3_000 })];
    const a = {
      entry,
      invoke: { id: 'kid', src: 'kid', onDone: 'over' },
      after: { soon: { actions: count } },
      on: { raised: { actions: count } },
    };
    const flow = sagaOf(
      machineOf({ ...ownContext, initial: 'a', states: { a, over } }, { actors: { kid }, delays: { soon: 1_000 } }),
    );
    const app = { sagas: [flow] };
    const first = await launch(app);
    await begin(first);
    expect(first.runtime.sagas.get(flow, '1')?.timers).toHaveLength(4);

    const launched = await crash(first, app);
    await launched.platform.advance(2_999);
    expect(launched.runtime.sagas.get(flow, '1')).toMatchObject({ state: 'a', context: { n: 2 } });
    await launched.platform.advance(1);

    expect(launched.runtime.sagas.get(flow, '1')).toMatchObject({ status: 'done', timers: [] });
  });

  it('trap 4: longer than Node can wait fires when it is due, not at once', async () => {
    const states = {
      a: { entry: raise({ type: 'late' }, { delay: 90 * DAY }), on: { late: 'b' } },
      b: { after: { quarter: 'over' } },
      over,
    };
    const flow = sagaOf(machineOf({ ...ownContext, initial: 'a', states }, { delays: { quarter: 90 * DAY } }));
    const launched = await launch({ sagas: [flow] });
    const { platform, runtime } = launched;
    await begin(launched);

    for (const [before, after] of [
      ['a', 'b'],
      ['b', 'over'],
    ] as const) {
      await platform.advance(60_000);
      platform.block(90 * DAY - 120_000);
      await platform.advance(59_999);
      expect(runtime.sagas.get(flow, '1')?.state).toBe(before);
      await platform.advance(1);
      expect(runtime.sagas.get(flow, '1')?.state).toBe(after);
    }
  });

  it('trap 7: that is due does not reach the state entered anew before it was heard', async () => {
    const flow = sagaOf(
      machineOf(
        { ...ownContext, initial: 'a', states: { a: { on: { 'job.poked': again }, after: { soon: 'over' } }, over } },
        { delays: { soon: 10_000 } },
      ),
    );
    const launched = await launch({ sagas: [flow] });
    const { platform, runtime, run } = launched;
    await begin(launched);
    await run(runtime.pause(flow, { key: '1' }));
    await poke(launched);
    await platform.advance(10_000);

    await run(runtime.resume(flow, { key: '1' }));

    const due = platform.wallMs() + 10_000;
    expect(runtime.sagas.get(flow, '1')).toMatchObject({ state: 'a', timers: [{ due }] });
    await platform.advance(10_000);
    expect(runtime.sagas.get(flow, '1')?.status).toBe('done');
  });

  it('trap 7: for a child does not reach the child entered anew at its place', () => {
    const kid = machineOf({ id: 'kid', on: { call: { actions: emit({ type: 'called' }) } } });
    const entry = sendTo('kid', { type: 'call' }, { delay: 1_000, id: 'call' });
    const states = {
      a: { entry, invoke: { id: 'kid', src: 'kid' }, on: { go: 'b' } },
      b: { invoke: { id: 'kid', src: 'kid' } },
    };
    const play = new Play(machineOf({ initial: 'a', states }, { actors: { kid } }));
    expect(play.effects('arm')).toMatchObject([{ source: '', target: '/kid', id: 'call' }]);

    play.send('go');

    expect(play.effects('cancelAll')).toEqual([{ kind: 'cancelAll', source: '/kid' }]);
  });

  it('trap 7: for an actor that is gone is dropped when it fires', async () => {
    const kid = machineOf({ id: 'kid', initial: 'a', states: { a: { on: { call: 'over', stop: 'over' } }, over } });
    const entry = sendTo('kid', { type: 'call' }, { delay: 1_000 });
    const a = {
      entry,
      invoke: { id: 'kid', src: 'kid' },
      on: { 'job.poked': 'b', 'job.nudged': { actions: sendTo('kid', { type: 'stop' }) } },
    };
    const states = { a, b: { on: { 'job.poked': 'over' } }, over };
    const flow = sagaOf(machineOf({ ...ownContext, initial: 'a', states }, { actors: { kid } }));
    const launched = await launch({ sagas: [flow] });
    const { platform, runtime, run } = launched;
    await begin(launched);
    await run(runtime.publish(Nudged, { id: '1' }));

    await platform.advance(1_000);

    expect(runtime.sagas.get(flow, '1')).toMatchObject({ state: 'a', status: 'running', timers: [] });
    expect(runtime.deadLetters.list()).toEqual([]);
  });

  it('trap 27: under the id of another fires beside it; cancel() takes back both', async () => {
    const later = (delay: number): object => raise({ type: 'later' }, { id: 'same', delay });
    const on = {
      later: { actions: count },
      'job.poked': { actions: cancel('same') },
      'job.nudged': { actions: [later(1_000), later(2_000)] },
    };
    const flow = sagaOf(machineOf({ ...ownContext, initial: 'a', states: { a: { on } } }));
    const launched = await launch({ sagas: [flow] });
    const { platform, runtime, run } = launched;
    await begin(launched);
    const nudge = (): Promise<unknown> => run(runtime.publish(Nudged, { id: '1' }));
    await nudge();
    await platform.advance(2_000);
    expect(runtime.sagas.get(flow, '1')).toMatchObject({ context: { n: 2 }, timers: [] });

    await nudge();
    expect(runtime.sagas.get(flow, '1')?.timers).toMatchObject([{ id: 'same' }, { id: 'same' }]);
    await poke(launched);
    await platform.advance(2_000);

    expect(runtime.sagas.get(flow, '1')).toMatchObject({ context: { n: 2 }, timers: [] });
  });
});

describe('a reply', () => {
  it('trap 8: that comes late never reaches the invocation entered anew, and is undone', async () => {
    const { worker, log, answer } = makeWorker();
    const input = ({ context }: { context: { id: string; n: number } }): object => ({
      id: context.id,
      what: `slow-${context.n}`,
    });
    const invoke = doing('step', { input, onDone: 'over', onError: 'over' });
    const states = { a: { entry: count, invoke, on: { 'job.poked': again } }, over };
    const flow = sagaOf(machineOf({ ...ownContext, initial: 'a', states }, { actors: { work: work() } }));
    const app = { actors: [worker], sagas: [flow] };
    const first = await launch(app);
    await begin(first);
    await poke(first);
    const launched = await crash(first, app);

    await answer(launched, '1', 'slow-1');

    expect(log).toEqual(['do slow-1', 'do slow-2', 'undo slow-1']);
    expect(launched.runtime.sagas.get(flow, '1')).toMatchObject({ state: 'a', status: 'running' });
    await answer(launched, '1', 'slow-2');
    expect(launched.runtime.sagas.get(flow, '1')?.status).toBe('done');
    expect(log).toHaveLength(3);
  });

  it('trap 8: with the token of a spawn that is over is stale, and changes nothing', () => {
    const invoke = doing('x', { onDone: 'b', onError: 'b' });
    const states = { a: { invoke, on: { go: again } }, b: {} };
    const play = new Play(machineOf({ context: { id: '1' }, initial: 'a', states }, { actors: { work: work() } }));
    const [first] = play.effects('start');
    play.send('go');
    const [second] = play.effects('start');
    expect(play.effects('stop')).toEqual([{ kind: 'stop', path: '/x', token: first?.token }]);
    const { snapshot } = play;

    expect(play.settle(first!, { ok: true, output: {} })).toMatchObject({ stale: true, handled: false, effects: [] });
    expect(play.snapshot).toEqual(snapshot);
    play.settle(second!, { ok: true, output: {} });
    expect(play.settle(second!, { ok: true, output: {} })).toMatchObject({ stale: true });

    expect(play.value).toBe('b');
  });
});

describe('a task', () => {
  it('trap 8: that ends in the drain in which its state is left reaches nobody, and its successor runs on its own', async () => {
    const ends: ((value: string) => void)[] = [];
    const keys = new Set<string>();
    const run = ({ idempotencyKey }: TaskArgs<object>): Promise<string> => {
      keys.add(idempotencyKey);
      return new Promise(resolve => ends.push(resolve));
    };
    const keep = {
      target: 'over',
      actions: assign(({ event }: { event: { output?: string } }) => ({ got: event.output }) as never),
    };
    const invoke = { id: 'call', src: 'call', onDone: keep, onError: 'over' };
    const flow = sagaOf(
      machineOf(
        { ...ownContext, initial: 'a', states: { a: { invoke, on: { 'job.poked': again } }, over } },
        { actors: { call: task(run) } },
      ),
    );
    const launched = await launch({ sagas: [flow] });
    const { runtime, run: settle } = launched;
    await begin(launched);
    await settle(runtime.pause(flow, { key: '1' }));
    await poke(launched);
    ends[0]?.('first');
    await launched.settled();

    await settle(runtime.resume(flow, { key: '1' }));
    expect(runtime.sagas.get(flow, '1')).toMatchObject({ state: 'a', status: 'running' });
    ends.at(-1)?.('second');
    await launched.settled();

    expect(keys.size).toBe(2);
    expect(runtime.sagas.get(flow, '1')).toMatchObject({ status: 'done', context: { got: 'second' } });
  });
});
