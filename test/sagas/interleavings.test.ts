// Messages that meet: what is started, left, answered and timed out in one turn or in one drain.
import { assign } from 'xstate';
import { describe, expect, it } from 'vitest';
import { launch } from '../support/kernel-kit.ts';
import { Begun, doing, machineOf, makeWorker, ownContext, Poked, sagaOf, work } from './trap-kit.ts';

const over = { type: 'final' };

/** Waits for the actor `part`, then for a poke. */
const around = {
  ...ownContext,
  initial: 'waiting',
  states: {
    waiting: {
      invoke: {
        id: 'part',
        src: 'part',
        input: ({ context }: { context: object }): object => context,
        onDone: 'rested',
        onError: 'rested',
      },
    },
    rested: { on: { 'job.poked': 'waiting', 'job.nudged': 'over' } },
    over,
  },
};

describe('a step that is left', () => {
  it('in the turn that started it does not lend its token to the step after it', async () => {
    const { worker, log, answer } = makeWorker();
    const states = {
      a: { invoke: doing('slow-first', { onDone: 'over', onError: 'over' }), on: { 'job.begun': 'b' } },
      b: { invoke: doing('slow-second', { onDone: 'over', onError: 'over' }), on: { 'job.poked': 'c' } },
      c: { on: { 'job.nudged': 'over' } },
      over,
    };
    const flow = sagaOf(machineOf({ ...ownContext, initial: 'a', states }, { actors: { work: work() } }));
    const launched = await launch({ actors: [worker], sagas: [flow] });
    const { runtime, run } = launched;
    await run(runtime.publish(Begun, { id: '1' }));
    await run(runtime.publish(Poked, { id: '1' }));

    await answer(launched, '1', 'slow-second');

    expect(log).toEqual(['do slow-first', 'do slow-second', 'undo slow-second']);
  });

  it('while it waits for its next attempt is not attempted again', async () => {
    const { worker, log } = makeWorker();
    const states = {
      a: { invoke: doing('broken', { onDone: 'over', onError: 'over' }), on: { 'job.poked': 'over' } },
      over,
    };
    const actors = { work: work({ retry: { attempts: 3, delay: '10s', factor: 1 } }) };
    const flow = sagaOf(machineOf({ ...ownContext, initial: 'a', states }, { actors }));
    const { runtime, run, platform } = await launch({ actors: [worker], sagas: [flow] });
    await run(runtime.publish(Begun, { id: '1' }));

    await run(runtime.publish(Poked, { id: '1' }));
    await platform.advance(60_000);

    expect(log).toEqual(['do broken']);
    expect(runtime.sagas.get(flow, '1')).toMatchObject({ status: 'done', steps: [{ status: 'failed' }] });
  });
});

describe('a nested machine that throws', () => {
  it('has what it was waiting for undone when that completes, though the machine around it goes on', async () => {
    const { worker, log, answer } = makeWorker();
    const crashed = assign(() => {
      throw new Error('broken');
    });
    const branch = (what: string, onDone: object | string): object => ({
      initial: 'doing',
      states: { doing: { invoke: doing(what, { onDone, onError: 'over' }) }, over },
    });
    const states = { one: branch('slow', 'over'), two: branch('quick', { target: 'over', actions: crashed }) };
    const part = machineOf({ id: 'part', ...ownContext, type: 'parallel', states }, { actors: { work: work() } });
    const flow = sagaOf(machineOf(around, { actors: { part } }));
    const launched = await launch({ actors: [worker], sagas: [flow] });
    const { runtime, run } = launched;
    await run(runtime.publish(Begun, { id: '1' }));
    expect(runtime.sagas.get(flow, '1')).toMatchObject({ state: 'rested', status: 'running' });
    expect(log).toEqual(['do slow', 'do quick', 'undo quick']);

    await answer(launched, '1', 'slow');

    expect(log.at(-1)).toBe('undo slow');
  });
});

describe('a nested machine that runs again', () => {
  const part = (...steps: readonly string[]): ReturnType<typeof machineOf> => {
    const states = steps.map((what, index) => [
      what,
      { invoke: doing(what, { onDone: steps[index + 1] ?? 'over', onError: 'undone' }) },
    ]);
    const undone = { type: 'final', tags: 'compensate' };
    const config = {
      id: 'part',
      ...ownContext,
      initial: steps[0],
      states: { ...Object.fromEntries(states), over, undone },
    };
    return machineOf(config, { actors: { work: work() } });
  };

  it('and fails undoes what this run has completed, not the runs before it', async () => {
    const { worker, log, answer } = makeWorker();
    const flow = sagaOf(machineOf(around, { actors: { part: part('first', 'slow') } }));
    const launched = await launch({ actors: [worker], sagas: [flow] });
    const { runtime, run } = launched;
    await run(runtime.publish(Begun, { id: '1' }));
    await answer(launched, '1', 'slow');
    await run(runtime.publish(Poked, { id: '1' }));

    await answer(launched, '1', 'slow', false);

    expect(log).toEqual(['do first', 'do slow', 'do first', 'do slow', 'undo first']);
    expect(runtime.sagas.get(flow, '1')?.undone).toEqual(['part/work']);
    await run(runtime.sagas.cancel(flow, '1', { compensate: true }));
    expect(log.slice(5)).toEqual(['undo slow', 'undo first']);
  });

  it('inside one that fails in the end is undone with all its runs', async () => {
    const { worker, log } = makeWorker();
    const { invoke } = around.states.waiting;
    const states = {
      a: { invoke: { ...invoke, onDone: 'b', onError: 'undone' } },
      b: { invoke: { ...invoke, onDone: 'undone', onError: 'undone' } },
      undone: { type: 'final', tags: 'compensate' },
    };
    const middle = machineOf({ id: 'middle', ...ownContext, initial: 'a', states }, { actors: { part: part('good') } });
    const flow = sagaOf(machineOf(around, { actors: { part: middle } }));
    const { runtime, run } = await launch({ actors: [worker], sagas: [flow] });

    await run(runtime.publish(Begun, { id: '1' }));

    expect(log).toEqual(['do good', 'do good', 'undo good', 'undo good']);
    expect(runtime.sagas.get(flow, '1')).toMatchObject({ state: 'rested', status: 'running' });
  });
});
