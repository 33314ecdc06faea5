// Child sagas that meet their parents: taken keys, early events, ends that cross an undo, and more than two generations.
import { assign } from 'xstate';
import { describe, expect, it } from 'vitest';
import { saga, type Saga } from '../../src/index.ts';
import { launch, type Launched } from '../support/kernel-kit.ts';
import { Begun, childOf, doing, machineOf, makeWorker, ownContext, Poked, sagaOf, work } from './trap-kit.ts';

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
