import { describe, expect, it } from 'vitest';
import Database from 'better-sqlite3';
import { defineActor, defineApp, type TaskContext } from '../../../src/index.ts';
import { commandOf, eventOf, launch } from '../../support/kernel-kit.ts';
import { crash } from '../../support/restart.ts';

const Work = commandOf('task.work');
const Note = commandOf('task.note');
const Asked = commandOf('task.asked');
const Finished = eventOf('task.finished');

interface Attempt {
  readonly ctx: TaskContext<{ log: string[] }>;
  readonly n: number;
  done(value?: unknown): void;
  fail(error: Error): void;
}

class Hopeless extends Error {}

/** An actor whose task attempts are ended by the test. */
function setup({ concurrency = 64, attempts = 3 }: { concurrency?: number; attempts?: number } = {}) {
  const open: Attempt[] = [];
  const run = (ctx: Attempt['ctx'], { n }: { n: number }): Promise<unknown> =>
    new Promise((resolve, reject) => open.push({ ctx, n, done: resolve, fail: reject }));
  const worker = defineActor('worker', { state: () => ({ log: [] as string[] }), publishes: [Finished] })
    .task(Work, {
      timeout: '30s',
      concurrency,
      retry: { attempts, delay: '10s', factor: 1, unless: [Hopeless] },
      run,
      done: (ctx, result, { key, n }) => {
        ctx.state.log.push(`done ${n}`);
        ctx.publish(Finished, { key, n });
        return result as number;
      },
    })
    .on(Note, (ctx, { n }) => (n < 0 ? (ctx.stop(), -1) : ctx.state.log.push(`note ${n}`)));
  return { open, worker, app: defineApp({ actors: [worker] }) };
}

/** The n-th attempt that has started. */
function at(open: readonly Attempt[], index: number): Attempt {
  const attempt = open.at(index);
  if (!attempt) throw new Error(`no attempt ${index} of ${open.length}`);
  return attempt;
}

describe('the end of a task', () => {
  it('K18 is handled by a turn of its address, in one commit with what that turn wants', async () => {
    const { app, open, worker } = setup();
    const { runtime, run, settled } = await launch(app);
    const finished: number[] = [];
    runtime.tap(Finished, ({ data }) => finished.push(data.n));
    const reply = runtime.ask(Work, { key: 'a', n: 7 });
    await settled();
    expect(runtime.state(worker, 'a')).toEqual({ log: [] });

    at(open, 0).done(49);

    expect(await run(reply)).toBe(49);
    expect(runtime.state(worker, 'a')).toEqual({ log: ['done 7'] });
    expect(finished).toEqual([7]);
    expect(runtime.info()).toMatchObject({ tasks: 0, runningTasks: 0 });
  });

  it('K18 is the reply where there is no done', async () => {
    const plain = defineActor('plain').task(Work, async (ctx, { n }) => n + ctx.attempt);
    const { runtime, run } = await launch({ actors: [plain] });

    expect(await run(runtime.ask(Work, { n: 4 }))).toBe(5);
  });

  it('K18 goes to failed when the attempts are exhausted, and its return value is the reply', async () => {
    const failures: unknown[] = [];
    const brave = defineActor('brave', { state: () => ({ failed: 0 }) }).task(Work, {
      retry: { attempts: 2, delay: '1s' },
      run: async (): Promise<number> => {
        throw new Hopeless('no');
      },
      done: () => 0,
      failed: (ctx, failure, { n }) => {
        failures.push(failure);
        ctx.state.failed += 1;
        return -n;
      },
    });
    const { runtime, platform } = await launch({ actors: [brave] });
    const reply = runtime.ask(Work, { key: 'a', n: 3 });
    await platform.advance(2_000);

    expect(await reply).toBe(-3);
    expect(failures).toEqual([{ name: 'Error', message: 'no', attempts: 2, timedOut: false }]);
    expect(runtime.state(brave, 'a')).toEqual({ failed: 1 });
    expect(runtime.deadLetters.list()).toEqual([]);
  });

  it('K18 without failed is a dead letter, and the asker gets the error', async () => {
    const { app, open } = setup({ attempts: 1 });
    const { runtime, run, settled } = await launch(app);
    const reply = runtime.ask(Work, { key: 'a' });
    await settled();

    at(open, 0).fail(new Error('broken'));

    await expect(run(reply)).rejects.toMatchObject({ code: 'handler-failed' });
    expect(runtime.deadLetters.list()).toMatchObject([{ reason: 'attempts-exhausted', attempts: 1, type: Work.type }]);
  });

  it('K18 fails cleanly when the result is not JSON or does not fit the reply', async () => {
    const odd = defineActor('odd', { retry: { attempts: 3, delay: 0 } })
      .task(Work, async () => new Map() as unknown as number)
      .task(Asked, async () => ({ not: 'a reply' }) as unknown as number);
    const { runtime, run } = await launch({ actors: [odd] });

    await expect(run(runtime.ask(Work, {}))).rejects.toMatchObject({ code: 'handler-failed' });
    await expect(run(runtime.ask(Asked, {}))).rejects.toMatchObject({ code: 'handler-failed' });
    expect(runtime.deadLetters.list()).toMatchObject([
      { attempts: 1 },
      { attempts: 1, failures: [{ code: 'not-json' }] },
    ]);
    expect(runtime.info().tasks).toBe(0);
  });

  it('K19 is not tried again after an error that is final', async () => {
    const { app, open } = setup();
    const { runtime, run, settled } = await launch(app);
    const reply = runtime.ask(Work, { key: 'a' });
    await settled();

    at(open, 0).fail(new Hopeless('never'));

    await expect(run(reply)).rejects.toMatchObject({ code: 'handler-failed' });
    expect(open).toHaveLength(1);
  });
});

