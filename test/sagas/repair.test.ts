// Repairing an instance that a message holds: with other code, without the message, or with another context.
import { assign } from 'xstate';
import { describe, expect, it } from 'vitest';
import { launch, type Launched } from '../support/kernel-kit.ts';
import { crash } from '../support/restart.ts';
import { Begun, doing, machineOf, makeWorker, Nudged, ownContext, Poked, sagaOf, work } from './trap-kit.ts';

const over = { type: 'final' };

interface Context {
  readonly id: string;
  readonly price?: number;
  readonly pokes?: number;
}

/** A poke needs a price; a nudge does a piece of work that is refused. */
function setup() {
  const { worker, log } = makeWorker();
  const count = assign(({ context }: { context: Context }) => {
    if (context.price === undefined) throw new Error('no price');
    return { pokes: (context.pokes ?? 0) + 1 };
  });
  const on = { 'job.poked': { actions: count }, 'job.nudged': 'working' };
  const working = {
    invoke: doing('bad', { onDone: 'over', onError: 'failed' }),
    on: { 'job.poked': { actions: count } },
  };
  const states = { open: { on }, working, failed: { on: { 'job.nudged': 'over' } }, over };
  const machine = machineOf({ ...ownContext, initial: 'open', states }, { actors: { work: work() } });
  const invariant = ({ price = 0 }: Context): boolean | string => price >= 0 || 'the price is negative';
  const flow = sagaOf(machine, { invariant });
  return { app: { actors: [worker], sagas: [flow] }, flow, log };
}

async function held(app: Parameters<typeof launch>[0]): Promise<Launched> {
  const launched = await launch(app);
  const { runtime, run, platform } = launched;
  await run(runtime.publish(Begun, { id: '1' }));
  await run(runtime.publish(Poked, { id: '1' }));
  await platform.finish();
  await run(runtime.publish(Poked, { id: '1' }));
  return launched;
}

const priced = (context: unknown): Context => ({ ...(context as Context), price: 5 });

describe('an instance that a message holds', () => {
  it('takes that message and those behind it after edit() and retry(), over a crash', async () => {
    const { app, flow } = setup();
    const first = await held(app);
    expect(first.runtime.sagas.get(flow, '1')).toMatchObject({ status: 'held', context: { id: '1' } });

    await first.run(first.runtime.sagas.edit(flow, '1', priced));
    const { runtime, run } = await crash(first, app);
    expect(runtime.sagas.get(flow, '1')).toMatchObject({ status: 'held', context: { price: 5 } });
    await run(runtime.sagas.retry(flow, '1'));

    expect(runtime.sagas.get(flow, '1')).toMatchObject({ status: 'running', context: { pokes: 2 } });
    expect(runtime.deadLetters.list()).toEqual([]);
  });

  it('goes on without it after skip(), and is held by the next where nothing has changed', async () => {
    const { app, flow } = setup();
    const { runtime, run, platform } = await held(app);

    await run(runtime.sagas.skip(flow, '1'));
    await platform.finish();

    expect(runtime.sagas.get(flow, '1')).toMatchObject({ status: 'held', context: { id: '1' } });
    await run(runtime.sagas.skip(flow, '1'));
    expect(runtime.sagas.get(flow, '1')?.status).toBe('running');
  });
});

describe('edit()', () => {
  it('changes nothing where the invariant would not hold or the context is not JSON', async () => {
    const { app, flow } = setup();
    const { runtime, run } = await held(app);
    const edit = (context: object): Promise<void> => run(runtime.sagas.edit(flow, '1', () => context));

    await expect(edit({ id: '1', price: -1 })).rejects.toMatchObject({ code: 'handler-failed' });
    await expect(edit({ id: '1', due: new Date(0) })).rejects.toMatchObject({ code: 'not-json' });
    await expect(run(runtime.sagas.edit(flow, 'nobody', priced))).rejects.toMatchObject({ code: 'not-found' });

    expect(runtime.sagas.get(flow, '1')?.context).toEqual({ id: '1', what: '' });
  });

  it('is kept when the step that failed is driven again', async () => {
    const { app, flow, log } = setup();
    const launched = await launch(app);
    const { runtime, run } = launched;
    await run(runtime.publish(Begun, { id: '1' }));
    await run(runtime.publish(Nudged, { id: '1' }));
    expect(runtime.sagas.get(flow, '1')?.state).toBe('failed');

    await run(runtime.sagas.edit(flow, '1', priced));
    await run(runtime.sagas.redriveFrom(flow, '1', 'work'));

    expect(log).toEqual(['do bad', 'do bad']);
    expect(runtime.sagas.get(flow, '1')).toMatchObject({ state: 'failed', context: { price: 5 } });
  });
});
