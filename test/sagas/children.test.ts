// Child sagas that meet their parents: taken keys, early events, ends that cross an undo, and more than two generations.
import { assign } from 'xstate';
import { describe, expect, it } from 'vitest';
import { saga, type Saga } from '../../src/index.ts';
import { launch, type Launched } from '../support/kernel-kit.ts';
import { crash } from '../support/restart.ts';
import { Begun, childOf, doing, machineOf, makeWorker, Nudged, ownContext, Poked, sagaOf, work } from './trap-kit.ts';

const over = { type: 'final' };
const undone = { type: 'final', tags: 'compensate' };
const toInput = { input: ({ context }: { context: object }): object => context };

/** A machine that does its steps one after the other; a refused one undoes them. */
function sequence(...steps: readonly string[]) {
  const states = steps.map((what, index) => [
    what,
    { invoke: doing(what, { onDone: steps[index + 1] ?? 'over', onError: 'undone' }) },
  ]);
  const config = { ...ownContext, initial: steps[0], states: { ...Object.fromEntries(states), over, undone } };
  return machineOf(config, { actors: { work: work() } });
}

/** A machine that waits for a child in `kid`, then in `rested` for its end; a poke leaves either of them. */
function around(child: Saga, options: { readonly key?: () => string; readonly timeout?: string } = {}) {
  const keep = assign({ why: ({ event }: { event: { error?: unknown } }) => event.error } as never);
  const invoke = { id: 'kid', src: 'kid', ...toInput, onDone: 'rested', onError: { target: 'rested', actions: keep } };
  const states = {
    kid: { invoke, on: { 'job.poked': 'rested', 'job.nudged': 'undone' } },
    rested: { on: { 'job.poked': 'over', 'job.nudged': 'undone' } },
    over,
    undone,
  };
  return machineOf(
    { ...ownContext, initial: 'kid', states },
    { actors: { kid: saga(child as never, options as never) } },
  );
}

const begin = ({ runtime, run }: Launched, id = '1'): Promise<unknown> => run(runtime.publish(Begun, { id }));
const poke = ({ runtime, run }: Launched, id = '1'): Promise<unknown> => run(runtime.publish(Poked, { id }));

describe('a child whose key is taken', () => {
  it('is not undone by the saga that did not start it, even if that leaves before it hears so', async () => {
    const { worker, log, answer } = makeWorker();
    const child = childOf('child', sequence('first', 'slow'));
    const parent = sagaOf(around(child, { key: () => 'one' }), {}, 'parent');
    const launched = await launch({ actors: [worker], sagas: [parent, child] });
    const { runtime, run } = launched;
    await begin(launched, 'owner');
    await run(runtime.pause(child));
    await begin(launched, 'other');
    await poke(launched, 'other');

    await run(runtime.resume(child));
    await poke(launched, 'other');
    await answer(launched, 'owner', 'slow');

    expect(log).toEqual(['do first', 'do slow']);
    expect(runtime.sagas.get(child, 'one')?.status).toBe('done');
    expect(runtime.sagas.get(parent, 'other')).toMatchObject({ status: 'done', undone: [] });
    expect(runtime.sagas.get(parent, 'owner')?.state).toBe('rested');
  });
});

describe('a child whose key was used by one that is over', () => {
  it('is not started: the step fails, and what the other did stays as it is', async () => {
    const { worker, log } = makeWorker();
    const child = childOf('child', sequence('first'));
    const parent = sagaOf(around(child, { key: () => 'one' }), {}, 'parent');
    const launched = await launch({ actors: [worker], sagas: [parent, child] });
    await begin(launched, 'owner');
    expect(launched.runtime.sagas.get(child, 'one')?.status).toBe('done');

    await begin(launched, 'other');

    expect(log).toEqual(['do first']);
    const { context } = launched.runtime.sagas.get(parent, 'other') ?? {};
    expect(context).toMatchObject({ why: { code: 'exists' } });
  });
});

describe('an event for a child that does not exist yet', () => {
  it('waits for the parent to start it', async () => {
    const states = { waiting: { on: { 'job.poked': 'over' } }, over };
    const machine = machineOf({ ...ownContext, initial: 'waiting', states });
    const child = childOf('child', machine, { unknown: 'wait' }).on(Poked as never);
    const parent = sagaOf(around(child, { key: () => '1' }), {}, 'parent');
    const launched = await launch({ sagas: [parent, child] });
    const { runtime } = launched;
    await poke(launched);
    expect(runtime.sagas.get(child, '1')).toBeUndefined();

    await begin(launched);

    expect(runtime.sagas.get(child, '1')?.status).toBe('done');
    expect(runtime.sagas.get(parent, '1')?.state).toBe('rested');
  });
});

