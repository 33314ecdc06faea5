// How steps settle at the edges: timeouts over attempts, what ends in the turn that starts it, what completes after all.
import { describe, expect, it } from 'vitest';
import { defineActor, saga, task, type Saga } from '../../src/index.ts';
import { launch, type Launched } from '../support/kernel-kit.ts';
import { crash } from '../support/restart.ts';
import { Begun, childOf, Do, doing, machineOf, makeWorker, ownContext, Poked, sagaOf, Undo, work } from './trap-kit.ts';

const over = { type: 'final' };
const undone = { type: 'final', tags: 'compensate' };
const toInput = { input: ({ context }: { context: object }): object => context };

const begin = ({ runtime, run }: Launched, id = '1'): Promise<unknown> => run(runtime.publish(Begun, { id }));
const poke = ({ runtime, run }: Launched, id = '1'): Promise<unknown> => run(runtime.publish(Poked, { id }));

/** A machine that does one piece of work in its first state. */
function working(what: string, options: object = {}) {
  const states = { first: { invoke: doing(what, { onDone: 'over', onError: 'undone' }) }, over, undone };
  return machineOf({ ...ownContext, initial: 'first', states }, { actors: { work: work(options) } });
}

/** A machine that runs a child in `kid`, then waits for a poke in `rested`, and undoes it all. */
function around(child: Saga) {
  const states = {
    kid: { invoke: { id: 'kid', src: 'kid', ...toInput, onDone: 'rested', onError: 'undone' } },
    rested: { on: { 'job.poked': 'undone' } },
    undone,
  };
  return machineOf({ ...ownContext, initial: 'kid', states }, { actors: { kid: saga(child as never) } });
}

/** A worker that fails until it is mended. */
function makeBroken(fails: 'do' | 'undo') {
  const log: string[] = [];
  const broken = { on: true };
  const handle = (verb: 'do' | 'undo', what: string): void => {
    if (broken.on && verb === fails) throw new Error('broken');
    log.push(`${verb} ${what}`);
  };
  const worker = defineActor('worker', { retry: { attempts: 1 } })
    .on(Do, (_ctx, { what }) => {
      handle('do', what);
      return { ok: !what.startsWith('bad') };
    })
    .on(Undo, (_ctx, { what }) => handle('undo', what));
  return { worker, log, broken };
}

describe('an event', () => {
  it('is taken by a descriptor that ends with a wildcard, as in XState', async () => {
    const states = { first: { on: { 'job.poked.*': 'second' } }, second: { on: { 'job.nudged': 'over' } }, over };
    const flow = sagaOf(machineOf({ ...ownContext, initial: 'first', states }));
    const launched = await launch({ sagas: [flow] });
    await begin(launched);

    await poke(launched);

    expect(launched.runtime.sagas.get(flow, '1')?.state).toBe('second');
  });
});

describe('the timeout of a command', () => {
  it('is one for all its attempts', async () => {
    const { worker, log } = makeWorker();
    const flow = sagaOf(working('broken', { timeout: '10s', retry: { attempts: 3, delay: '1s' } }));
    const launched = await launch({ actors: [worker], sagas: [flow] });
    await begin(launched);
    await launched.run(launched.runtime.pause(worker));

    await launched.platform.advance(10_000);

    expect(log).toEqual(['do broken']);
    expect(launched.runtime.sagas.get(flow, '1')).toMatchObject({ state: 'undone', timers: [] });
  });
});

describe('the timeout of a command over a crash', () => {
  it('does not count the time in which nothing runs', async () => {
    const { worker } = makeWorker();
    const flow = sagaOf(working('slow', { timeout: '10s' }));
    const app = { actors: [worker], sagas: [flow] };
    const first = await launch(app);
    await begin(first);
    const launched = await crash(first, app, { downMs: 60_000 });
    await launched.platform.advance(9_999);
    expect(launched.runtime.sagas.get(flow, '1')?.state).toBe('first');

    await launched.platform.advance(1);

    expect(launched.runtime.sagas.get(flow, '1')?.state).toBe('undone');
  });
});

describe('a task whose state is left in the turn that entered it', () => {
  it('does not run', async () => {
    const ran: string[] = [];
    const states = {
      first: { invoke: { id: 'look', src: 'look', onDone: 'over', onError: 'over' }, on: { 'job.begun': 'second' } },
      second: { on: { 'job.poked': 'over' } },
      over,
    };
    const look = task(() => ran.push('look'));
    const flow = sagaOf(machineOf({ ...ownContext, initial: 'first', states }, { actors: { look } }));
    const launched = await launch({ sagas: [flow] });

    await begin(launched);

    expect(ran).toEqual([]);
    expect(launched.runtime.sagas.get(flow, '1')).toMatchObject({ state: 'second', steps: [{ status: 'stopped' }] });
    expect(launched.store.tasks.all()).toEqual([]);
  });
});

describe('the list of what was undone', () => {
  it('is whole, however long', async () => {
    const { worker } = makeWorker();
    const ids = Array.from({ length: 120 }, (_, n) => `part ${n}`);
    const states = { first: { invoke: ids.map(id => doing(id)), on: { '*': 'undone' } }, undone };
    const flow = sagaOf(machineOf({ ...ownContext, initial: 'first', states }, { actors: { work: work() } }));
    const launched = await launch({ actors: [worker], sagas: [flow] });
    await begin(launched);

    await poke(launched);

    const { status, undone: names } = launched.runtime.sagas.get(flow, '1') ?? {};
    expect(status).toBe('compensated');
    expect(names).toHaveLength(120);
  });
});

