// What an operator does to one instance: replacing its state, and letting a held one go on.
import type { Behavior } from '../../src/runtime/turn/behavior.ts';
import { describe, expect, it } from 'vitest';
import { defineActor } from '../../src/index.ts';
import type { Change } from '../../src/runtime/edits.ts';
import { behaviorOf, programOf, startOf, taskOf, type BehaviorOptions } from '../support/behavior-kit.ts';
import { eventOf, launch, tables, type Launched } from '../support/kernel-kit.ts';
import { crash } from '../support/restart.ts';

const Add = eventOf('edits.add');
const where = { name: 'book' } as const;

/** Adds `n` to a list; a negative number fails until the list says otherwise. */
function bookOf(options: Partial<BehaviorOptions> = {}) {
  return programOf(
    behaviorOf('book', {
      on: [Add],
      tasks: [taskOf('work', () => Promise.reject(new Error('no luck')), { catches: false })],
      turn: ({ kind, data, state, status }, decision) => {
        const { n, text } = data as { readonly n: number; readonly text: string };
        const list = (state as readonly number[] | null) ?? [];
        if (n < 0 && !list.includes(0)) throw new Error('not without a zero');
        if (text === 'start') decision.starts = [startOf('work', 1, { lane: 'l' })];
        if (kind !== 'event') return;
        Object.assign(decision, { state: [...list, n], changed: true, status: status ?? 'running' });
      },
      ...options,
    }),
  );
}

const add = ({ runtime, run }: Launched, n: number, text = ''): Promise<unknown> =>
  run(runtime.publish(Add, { key: 'a', n, text }));
const listOf = ({ runtime }: Launched): unknown => runtime.state(where as never, 'a');
const replace = ({ runtime, run }: Launched, change: Change, key = 'a'): Promise<void> =>
  run(runtime['replaceState']('book', key, change));
const release = ({ runtime, run }: Launched, how: 'retry' | 'discard', key = 'a'): Promise<void> =>
  run(runtime['releaseHeld']('book', key, how));
const rowOf = ({ store }: Launched): unknown => store.states.get('book/a');

/** An instance with `[1]` that is held by -1, with 2 waiting behind it. */
async function held(): Promise<Launched> {
  const launched = await launch(bookOf());
  await add(launched, 1);
  await add(launched, -1);
  await launched.platform.advance(600_000);
  await add(launched, 2);
  expect(launched.runtime.why(where, 'a').status).toBe('blocked');
  return launched;
}

