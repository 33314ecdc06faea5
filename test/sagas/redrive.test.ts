// redriveFrom: what the machine is like when a step that failed starts once more, and when it may not.
import { assign } from 'xstate';
import { describe, expect, it } from 'vitest';
import { saga, type Saga } from '../../src/index.ts';
import { launch, type Launched } from '../support/kernel-kit.ts';
import { crash } from '../support/restart.ts';
import { Begun, childOf, doing, machineOf, makeWorker, Nudged, ownContext, Poked, sagaOf, work } from './trap-kit.ts';

const over = { type: 'final' };
const count = assign({ pokes: ({ context }: { context: { pokes?: number } }) => (context.pokes ?? 0) + 1 } as never);

const begin = ({ runtime, run }: Launched): Promise<unknown> => run(runtime.publish(Begun, { id: '1' }));
const again = ({ runtime, run }: Launched, flow: Saga, step = 'work'): Promise<void> =>
  run(runtime.sagas.redriveFrom(flow, '1', step));
const refusal = (problem: string): object =>
  expect.objectContaining({ code: 'invalid-options', message: expect.stringContaining(problem) }) as object;

/** Does `slow`, which the test answers, with a patience of a minute; waits in `ground` when it fails. */
function setup(step: object = {}) {
  const { worker, log, answer } = makeWorker();
  const states = {
    flying: { invoke: doing('slow', { onDone: 'over', onError: 'ground' }), after: { patience: 'over' } },
    ground: { entry: count, after: { rest: 'ground' }, on: { 'job.nudged': 'over' } },
    over,
  };
  const config = { ...ownContext, initial: 'flying', on: { 'job.poked': { actions: count } }, states };
  const machine = machineOf(config, { actors: { work: work(step) }, delays: { patience: 60_000, rest: 5_000 } });
  const flow = sagaOf(machine);
  return { app: { actors: [worker], sagas: [flow] }, flow, log, answer };
}

describe('redriveFrom()', () => {
  it('starts the step with the context and the timers of the time when it was waiting, over a crash too', async () => {
    const { app, flow, log, answer } = setup();
    const first = await launch(app);
    const due = first.platform.wallMs() + 60_000;
    await begin(first);
    await first.run(first.runtime.publish(Poked, { id: '1' }));
    await first.platform.advance(20_000);
    await answer(first, '1', 'slow', false);
    expect(first.runtime.sagas.get(flow, '1')).toMatchObject({ state: 'ground', context: { pokes: 2 } });
    const launched = await crash(first, app);

    await again(launched, flow);

    expect(launched.runtime.sagas.get(flow, '1')).toMatchObject({
      state: 'flying',
      context: { pokes: 1 },
      timers: [{ due }],
      steps: [{ status: 'sent' }],
    });
    await answer(launched, '1', 'slow');
    expect(log).toEqual(['do slow', 'do slow']);
    expect(launched.runtime.sagas.get(flow, '1')).toMatchObject({ state: 'over', timers: [] });
    await launched.platform.finish();
    expect(launched.runtime.sagas.get(flow, '1')?.status).toBe('done');
  });

  it('refuses a step that may still be answered, and one that has completed after all', async () => {
    const { app, flow, log, answer } = setup({ timeout: '10s', compensate: undefined });
    const launched = await launch(app);
    await begin(launched);
    await launched.platform.advance(10_000);

    await expect(again(launched, flow)).rejects.toEqual(refusal('more has happened since'));
    await answer(launched, '1', 'slow');

    await expect(again(launched, flow)).rejects.toEqual(refusal('more has happened since'));
    expect(log).toEqual(['do slow']);
    expect(launched.runtime.sagas.get(flow, '1')?.state).toBe('ground');
  });

  it('refuses another step than the last that failed, and an instance none of whose steps has', async () => {
    const { app, flow, answer } = setup();
    const launched = await launch(app);
    await begin(launched);
    await expect(again(launched, flow)).rejects.toEqual(refusal('no step of it has failed'));

    await answer(launched, '1', 'slow', false);

    await expect(again(launched, flow, 'other')).rejects.toEqual(refusal("the last step that failed is 'work'"));
  });

  it('brings an instance back that has failed, over a crash', async () => {
    const { worker, log, answer } = makeWorker();
    const untaken = { target: 'over', guard: 'never' };
    const states = {
      a: { invoke: doing('slow', { onDone: 'over', onError: untaken }), after: { patience: 'over' } },
      over,
    };
    const implementations = { actors: { work: work() }, guards: { never: () => false }, delays: { patience: 60_000 } };
    const flow = sagaOf(machineOf({ ...ownContext, initial: 'a', states }, implementations));
    const app = { actors: [worker], sagas: [flow] };
    const first = await launch(app);
    await begin(first);
    await answer(first, '1', 'slow', false);
    expect(first.runtime.sagas.get(flow, '1')).toMatchObject({ status: 'failed', isOver: true, timers: [] });
    const launched = await crash(first, app);

    await again(launched, flow);

    expect(launched.runtime.sagas.get(flow, '1')).toMatchObject({ status: 'running', error: undefined, timers: [{}] });
    await answer(launched, '1', 'slow');
    expect(log).toEqual(['do slow', 'do slow']);
    expect(launched.runtime.sagas.get(flow, '1')).toMatchObject({ status: 'done', state: 'over' });
  });

  it('keeps what edit() made of the context meanwhile', async () => {
    const { app, flow, answer } = setup();
    const launched = await launch(app);
    await begin(launched);
    await answer(launched, '1', 'slow', false);
    const { runtime, run } = launched;
    await run(runtime.sagas.edit(flow, '1', context => ({ ...(context as object), price: 5 })));

    await again(launched, flow);

    expect(runtime.sagas.get(flow, '1')).toMatchObject({ state: 'flying', context: { price: 5 } });
    expect(runtime.sagas.get(flow, '1')?.context).not.toHaveProperty('pokes');
  });

  it('refuses what was compensated', async () => {
    const { worker, log } = makeWorker();
    const states = {
      a: { invoke: doing('good', { onDone: 'b', onError: 'undone' }) },
      b: { invoke: doing('bad', { onDone: 'over', onError: 'undone' }) },
      over,
      undone: { type: 'final', tags: 'compensate' },
    };
    const flow = sagaOf(machineOf({ ...ownContext, initial: 'a', states }, { actors: { work: work() } }));
    const launched = await launch({ actors: [worker], sagas: [flow] });
    await begin(launched);
    expect(log).toEqual(['do good', 'do bad', 'undo good']);

    await expect(again(launched, flow)).rejects.toMatchObject({ code: 'invalid-options' });
  });

  it('starts a child saga under another key, as its own is taken', async () => {
    const { worker, log } = makeWorker();
    const leaf = { a: { invoke: doing('bad', { onDone: 'over', onError: 'undone' }) }, over };
    const states = { ...leaf, undone: { type: 'final', tags: 'compensate' } };
    const child = childOf('child', machineOf({ ...ownContext, initial: 'a', states }, { actors: { work: work() } }));
    const kid = { id: 'kid', src: 'kid', input: ({ context }: { context: object }) => context };
    const around = {
      a: { invoke: { ...kid, onDone: 'over', onError: 'b' } },
      b: { on: { 'job.poked': 'over' } },
      over,
    };
    const actors = { kid: saga(child as never) };
    const flow = sagaOf(machineOf({ ...ownContext, initial: 'a', states: around }, { actors }));
    const launched = await launch({ actors: [worker], sagas: [flow, child] });
    await begin(launched);

    await again(launched, flow, 'kid');
    await again(launched, flow, 'kid');

    expect(log).toEqual(['do bad', 'do bad', 'do bad']);
    expect(launched.runtime.sagas.list(child).map(({ key }) => key)).toEqual(['flow/1/1', 'flow/1/1.2', 'flow/1/1.3']);
  });
});