describe('the lane of an address', () => {
  it('K19 runs one task at a time, first in first out, while its turns go on', async () => {
    const { app, open, worker } = setup();
    const { runtime, run, settled } = await launch(app);
    await run(Promise.all([1, 2].map(n => runtime.send(Work, { key: 'a', n }))));
    await run(runtime.send(Work, { key: 'b', n: 3 }));
    expect(await run(runtime.ask(Note, { key: 'a', n: 5 }))).toBe(1);
    expect(open.map(({ n }) => n)).toEqual([1, 3]);

    at(open, 0).done(0);
    await settled();

    expect(open.map(({ n }) => n)).toEqual([1, 3, 2]);
    expect(runtime.state(worker, 'a')).toEqual({ log: ['note 5', 'done 1'] });
  });

  it('K19 keeps its order while the head is retried', async () => {
    const { app, open } = setup();
    const { runtime, run, settled, platform } = await launch(app);
    await run(Promise.all([1, 2].map(n => runtime.send(Work, { key: 'a', n }))));
    at(open, 0).fail(new Error('once'));
    await settled();
    expect(open).toHaveLength(1);

    await platform.advance(10_000);

    expect(open.map(({ n, ctx }) => [n, ctx.attempt])).toEqual([
      [1, 1],
      [1, 2],
    ]);
    expect(at(open, 1).ctx.idempotencyKey).toBe(at(open, 0).ctx.idempotencyKey);
  });

  it('K19 runs 64 tasks of a handler at once by default', async () => {
    const { app, open } = setup();
    const { runtime, run, settled } = await launch(app);
    await run(Promise.all(Array.from({ length: 70 }, (_, n) => runtime.send(Work, { key: `k${n}`, n }))));
    expect(open).toHaveLength(64);

    at(open, 0).done(0);
    at(open, 1).done(0);
    await settled();

    expect(open).toHaveLength(66);
    expect(runtime.info()).toMatchObject({ tasks: 68, runningTasks: 64 });
  });
});

describe('attempts', () => {
  it('K19 are counted over crashes only where they failed', async () => {
    const { app, open } = setup();
    const first = await launch(app);
    await first.run(first.runtime.send(Work, { key: 'a', n: 1 }));
    at(open, 0).fail(new Error('first'));
    await first.platform.advance(10_000);
    expect(at(open, -1).ctx.attempt).toBe(2);

    const second = await crash(first, app);
    await second.settled();

    expect(open).toHaveLength(3);
    expect(at(open, -1).ctx.attempt).toBe(2);
    at(open, -1).fail(new Error('second'));
    await second.platform.advance(10_000);
    at(open, -1).fail(new Error('third'));
    await second.settled();
    expect(second.runtime.deadLetters.list()).toMatchObject([
      { attempts: 3, failures: [{ message: 'first' }, { message: 'second' }, { message: 'third' }] },
    ]);
  });

  it('K19 are refunded by stop, which aborts them after the grace time', async () => {
    const { app, open } = setup();
    const database = new Database(':memory:');
    const first = await launch(app, { database });
    await first.run(first.runtime.send(Work, { key: 'a', n: 1 }));
    const stopped = first.runtime.stop({ grace: '5s' });
    await first.platform.advance(5_000);
    await stopped;
    expect(at(open, 0).ctx.signal.aborted).toBe(true);
    expect(() => at(open, 0).ctx.heartbeat()).toThrow(expect.objectContaining({ code: 'ctx-closed' }));

    const second = await launch(app, { database });
    await second.settled();

    expect(open).toHaveLength(2);
    expect(at(open, 1).ctx.attempt).toBe(1);
    expect(at(open, 1).ctx.idempotencyKey).toBe(at(open, 0).ctx.idempotencyKey);
  });

  it('K19 that end within the grace time of stop are kept', async () => {
    const { app, open, worker } = setup();
    const database = new Database(':memory:');
    const first = await launch(app, { database });
    await first.run(first.runtime.send(Work, { key: 'a', n: 1 }));
    const stopped = first.runtime.stop({ grace: '5s' });
    await first.settled();
    at(open, 0).done(1);
    await first.run(stopped);

    const second = await launch(app, { database });
    expect(second.runtime.state(worker, 'a')).toEqual({ log: ['done 1'] });
    expect(open).toHaveLength(1);
  });
});
