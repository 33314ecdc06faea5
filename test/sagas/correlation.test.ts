// Which instance an event concerns, and what happens to one that comes too early, too late or out of turn.
import { assign, setup } from 'xstate';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  defineApp,
  defineCommand,
  defineEvent,
  defineSaga,
  type MessageOf,
  type SagaOptions,
} from '../../src/index.ts';
import { launch } from '../support/kernel-kit.ts';
import { crash } from '../support/restart.ts';

const data = z.object({ id: z.string(), n: z.int().default(0) });
const about = { data, key: (d: { id: string }): string => d.id };
const Opened = defineEvent('case.opened', about);
const Added = defineEvent('case.added', about);
const Closed = defineEvent('case.closed', about);
const Elsewhere = defineEvent('other.happened', {
  data: z.object({ caseId: z.string() }),
  key: () => 'nothing of ours',
});

const DAY = 86_400_000;

/** Opens, waits for `case.closed` in `open`, then takes additions in `adding` only. */
const machine = setup({
  types: {} as {
    input: { readonly id: string };
    context: { readonly id: string; readonly added: readonly number[] };
    events: MessageOf<typeof Added | typeof Closed | typeof Elsewhere>;
  },
}).createMachine({
  id: 'case',
  context: ({ input }) => ({ id: input.id, added: [] }),
  initial: 'open',
  states: {
    open: { on: { 'case.closed': 'adding', 'other.happened': 'over' } },
    adding: {
      on: {
        'case.added': { actions: assign({ added: ({ context, event }) => [...context.added, event.data.n] }) },
        'case.closed': 'over',
      },
    },
    over: { type: 'final' },
  },
});

type Policies = Pick<SagaOptions<typeof machine, []>, 'unknown' | 'late' | 'unhandled'>;

function make(policies: Policies) {
  const saga = defineSaga('case', { machine, ...policies })
    .startsOn(Opened, ({ id }) => ({ id }))
    .on(Added)
    .on(Closed)
    .on(Elsewhere, { correlate: ({ caseId }) => caseId });
  return { saga, app: defineApp({ sagas: [saga] }) };
}

describe('correlation', () => {
  it('routes by the key of the contract, or by what correlate says', async () => {
    const { saga, app } = make({});
    const { runtime, run } = await launch(app);
    await run(runtime.publish(Opened, { id: '1' }));
    await run(runtime.publish(Opened, { id: '2' }));

    await run(runtime.publish(Elsewhere, { caseId: '2' }));

    expect(runtime.sagas.list(saga).map(({ key, status }) => [key, status])).toEqual([
      ['1', 'running'],
      ['2', 'done'],
    ]);
  });

  it('starts an instance once, however often its start is said', async () => {
    const { saga, app } = make({});
    const { runtime, run } = await launch(app);
    await run(runtime.publish(Opened, { id: '1' }));
    await run(runtime.publish(Closed, { id: '1' }));

    await run(runtime.publish(Opened, { id: '1' }));

    expect(runtime.sagas.list(saga)).toMatchObject([{ key: '1', state: 'adding' }]);
  });
});

describe('an event for an instance that does not exist', () => {
  it('waits for it, over a crash, and comes after the start in its old order', async () => {
    const { saga, app } = make({ unknown: 'wait' });
    const first = await launch(app);
    await first.run(first.runtime.publish(Closed, { id: '1' }));
    await first.run(first.runtime.publish(Added, { id: '1', n: 1 }));
    await first.run(first.runtime.publish(Added, { id: '1', n: 2 }));
    expect(first.runtime.sagas.get(saga, '1')).toBeUndefined();
    expect(first.runtime.why(saga, '1').text).toContain('case.closed');
    const { runtime, run } = await crash(first, app);

    await run(runtime.publish(Opened, { id: '1' }));
    await run(runtime.publish(Added, { id: '1', n: 3 }));

    expect(runtime.sagas.get(saga, '1')).toMatchObject({ state: 'adding', context: { added: [1, 2, 3] } });
    expect(runtime.deadLetters.list()).toEqual([]);
  });

  it('becomes a dead letter when it has waited for seven days', async () => {
    const { saga, app } = make({ unknown: 'wait' });
    const { runtime, run, platform } = await launch(app);
    await run(runtime.publish(Closed, { id: '1' }));
    await platform.advance(3 * DAY);
    await run(runtime.publish(Added, { id: '1' }));

    await platform.advance(4 * DAY - 1);
    expect(runtime.deadLetters.list()).toEqual([]);
    await platform.advance(1);
    expect(runtime.deadLetters.list()).toMatchObject([{ type: 'case.closed', reason: 'unknown-instance' }]);
    await platform.advance(3 * DAY);

    expect(runtime.deadLetters.list()).toHaveLength(2);
    expect(runtime.sagas.get(saga, '1')).toBeUndefined();
  });

  it('is a dead letter by default, nothing where that is wanted, or a start', async () => {
    for (const [unknown, letters, instances] of [
      [undefined, 1, 0],
      ['deadLetter', 1, 0],
      ['ignore', 0, 0],
      ['start', 0, 1],
    ] as const) {
      const { saga, app } = make({ unknown });
      const { runtime, run } = await launch(app);

      await run(runtime.publish(Added, { id: '1' }));

      expect(runtime.deadLetters.list()).toHaveLength(letters);
      expect(runtime.sagas.list(saga)).toHaveLength(instances);
    }
  });
});

