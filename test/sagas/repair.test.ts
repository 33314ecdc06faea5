// Repairing an instance that does not move or has failed: retry, skip, edit, cancel and redriveFrom.
import { assign, setup } from 'xstate';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  command,
  defineActor,
  defineCommand,
  defineEvent,
  defineSaga,
  type MessageOf,
  type Saga,
} from '../../src/index.ts';
import { launch } from '../support/kernel-kit.ts';
import { crash } from '../support/restart.ts';

const about = { data: z.object({ id: z.string(), n: z.int().default(0) }), key: (d: { id: string }): string => d.id };
const Opened = defineEvent('sum.opened', about);
const Added = defineEvent('sum.added', about);
const Book = defineCommand('book.entry', { ...about, reply: z.object({ page: z.int() }) });
const Unbook = defineCommand('book.remove', about);

const sums = (add: (sum: number, n: number) => number) => {
  const machine = setup({
    types: {} as {
      input: { readonly id: string };
      context: { readonly id: string; readonly sum: number };
      events: MessageOf<typeof Added>;
    },
  }).createMachine({
    id: 'sums',
    context: ({ input }) => ({ id: input.id, sum: 0 }),
    on: { 'sum.added': { actions: assign({ sum: ({ context, event }) => add(context.sum, event.data.n) }) } },
  });
  return defineSaga('sums', { machine, invariant: ({ sum }) => sum <= 100 || `${sum} is too much` })
    .startsOn(Opened, ({ id }) => ({ id }))
    .on(Added);
};

/** A machine that rests in a state of that name. */
const machineIn = (state: string) =>
  setup({}).createMachine({ initial: state, states: { [state]: { on: { end: 'over' } }, over: { type: 'final' } } });

const fail = (): never => {
  throw new Error('cannot add');
};

/** A runtime whose instance is held by the second of three additions; `broken` says whether adding still throws. */
async function held() {
  const broken = { on: true };
  const saga = sums((sum, n) => {
    if (broken.on && n === 2) throw new Error('cannot add 2');
    return sum + n;
  });
  const launched = await launch({ sagas: [saga] });
  const { runtime, run, platform } = launched;
  await run(runtime.publish(Opened, { id: '1' }));
  for (const n of [1, 2, 3]) await run(runtime.publish(Added, { id: '1', n }));
  await platform.finish();
  expect(runtime.sagas.get(saga, '1')).toMatchObject({ status: 'held', context: { sum: 1 } });
  return { ...launched, saga, broken };
}