describe('redriveFrom() with a step beside the one that failed', () => {
  function sideBySide() {
    const { worker, log, answer } = makeWorker();
    const branch = (what: string, src: string): object => ({
      initial: 'doing',
      states: {
        doing: { invoke: doing(what, { src, onDone: 'over', onError: 'failed' }) },
        failed: { on: { 'job.poked': 'over' } },
        over,
      },
    });
    const states = {
      both: {
        type: 'parallel',
        states: { one: branch('slow-one', 'one'), two: branch('slow-two', 'two') },
        onDone: 'over',
        on: { 'job.nudged': 'left' },
      },
      left: { on: { 'job.poked': 'over' } },
      over,
    };
    const actors = { one: work(), two: work() };
    const flow = sagaOf(machineOf({ ...ownContext, initial: 'both', states }, { actors }));
    return { app: { actors: [worker], sagas: [flow] }, flow, log, answer };
  }

  for (const [failed, beside] of [
    ['one', 'two'],
    ['two', 'one'],
  ] as const) {
    it(`leaves the other waiting: '${failed}' failed`, async () => {
      const { app, flow, log, answer } = sideBySide();
      const launched = await launch(app);
      await begin(launched);
      await answer(launched, '1', `slow-${failed}`, false);

      await again(launched, flow, failed);
      await answer(launched, '1', `slow-${beside}`);
      await answer(launched, '1', `slow-${failed}`);

      expect(log).toEqual(['do slow-one', 'do slow-two', `do slow-${failed}`]);
      expect(launched.runtime.sagas.get(flow, '1')?.status).toBe('done');
    });

    it(`is refused when the other has gone on: '${failed}' failed`, async () => {
      const { app, flow, answer } = sideBySide();
      const launched = await launch(app);
      await begin(launched);
      await answer(launched, '1', `slow-${failed}`, false);
      await answer(launched, '1', `slow-${beside}`);

      await expect(again(launched, flow, failed)).rejects.toEqual(refusal('more has happened since'));
    });
  }

  it('is refused when the other was left', async () => {
    const { app, flow, answer } = sideBySide();
    const launched = await launch(app);
    await begin(launched);
    await answer(launched, '1', 'slow-two', false);
    await launched.run(launched.runtime.publish(Nudged, { id: '1' }));

    await expect(again(launched, flow, 'two')).rejects.toEqual(refusal('more has happened since'));
  });
});