describe('an event the state does not accept', () => {
  it('is put aside until the state changes, and comes before everything that came later', async () => {
    const { saga, app } = make({ unhandled: 'stash' });
    const first = await launch(app);
    await first.run(first.runtime.publish(Opened, { id: '1' }));
    await first.run(first.runtime.publish(Added, { id: '1', n: 1 }));
    await first.run(first.runtime.publish(Added, { id: '1', n: 2 }));
    expect(first.runtime.sagas.get(saga, '1')).toMatchObject({ state: 'open', stashed: 2 });
    const { runtime, run } = await crash(first, app);

    const closed = runtime.publish(Closed, { id: '1' });
    const added = runtime.publish(Added, { id: '1', n: 3 });
    await run(Promise.all([closed, added]));

    expect(runtime.sagas.get(saga, '1')).toMatchObject({ state: 'adding', stashed: 0, context: { added: [1, 2, 3] } });
  });

  it('that is still put aside when the instance ends is late', async () => {
    const { saga, app } = make({ unhandled: 'stash', late: 'deadLetter' });
    const { runtime, run } = await launch(app);
    await run(runtime.publish(Opened, { id: '1' }));
    await run(runtime.publish(Added, { id: '1', n: 1 }));

    await run(runtime.publish(Elsewhere, { caseId: '1' }));

    expect(runtime.sagas.get(saga, '1')).toMatchObject({ status: 'done' });
    expect(runtime.deadLetters.list()).toMatchObject([{ type: 'case.added', reason: 'late' }]);
  });

  it('shows in the trace by default, or becomes a dead letter, and changes nothing', async () => {
    for (const [unhandled, letters] of [
      ['ignore', 0],
      ['deadLetter', 1],
    ] as const) {
      const { saga, app } = make({ unhandled });
      const { runtime, run } = await launch(app);
      await run(runtime.publish(Opened, { id: '1' }));
      const { correlationId } = (await run(runtime.publish(Added, { id: '1', n: 1 }))) as { correlationId: string };

      expect(runtime.deadLetters.list()).toHaveLength(letters);
      expect(runtime.sagas.get(saga, '1')?.context).toEqual({ id: '1', added: [] });
      const [root] = runtime.trace(correlationId).roots;
      expect(root?.turns.map(({ outcome }) => outcome)).toEqual([unhandled === 'ignore' ? 'unhandled' : 'dead-letter']);
    }
  });
});

describe('an event for an instance that has ended', () => {
  it('does not start it anew: it is late, or a dead letter', async () => {
    for (const [late, letters] of [
      ['record', 0],
      ['ignore', 0],
      ['deadLetter', 2],
    ] as const) {
      const { saga, app } = make({ late });
      const { runtime, run } = await launch(app);
      await run(runtime.publish(Opened, { id: '1' }));
      await run(runtime.publish(Elsewhere, { caseId: '1' }));

      await run(runtime.publish(Opened, { id: '1' }));
      await run(runtime.publish(Closed, { id: '1' }));

      expect(runtime.deadLetters.list()).toHaveLength(letters);
      expect(runtime.sagas.get(saga, '1')).toMatchObject({ status: 'done' });
    }
  });
});

describe('defineSaga()', () => {
  it('refuses to start on a command that would owe a reply', () => {
    const Open = defineCommand('case.open', { ...about, reply: z.object({ ok: z.boolean() }) });

    expect(() => defineSaga('case', { machine }).startsOn(Open as never, ({ id }) => ({ id }))).toThrow(
      expect.objectContaining({ code: 'invalid-definition', message: expect.stringContaining('would owe a reply') }),
    );
  });

  it('refuses a policy or a version that does not exist', () => {
    expect(() => make({ unknown: 'park' as never })).toThrow(expect.objectContaining({ code: 'invalid-definition' }));
    expect(() => defineSaga('case', { machine, version: 0 })).toThrow(
      expect.objectContaining({ code: 'invalid-definition' }),
    );
  });
});