describe('replacing a state', () => {
  it('is what the next turn finds, and what is stored', async () => {
    const launched = await launch(bookOf());
    await add(launched, 1);

    await replace(launched, state => ({ state: [...(state as number[]), 7], status: 'paused' }));
    await add(launched, 2);

    expect(listOf(launched)).toEqual([1, 7, 2]);
    expect(rowOf(launched)).toMatchObject({ status: 'paused', data: '[1,7,2]' });
  });

  it('reaches an instance that is not in memory, after a restart', async () => {
    const old = await launch(bookOf());
    await add(old, 1);
    const launched = await crash(old, bookOf());

    await replace(launched, (state, status) => ({ state: [state, status], status }));

    expect(rowOf(launched)).toMatchObject({ status: 'running', data: '[[1],"running"]' });
  });

  it('reaches one that a message of the same drain has made', async () => {
    const launched = await launch(bookOf());

    const added = launched.runtime.publish(Add, { key: 'a', n: 1 });
    await replace(launched, state => ({ state: [state], status: 'running' }));
    await added;

    expect(listOf(launched)).toEqual([[1]]);
  });

  it('leaves a held instance held', async () => {
    const launched = await held();

    await replace(launched, () => ({ state: [0], status: 'running' }));

    expect(launched.runtime.why(where, 'a').status).toBe('blocked');
    expect(listOf(launched)).toEqual([0]);
  });

  it('gets the state as it is stored where the code of today cannot load it', async () => {
    const old = await launch(bookOf());
    await add(old, 1);
    const restore: Behavior['restore'] = (state, from) => {
      if (from === 2) return state;
      throw new Error('no way from 1 to 2');
    };
    const launched = await crash(old, bookOf({ version: 2, restore }));
    await add(launched, 2);
    expect(launched.runtime.why(where, 'a').reasons).toMatchObject([{ reason: 'unloadable' }, { kind: 'ready' }]);

    await replace(launched, (state, status) => ({ state: [...(state as number[]), 8], status }));
    await release(launched, 'retry');

    expect(listOf(launched)).toEqual([1, 8, 2]);
    expect(rowOf(launched)).toMatchObject({ version: 2 });
  });

  it('K3 is undone where the drain fails', async () => {
    const launched = await launch(bookOf());
    await add(launched, 1);
    const { store } = launched;
    const commit = store.commit.bind(store);
    store.commit = () => {
      throw Object.assign(new Error('constraint'), { code: 'SQLITE_CONSTRAINT' });
    };

    const replaced = expect(replace(launched, () => ({ state: [9], status: 'running' }))).rejects.toMatchObject({
      code: 'aborted',
    });
    await launched.settled();
    store.commit = commit;

    await replaced;
    expect(listOf(launched)).toEqual([1]);
    await add(launched, 2);
    expect(listOf(launched)).toEqual([1, 2]);
  });

  it.each([
    ['throws', () => JSON.parse('{'), { name: 'SyntaxError' }],
    ['is not JSON', () => ({ state: [new Map()], status: null }), { code: 'not-json' }],
    ['is too large', () => ({ state: 'ü'.repeat(600_000), status: null }), { code: 'too-large' }],
  ] satisfies [string, Change, object][])('changes nothing where the change %s', async (_, change, error) => {
    const launched = await launch(bookOf());
    await add(launched, 1);
    const before = tables(launched.store);

    await expect(replace(launched, change)).rejects.toMatchObject(error);

    expect(tables(launched.store)).toEqual(before);
    await add(launched, 2);
    expect(listOf(launched)).toEqual([1, 2]);
  });

  it('refuses a change that uses the runtime', async () => {
    const launched = await launch(bookOf());
    await add(launched, 1);
    const { runtime } = launched;

    const change: Change = () => runtime.transaction(() => ({ state: [], status: null }));

    await expect(replace(launched, change)).rejects.toMatchObject({ code: 'inside-turn' });
  });

  it('refuses what does not exist', async () => {
    const launched = await launch(bookOf());
    const change: Change = () => ({ state: [], status: null });

    await expect(replace(launched, change)).rejects.toMatchObject({ code: 'not-found' });
    const nobody = launched.run(launched.runtime['replaceState']('nobody', 'a', change));
    await expect(nobody).rejects.toMatchObject({ code: 'unknown-definition' });
    expect(tables(launched.store)['states']).toEqual([]);
  });
});

describe('releasing a held instance', () => {
  it('tries the message that holds it again, before what waits', async () => {
    const launched = await held();
    await replace(launched, state => ({ state: [...(state as number[]), 0], status: 'running' }));

    await release(launched, 'retry');

    expect(listOf(launched)).toEqual([1, 0, -1, 2]);
    expect(launched.runtime.deadLetters.list()).toEqual([]);
    expect(launched.runtime.info().deadLetters).toBe(0);
  });

  it('goes on without it', async () => {
    const launched = await held();

    await release(launched, 'discard');

    expect(listOf(launched)).toEqual([1, 2]);
    expect(launched.runtime.deadLetters.list()).toEqual([]);
  });

  it('leaves its other dead letters alone', async () => {
    const launched = await launch(bookOf());
    await add(launched, 1, 'start');
    await launched.platform.advance(600_000);
    await add(launched, -1);
    await launched.platform.advance(600_000);
    const [holding, task] = launched.runtime.deadLetters.list();
    expect([holding?.handler, task?.handler]).toEqual([Add.type, 'work']);

    await release(launched, 'discard');

    expect(launched.runtime.deadLetters.list()).toEqual([task]);
    expect(launched.runtime.why(where, 'a').status).toBe('idle');
  });

  it('is not done by a dead letter of one of its tasks', async () => {
    const launched = await launch(bookOf());
    await add(launched, 1, 'start');
    await launched.platform.advance(600_000);
    await add(launched, -1);
    await launched.platform.advance(600_000);
    const task = launched.runtime.deadLetters.list()[1]!;

    await launched.run(launched.runtime.deadLetters.discard(task.id));

    expect(launched.runtime.why(where, 'a').status).toBe('blocked');
  });

  it('discards nothing where no message holds it, and takes a pause back', async () => {
    const launched = await launch(bookOf());
    await add(launched, 1);
    await launched.run(launched.runtime.pause(where, { key: 'a' }));
    await add(launched, 2);

    await expect(release(launched, 'discard')).rejects.toMatchObject({ code: 'not-found' });
    await release(launched, 'retry');

    expect(listOf(launched)).toEqual([1, 2]);
  });

  it('refuses what is not held', async () => {
    const launched = await launch({ actors: [defineActor('book').on(Add, () => {})] });

    await expect(release(launched, 'retry')).rejects.toMatchObject({ code: 'not-found' });
  });
});
