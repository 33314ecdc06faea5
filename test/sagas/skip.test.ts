// skip(): giving up a reply, the end of a task or a timer that holds an instance leaves nothing open behind it.
import { assign } from 'xstate';
import { describe, expect, it } from 'vitest';
import { task } from '../../src/index.ts';
import { launch } from '../support/kernel-kit.ts';
import { Begun, doing, machineOf, makeWorker, ownContext, sagaOf, work } from './trap-kit.ts';

const broken = assign(() => {
  throw new Error('broken');
});

/** Holds an instance of the machine by the first message its assign throws at. */
async function hold(states: object, actors: object) {
  const { worker, log } = makeWorker();
  const flow = sagaOf(machineOf({ ...ownContext, initial: 'a', states }, { actors, delays: { soon: 1_000 } } as never));
  const launched = await launch({ actors: [worker], sagas: [flow] });
  const { runtime, run, platform } = launched;
  await run(runtime.publish(Begun, { id: '1' }));
  await platform.advance(1_000);
  await platform.finish();
  expect(runtime.sagas.get(flow, '1')?.status).toBe('held');
  return { ...launched, flow, log };
}

describe('skip()', () => {
  const onDone = { target: 'over', actions: broken };
  const over = { type: 'final' };

  it('settles the step of a reply it gives up, and undoes what it completed', async () => {
    const { runtime, run, flow, log } = await hold(
      { a: { invoke: doing('good', { onDone, onError: 'over' }) }, over },
      { work: work() },
    );

    await run(runtime.sagas.skip(flow, '1'));
    expect(log).toEqual(['do good', 'undo good']);
    expect(runtime.sagas.get(flow, '1')).toMatchObject({ status: 'running', state: 'a', undone: ['work'] });
    await run(runtime.sagas.cancel(flow, '1'));

    expect(runtime.sagas.get(flow, '1')).toMatchObject({ isOver: true });
  });

  it('settles the step of a task whose end it gives up', async () => {
    const invoke = {
      id: 't',
      src: 'job',
      input: ({ context }: { context: object }) => context,
      onDone,
      onError: 'over',
    };
    const { runtime, run, flow, store } = await hold({ a: { invoke }, over }, { job: task(async () => 1) });

    await run(runtime.sagas.skip(flow, '1'));
    await run(runtime.sagas.cancel(flow, '1'));

    expect(runtime.sagas.get(flow, '1')).toMatchObject({ status: 'cancelled', steps: [{ status: 'done' }] });
    expect(store.tasks.all()).toEqual([]);
  });

  it('forgets the timer it gives up', async () => {
    const { runtime, run, flow, store } = await hold({ a: { after: { soon: onDone } }, over }, {});

    await run(runtime.sagas.skip(flow, '1'));

    expect(runtime.sagas.get(flow, '1')).toMatchObject({ status: 'running', state: 'a', timers: [] });
    expect(store.timers.of('flow', '1')).toEqual([]);
  });
});