describe('a dead letter that is tried again after its step has failed', () => {
  it('is undone if it completes the step', async () => {
    const { worker, log, broken } = makeBroken('do');
    const flow = sagaOf(working('it'));
    const launched = await launch({ actors: [worker], sagas: [flow] });
    const { runtime, run } = launched;
    await begin(launched);
    broken.on = false;

    await run(runtime.deadLetters.retry(runtime.deadLetters.list()[0]?.id ?? 0));

    expect(log).toEqual(['do it', 'undo it']);
    expect(runtime.sagas.get(flow, '1')).toMatchObject({ status: 'compensated', undone: ['work'] });
  });

  it('is nothing to undo if it is refused', async () => {
    const { worker, log, broken } = makeBroken('do');
    const flow = sagaOf(working('bad'));
    const launched = await launch({ actors: [worker], sagas: [flow] });
    const { runtime, run } = launched;
    await begin(launched);
    broken.on = false;

    await run(runtime.deadLetters.retry(runtime.deadLetters.list()[0]?.id ?? 0));

    expect(log).toEqual(['do bad']);
    expect(runtime.sagas.get(flow, '1')).toMatchObject({ isOver: true, steps: [{ status: 'refused' }] });
  });

  it('does not answer for the attempt that runs meanwhile', async () => {
    const answers: boolean[] = [];
    const worker = defineActor('worker', { retry: { attempts: 1 } })
      .on(Do, () => {
        const ok = answers.shift();
        if (ok === undefined) throw new Error('broken');
        return { ok };
      })
      .on(Undo, () => {});
    const flow = sagaOf(working('it', { retry: { attempts: 2, delay: '1s' } }));
    const { runtime, run, platform } = await launch({ actors: [worker], sagas: [flow] });
    await run(runtime.publish(Begun, { id: '1' }));
    await run(runtime.pause(worker));
    await run(runtime.deadLetters.retry(runtime.deadLetters.list()[0]?.id ?? 0));
    await platform.advance(1_000);
    answers.push(false, true);

    await run(runtime.resume(worker));

    expect(answers).toEqual([]);
    expect(runtime.sagas.get(flow, '1')).toMatchObject({ state: 'over', status: 'done', steps: [{ status: 'done' }] });
  });

  it('completes a compensation that was given up', async () => {
    const { worker, log, broken } = makeBroken('undo');
    const compensate = { send: Undo, data: (_: object, done: object) => done, retry: { attempts: 1 } };
    const flow = sagaOf(working('it', { compensate }));
    const launched = await launch({ actors: [worker], sagas: [flow] });
    const { runtime, run } = launched;
    await begin(launched);
    await run(runtime.sagas.cancel(flow, '1', { compensate: true }));
    expect(runtime.sagas.get(flow, '1')?.status).toBe('compensation-failed');
    broken.on = false;

    await run(runtime.deadLetters.retry(runtime.deadLetters.list()[0]?.id ?? 0));

    expect(log).toEqual(['do it', 'undo it']);
    expect(runtime.sagas.get(flow, '1')).toMatchObject({ status: 'compensated', undone: ['work'] });
  });
});

describe('a child saga', () => {
  it('answers its parent under a new name', async () => {
    const { worker, answer } = makeWorker();
    const old = childOf('child', working('slow'));
    const first = await launch({ actors: [worker], sagas: [old, sagaOf(around(old))] });
    await begin(first);
    const child = childOf('kid', working('slow'), { renamedFrom: 'child' });
    const parent = sagaOf(around(child));

    const second = await crash(first, { actors: [worker], sagas: [child, parent] });
    await answer(second, '1', 'slow');
    expect(second.runtime.sagas.get(parent, '1')?.state).toBe('rested');
    await poke(second);

    expect(second.runtime.sagas.list(child)).toMatchObject([{ status: 'compensated' }]);
    expect(second.runtime.sagas.get(parent, '1')?.status).toBe('compensated');
  });

  it('has a short key where its parent has a long one', async () => {
    const { worker } = makeWorker();
    const child = childOf('child', working('it'));
    const parent = sagaOf(around(child));
    const launched = await launch({ actors: [worker], sagas: [child, parent] });
    const id = 'k'.repeat(256);

    await begin(launched, id);

    expect(launched.runtime.sagas.get(parent, id)?.state).toBe('rested');
    expect(launched.runtime.sagas.list(child)).toHaveLength(1);
  });

  it('is not driven again when its parent has been told of its end', async () => {
    const { worker } = makeWorker();
    const states = { first: { invoke: doing('bad', { onDone: 'over', onError: 'over' }) }, over };
    const child = childOf(
      'child',
      machineOf({ ...ownContext, initial: 'first', states }, { actors: { work: work() } }),
    );
    const launched = await launch({ actors: [worker], sagas: [child, sagaOf(around(child))] });
    const { runtime, run } = launched;
    await begin(launched);
    const [{ key } = { key: '' }] = runtime.sagas.list(child);

    await expect(run(runtime.sagas.redriveFrom(child, key, 'work'))).rejects.toMatchObject({
      code: 'invalid-options',
      message: expect.stringContaining("'flow/1/1' has been told"),
    });
  });
});
