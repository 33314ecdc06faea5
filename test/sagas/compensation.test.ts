// Undoing under pressure: cancels that meet an end or another undo, failing branches, and replies that come too late.
import { describe, expect, it } from 'vitest';
import { command, task } from '../../src/index.ts';
import { launch, type Launched } from '../support/kernel-kit.ts';
import { crash } from '../support/restart.ts';
import { Begun, Do, doing, machineOf, makeWorker, Nudged, ownContext, Poked, sagaOf, Undo, work } from './trap-kit.ts';

const over = { type: 'final' };
const undone = { type: 'final', tags: 'compensate' };

function flowOf(states: object, more: object = {}) {
  const { worker, log, answer } = makeWorker();
  const config = { ...ownContext, initial: Object.keys(states)[0], states: { ...states, over, undone }, ...more };
  const flow = sagaOf(
    machineOf(config, { actors: { work: work({ timeout: '60s' }) }, guards: { never: () => false } }),
  );
  return { app: { actors: [worker], sagas: [flow] }, flow, log, answer };
}

const begin = ({ runtime, run }: Launched): Promise<unknown> => run(runtime.publish(Begun, { id: '1' }));
const poke = ({ runtime, run }: Launched): Promise<unknown> => run(runtime.publish(Poked, { id: '1' }));
const undos = (log: readonly string[]): readonly string[] => log.filter(line => line.startsWith('undo'));

/** Does `steps` in their order. */
const steps = (...names: readonly string[]): object =>
  Object.fromEntries(
    names.map((what, index) => [
      what,
      { invoke: doing(what, { onDone: names[index + 1] ?? 'over', onError: 'undone' }) },
    ]),
  );

describe('cancel()', () => {
  it('of an instance that undoes itself changes nothing', async () => {
    const { app, flow, log } = flowOf(steps('first', 'sticky', 'bad'));
    const { runtime, run, platform } = await begun(app);
    expect(log.at(-1)).toBe('try sticky');

    await run(runtime.sagas.cancel(flow, '1'));
    await run(runtime.sagas.cancel(flow, '1', { compensate: true }));
    await platform.finish();

    expect(undos(log)).toEqual(['undo sticky', 'undo first']);
    expect(runtime.sagas.get(flow, '1')?.status).toBe('compensated');
  });

  it('with compensation of one cancelled without it undoes what was done, while it waits for a reply', async () => {
    const { app, flow, log, answer } = flowOf(steps('first', 'slow'));
    const launched = await begun(app);
    const { runtime, run } = launched;
    await run(runtime.sagas.cancel(flow, '1'));
    await run(runtime.sagas.cancel(flow, '1', { compensate: true }));
    expect(undos(log)).toEqual([]);

    await answer(launched, '1', 'slow', false);

    expect(undos(log)).toEqual(['undo first']);
    expect(runtime.sagas.get(flow, '1')?.status).toBe('compensated');
  });

  it('of an instance that has ended does nothing, but undoes a finished one where that is wanted, once', async () => {
    const { app, flow, log } = flowOf(steps('first', 'second'));
    const { runtime, run } = await begun(app);
    await run(runtime.sagas.cancel(flow, '1'));
    expect(runtime.sagas.get(flow, '1')?.status).toBe('done');
    expect(undos(log)).toEqual([]);

    await run(runtime.sagas.cancel(flow, '1', { compensate: true }));
    await run(runtime.sagas.cancel(flow, '1', { compensate: true }));

    expect(undos(log)).toEqual(['undo second', 'undo first']);
    expect(runtime.sagas.get(flow, '1')?.status).toBe('compensated');
  });

  it('leaves no event a way into the machine while a reply is waited for', async () => {
    const slow = { invoke: doing('slow', { onDone: 'over', onError: 'undone' }), on: { 'job.poked': 'third' } };
    const { app, flow, log, answer } = flowOf({ ...steps('first'), slow, ...steps('third') }, { initial: 'slow' });
    const launched = await begun(app);
    const { runtime, run } = launched;
    await run(runtime.sagas.cancel(flow, '1', { compensate: true }));
    await poke(launched);
    expect(runtime.sagas.get(flow, '1')?.state).toBe('slow');

    await answer(launched, '1', 'slow');

    expect(log).toEqual(['do slow', 'undo slow']);
    expect(runtime.sagas.get(flow, '1')?.status).toBe('compensated');
  });

  it('without compensation undoes only what completes after it', async () => {
    const { app, flow, log, answer } = flowOf(steps('first', 'slow'));
    const first = await begun(app);
    await first.run(first.runtime.sagas.cancel(flow, '1'));
    expect(first.runtime.sagas.get(flow, '1')?.status).toBe('running');
    const launched = await crash(first, app);

    await answer(launched, '1', 'slow');

    expect(undos(log)).toEqual(['undo slow']);
    expect(launched.runtime.sagas.get(flow, '1')?.status).toBe('cancelled');
  });
});