describe('a child that still runs', () => {
  it('and ends while its parent gives it up is undone', async () => {
    const { worker, log, answer } = makeWorker();
    const child = childOf('child', sequence('first', 'slow'));
    const parent = sagaOf(around(child), {}, 'parent');
    const launched = await launch({ actors: [worker], sagas: [parent, child] });
    const { runtime, run } = launched;
    await begin(launched);
    await run(runtime.pause(parent, { key: '1' }));
    await poke(launched);
    await answer(launched, '1', 'slow');
    expect(runtime.sagas.list(child)).toMatchObject([{ status: 'done' }]);

    await run(runtime.resume(parent, { key: '1' }));

    expect(log).toEqual(['do first', 'do slow', 'undo slow', 'undo first']);
    expect(runtime.sagas.list(child)).toMatchObject([{ status: 'compensated' }]);
    expect(runtime.sagas.get(parent, '1')).toMatchObject({ state: 'rested', undone: ['kid'], status: 'running' });
    await poke(launched);
    expect(runtime.sagas.get(parent, '1')).toMatchObject({ state: 'over', status: 'done' });
  });

  it('and ends before its parent leaves stays as it is', async () => {
    const { worker, log, answer } = makeWorker();
    const child = childOf('child', sequence('first', 'slow'));
    const parent = sagaOf(around(child), {}, 'parent');
    const launched = await launch({ actors: [worker], sagas: [parent, child] });
    const { runtime, run } = launched;
    await begin(launched);
    await run(runtime.pause(parent, { key: '1' }));
    await answer(launched, '1', 'slow');
    await poke(launched);

    await run(runtime.resume(parent, { key: '1' }));

    expect(log).toEqual(['do first', 'do slow']);
    expect(runtime.sagas.get(parent, '1')).toMatchObject({ state: 'over', status: 'done', undone: [] });
  });

  it('takes its own children back when its parent does: what was unsettled is waited for, in every generation', async () => {
    const { worker, log, answer } = makeWorker();
    const grandchild = childOf('grandchild', sequence('first', 'slow'));
    const child = childOf('child', around(grandchild));
    const parent = sagaOf(around(child), {}, 'parent');
    const launched = await launch({ actors: [worker], sagas: [parent, child, grandchild] });
    const { runtime, run } = launched;
    const all = (): unknown[] =>
      [parent, child, grandchild].flatMap(one => runtime.sagas.list(one).map(({ key, status }) => [key, status]));
    await begin(launched);

    await run(runtime.sagas.cancel(parent, '1', { compensate: true }));
    expect(all()).toEqual([
      ['1', 'running'],
      ['parent/1/1', 'running'],
      ['child/parent/1/1/1', 'running'],
    ]);
    await answer(launched, '1', 'slow');

    expect(log).toEqual(['do first', 'do slow', 'undo slow', 'undo first']);
    expect(all()).toEqual([
      ['1', 'compensated'],
      ['parent/1/1', 'compensated'],
      ['child/parent/1/1/1', 'compensated'],
    ]);
  });

  it('and undoes itself already does so once, and its parent waits for it', async () => {
    const { worker, log } = makeWorker();
    const child = childOf('child', sequence('first', 'sticky', 'bad'));
    const parent = sagaOf(around(child), {}, 'parent');
    const launched = await launch({ actors: [worker], sagas: [parent, child] });
    const { runtime, platform } = launched;
    await begin(launched);
    expect(log.at(-1)).toBe('try sticky');

    await poke(launched);
    await poke(launched);
    expect(runtime.sagas.get(parent, '1')).toMatchObject({ state: 'over', status: 'running' });
    await platform.finish();

    expect(log.slice(3)).toEqual(['try sticky', 'undo sticky', 'undo first']);
    expect(runtime.sagas.list(child)).toMatchObject([{ status: 'compensated' }]);
    expect(runtime.sagas.get(parent, '1')).toMatchObject({ status: 'done', undone: ['kid'] });
  });

  it('is taken back at the timeout of its step', async () => {
    const { worker, log, answer } = makeWorker();
    const child = childOf('child', sequence('first', 'slow'));
    const parent = sagaOf(around(child, { timeout: '10s' }), {}, 'parent');
    const launched = await launch({ actors: [worker], sagas: [parent, child] });
    const { runtime, platform } = launched;
    await begin(launched);

    await platform.advance(10_000);

    expect(runtime.sagas.get(parent, '1')).toMatchObject({ state: 'rested', context: { why: { code: 'timeout' } } });
    await answer(launched, '1', 'slow');
    expect(log).toEqual(['do first', 'do slow', 'undo slow', 'undo first']);
    expect(runtime.sagas.list(child)).toMatchObject([{ status: 'compensated' }]);
    expect(runtime.sagas.get(parent, '1')).toMatchObject({ undone: ['kid'] });
  });
});

describe('a child that ended long ago', () => {
  const DAY = 86_400_000;

  async function setup() {
    const { worker, log } = makeWorker();
    const child = childOf('child', sequence('first', 'second'));
    const parent = sagaOf(around(child), {}, 'parent');
    const app = { actors: [worker], sagas: [parent, child] };
    const launched = await launch(app);
    await begin(launched);
    launched.platform.block(100 * DAY);
    return { ...launched, app, parent, child, log };
  }

  it('is kept as long as its parent may undo it', async () => {
    const { runtime, run, parent, child, log } = await setup();
    runtime.prune();
    expect(runtime.sagas.list(child)).toHaveLength(1);

    await run(runtime.publish(Nudged, { id: '1' }));

    expect(log.slice(2)).toEqual(['undo second', 'undo first']);
    expect(runtime.sagas.get(parent, '1')).toMatchObject({ status: 'compensated', undone: ['kid'] });
    runtime.prune();
    expect(runtime.sagas.list(child)).toHaveLength(1);
  });

  it('and is gone all the same cannot be undone, which is not taken for done', async () => {
    const first = await setup();
    first.store.database.exec("delete from troupe_states where address like 'child/%'");
    const { runtime, run } = await crash(first, first.app);

    await run(runtime.publish(Nudged, { id: '1' }));

    expect(runtime.sagas.get(first.parent, '1')).toMatchObject({ status: 'compensation-failed', undone: [] });
  });
});