describe('a held instance', () => {
  it('says which error holds it', async () => {
    const { runtime, saga } = await held();

    expect(runtime.why(saga, '1').text).toContain('cannot add 2');
    expect(runtime.deadLetters.list()).toMatchObject([{ type: 'sum.added', attempts: 5, data: { n: 2 } }]);
  });

  it('goes on with the message that held it after retry()', async () => {
    const { runtime, run, saga, broken } = await held();
    broken.on = false;

    await run(runtime.sagas.retry(saga, '1'));

    expect(runtime.sagas.get(saga, '1')).toMatchObject({ status: 'running', context: { sum: 6 } });
    expect(runtime.deadLetters.list()).toEqual([]);
  });

  it('goes on without it after skip()', async () => {
    const { runtime, run, saga } = await held();

    await run(runtime.sagas.skip(saga, '1'));

    expect(runtime.sagas.get(saga, '1')).toMatchObject({ status: 'running', context: { sum: 4 } });
  });

  it('keeps what edit() makes of its context, over a crash, and stays held until it is released', async () => {
    const first = await held();
    await first.run(first.runtime.sagas.edit(first.saga, '1', context => ({ ...context, sum: 50 })));
    const { runtime, run } = await crash(first, { sagas: [first.saga] });
    expect(runtime.sagas.get(first.saga, '1')).toMatchObject({ status: 'held', context: { sum: 50 } });

    await run(runtime.sagas.skip(first.saga, '1'));

    expect(runtime.sagas.get(first.saga, '1')?.context.sum).toBe(53);
  });

  it('is not edited into a context that its invariant or JSON refuses', async () => {
    const { runtime, run, saga } = await held();

    await expect(run(runtime.sagas.edit(saga, '1', context => ({ ...context, sum: 101 })))).rejects.toMatchObject({
      code: 'handler-failed',
      message: expect.stringContaining('101 is too much'),
    });
    await expect(
      run(runtime.sagas.edit(saga, '1', context => ({ ...context, at: new Date() }) as never)),
    ).rejects.toMatchObject({ code: 'not-json' });
    await expect(run(runtime.sagas.edit(saga, 'nobody', context => context))).rejects.toMatchObject({
      code: 'not-found',
    });
    expect(runtime.sagas.get(saga, '1')?.context.sum).toBe(1);
  });

  it('is cancelled once it is released', async () => {
    const { runtime, run, saga } = await held();

    await run(runtime.sagas.cancel(saga, '1'));
    await run(runtime.sagas.skip(saga, '1'));

    expect(runtime.sagas.get(saga, '1')).toMatchObject({ status: 'cancelled', isOver: true });
  });

  it('is not edited before the code can load it: the edit would pass for a migration', async () => {
    const [old, next] = [machineIn('quiet'), machineIn('calm')].map((machine, at) =>
      defineSaga('sums', { machine, version: at + 1 }).startsOn(Opened, () => ({})),
    );
    const first = await launch({ sagas: [old as Saga] });
    await first.run(first.runtime.publish(Opened, { id: '1' }));
    const { runtime, run, store } = await crash(first, { sagas: [next as Saga] });

    await expect(run(runtime.sagas.edit(next as Saga, '1', () => ({})))).rejects.toMatchObject({ code: 'saga-held' });

    expect(store.states.get('sums/1')?.version).toBe(1);
  });

  it('stays held when an older dead letter of it is discarded or tried again', async () => {
    const machine = setup({ types: {} as { context: object; events: MessageOf<typeof Added> } }).createMachine({
      context: {},
      initial: 'quiet',
      states: { quiet: { after: { 1000: 'loud' } }, loud: { on: { 'sum.added': { actions: assign(fail) } } } },
    });
    const saga = defineSaga('sums', { machine, unhandled: 'deadLetter' })
      .startsOn(Opened, () => ({}))
      .on(Added);
    const { runtime, run, platform } = await launch({ sagas: [saga] });
    await run(runtime.publish(Opened, { id: '1' }));
    for (const n of [1, 2]) await run(runtime.publish(Added, { id: '1', n }));
    await platform.advance(1000);
    await run(runtime.publish(Added, { id: '1', n: 3 }));
    await platform.finish();
    const [holding = { id: 0 }, second = { id: 0 }, first = { id: 0 }] = runtime.deadLetters.list();

    await run(runtime.deadLetters.discard(first.id));
    await run(runtime.deadLetters.retry(second.id));

    expect(runtime.deadLetters.list()).toMatchObject([{ id: holding.id, data: { n: 3 } }]);
    expect(runtime.sagas.get(saga, '1')?.status).toBe('held');
    await run(runtime.deadLetters.discard(holding.id));
    await platform.finish();
    expect(runtime.deadLetters.list()).toMatchObject([{ data: { n: 2 } }]);
  });

  it('is the only one that retry() and skip() take', async () => {
    const { runtime, run, saga } = await held();
    await run(runtime.publish(Opened, { id: '2' }));

    await expect(run(runtime.sagas.retry(saga, '2'))).rejects.toMatchObject({ code: 'not-found' });
    await expect(run(runtime.sagas.skip(saga, '2'))).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('redriveFrom()', () => {
  /** Books twice; `failing` says which of `first` and `second` throws; the machine waits an hour at most. */
  function books(failing: Set<number>) {
    const machine = setup({
      types: {} as {
        input: { readonly id: string };
        context: { readonly id: string; readonly pages: readonly number[] };
      },
      actors: {
        first: command(Book, { timeout: '1m', compensate: { send: Unbook, data: (_, entry) => entry } }),
        second: command(Book, { timeout: '1m' }),
      },
      delays: { hour: 3_600_000 },
    }).createMachine({
      id: 'books',
      context: ({ input }) => ({ id: input.id, pages: [] }),
      initial: 'first',
      after: { hour: '.late' },
      states: {
        first: {
          invoke: {
            id: 'first',
            src: 'first',
            input: ({ context }) => ({ id: context.id, n: 1 }),
            onDone: {
              target: 'second',
              actions: assign({ pages: ({ context, event }) => [...context.pages, event.output.page] }),
            },
            onError: 'failed',
          },
        },
        second: {
          invoke: {
            id: 'second',
            src: 'second',
            input: ({ context }) => ({ id: context.id, n: 2 }),
            onDone: {
              target: 'done',
              actions: assign({ pages: ({ context, event }) => [...context.pages, event.output.page] }),
            },
            onError: 'failed',
          },
        },
        done: { type: 'final' },
        failed: { type: 'final' },
        late: { type: 'final' },
      },
    });
    const seen: string[] = [];
    const book = defineActor('book', { retry: { attempts: 1 } })
      .on(Book, (ctx, { n }) => {
        seen.push(ctx.message.id);
        if (failing.has(n)) throw new Error('no ink');
        return { page: n };
      })
      .on(Unbook, () => {});
    const saga = defineSaga('books', { machine }).startsOn(Opened, ({ id }) => ({ id }));
    return { saga, app: { actors: [book], sagas: [saga] }, seen };
  }

  it('starts the failed step again with the machine and its timers as they stood, under a new id', async () => {
    const failing = new Set([2]);
    const { saga, app, seen } = books(failing);
    const { runtime, run, store, platform } = await launch(app);
    await run(runtime.publish(Opened, { id: '1' }));
    expect(runtime.sagas.get(saga, '1')).toMatchObject({ status: 'done', state: 'failed' });
    await platform.advance(60_000);
    failing.clear();
    failing.add(3);

    await run(runtime.sagas.redriveFrom(saga, '1', 'second'));

    expect(runtime.sagas.get(saga, '1')).toMatchObject({ status: 'done', state: 'done', context: { pages: [1, 2] } });
    expect(new Set(seen).size).toBe(3);
    expect(store.timers.of('books', '1')).toEqual([]);
  });

  it('is refused where the step did not fail last, or what it built on was undone', async () => {
    const failing = new Set([2]);
    const { saga, app } = books(failing);
    const { runtime, run } = await launch(app);
    await run(runtime.publish(Opened, { id: '1' }));

    await expect(run(runtime.sagas.redriveFrom(saga, '1', 'first'))).rejects.toMatchObject({ code: 'invalid-options' });
    await expect(run(runtime.sagas.redriveFrom(saga, 'nobody', 'first'))).rejects.toMatchObject({ code: 'not-found' });
    await run(runtime.sagas.cancel(saga, '1', { compensate: true }));
    expect(runtime.sagas.get(saga, '1')).toMatchObject({ status: 'compensated', undone: ['first'] });
    await expect(run(runtime.sagas.redriveFrom(saga, '1', 'second'))).rejects.toMatchObject({
      code: 'invalid-options',
    });
  });
});