describe('branches side by side', () => {
  const branch = (what: string, onError: object | string): object => ({
    initial: 'doing',
    states: { doing: { invoke: doing(what, { onDone: 'over', onError }) }, over },
  });

  for (const [one, two] of [
    ['slow-one', 'slow-two'],
    ['slow-two', 'slow-one'],
  ] as const) {
    it(`that both fail end the saga once and undo the third: ${one} first`, async () => {
      const branches = {
        one: branch('slow-one', '#m.undone'),
        two: branch('slow-two', '#m.undone'),
        three: branch('good', '#m.undone'),
      };
      const { app, flow, log, answer } = flowOf({ all: { type: 'parallel', states: branches, onDone: 'over' } });
      const launched = await begun(app);

      await answer(launched, '1', one, false);
      expect(launched.runtime.sagas.get(flow, '1')?.status).toBe('running');
      await answer(launched, '1', two, false);

      expect(undos(log)).toEqual(['undo good']);
      expect(launched.runtime.sagas.get(flow, '1')?.status).toBe('compensated');
    });
  }

  it('of which one fails and nothing takes it are all given up: what they complete is undone', async () => {
    const untaken = { target: 'over', guard: 'never' };
    const branches = {
      one: branch('slow-one', untaken),
      two: branch('slow-two', untaken),
      three: branch('good', untaken),
    };
    const { app, flow, log, answer } = flowOf({ all: { type: 'parallel', states: branches, onDone: 'over' } });
    const launched = await begun(app);

    await answer(launched, '1', 'slow-one', false);
    await answer(launched, '1', 'slow-two');

    expect(undos(log)).toEqual(['undo good', 'undo slow-two']);
    expect(launched.runtime.sagas.get(flow, '1')).toMatchObject({ status: 'compensated', error: { code: 'refused' } });
  });
});

describe('a reply', () => {
  const waiting = {
    a: { invoke: doing('slow', { onDone: 'b', onError: 'c' }) },
    b: { on: { 'job.poked': 'over' } },
    c: { on: { 'job.poked': 'over' } },
  };

  it('that comes with its timeout is taken when it is first, and undone when it is second', async () => {
    for (const [first, state] of [
      ['reply', 'b'],
      ['timeout', 'c'],
    ] as const) {
      const { app, flow, log, answer } = flowOf(waiting);
      const launched = await begun(app);
      const { runtime, run, platform } = launched;
      await run(runtime.pause(flow, { key: '1' }));
      if (first === 'timeout') await platform.advance(60_000);
      await answer(launched, '1', 'slow');
      if (first === 'reply') await platform.advance(60_000);

      await run(runtime.resume(flow, { key: '1' }));

      expect(runtime.sagas.get(flow, '1')?.state).toBe(state);
      expect(undos(log)).toEqual(first === 'reply' ? [] : ['undo slow']);
    }
  });

  it('that fails after its state was left ends nothing but the wait for it', async () => {
    const { app, flow, log, answer } = flowOf({
      a: { invoke: doing('slow', { onDone: 'over', onError: 'undone' }), on: { 'job.poked': 'over' } },
    });
    const launched = await begun(app);
    await poke(launched);
    expect(launched.runtime.sagas.get(flow, '1')?.status).toBe('running');

    await answer(launched, '1', 'slow', false);

    expect(log).toEqual(['do slow']);
    expect(launched.runtime.sagas.get(flow, '1')).toMatchObject({ status: 'done', state: 'over' });
  });
});

describe('more than a hundred steps', () => {
  it('are all undone, and an undo that failed is not forgotten', async () => {
    const { app, flow, log } = flowOf({
      working: { invoke: doing('good', { onDone: 'next', onError: 'undone' }) },
      next: { on: { 'job.poked': 'working', 'job.nudged': 'stuck' } },
      stuck: { invoke: doing('wedged', { onDone: 'undone', onError: 'undone' }) },
    });
    const launched = await begun(app);
    const { runtime, run, platform } = launched;
    for (let i = 1; i < 120; i++) await poke(launched);
    await run(runtime.publish(Nudged, { id: '1' }));

    await platform.finish();

    expect(undos(log)).toHaveLength(120);
    expect(runtime.sagas.get(flow, '1')?.status).toBe('compensation-failed');
  });
});

describe('compensate: false', () => {
  it('undoes nothing for the step', async () => {
    const { worker, log } = makeWorker();
    const config = { ...ownContext, initial: 'first', states: { ...steps('first', 'bad'), over, undone } };
    const flow = sagaOf(machineOf(config, { actors: { work: work({ compensate: false }) } }));
    const { runtime } = await begun({ actors: [worker], sagas: [flow] });

    expect(log).toEqual(['do first', 'do bad']);
    expect(runtime.sagas.get(flow, '1')).toMatchObject({ status: 'compensated', undone: [] });
  });

  it.each([true, null, {}, { send: Undo }, { data: () => {} }])('is not %j', compensate => {
    expect(() => command(Do, { compensate } as never)).toThrow(/work\.do\) has a compensate without .* or false/u);
    expect(() => task(() => 1, { compensate } as never)).toThrow(expect.objectContaining({ code: 'saga-refused' }));
  });
});

async function begun(app: Parameters<typeof launch>[0]): Promise<Launched> {
  const launched = await launch(app);
  await begin(launched);
  return launched;
}
