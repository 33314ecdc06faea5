// What a saga waits for: runtime.why names the command or the child that has not answered.
import { setup } from 'xstate';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  command,
  defineActor,
  defineApp,
  defineCommand,
  defineEvent,
  defineSaga,
  saga,
  task,
  type MessageOf,
  type TaskArgs,
} from '../../src/index.ts';
import { launch } from '../support/kernel-kit.ts';

const keyed = { data: z.object({ id: z.string() }), key: (data: { id: string }): string => data.id };
const Begun = defineEvent('job.begun', keyed);
const Told = defineEvent('job.told', keyed);
const Do = defineCommand('work.do', { ...keyed, reply: z.object({ ok: z.boolean() }) });
const Undo = defineCommand('work.undo', keyed);

interface Job {
  readonly id: string;
}

/** Does what it is asked at once if it has to be undone, and never answers anything else. */
const worker = defineActor('worker')
  .on(Do, (ctx, { id }) => (id === 'quick' ? { ok: true } : ctx.deferReply()))
  .on(Undo, ctx => ctx.deferReply());

const inner = setup({
  types: {} as { input: Job; context: Job },
  actors: { work: command(Do, { compensate: { send: Undo, data: (_, data) => data } }) },
}).createMachine({
  id: 'inner',
  context: ({ input }) => input,
  initial: 'working',
  states: {
    working: { invoke: { id: 'work', src: 'work', input: ({ context }) => context, onDone: 'done', onError: 'done' } },
    done: { type: 'final' },
  },
});
const child = defineSaga('child', { machine: inner }).startsOn(Begun, job => job);

const outer = setup({
  types: {} as { input: Job; context: Job },
  actors: {
    part: saga(child, { key: ({ id }) => `part-${id}` }),
    look: task(({ signal }: TaskArgs<Job>) => new Promise(resolve => signal.addEventListener('abort', resolve))),
  },
}).createMachine({
  id: 'outer',
  context: ({ input }) => input,
  initial: 'working',
  states: {
    working: {
      invoke: [
        { id: 'part', src: 'part', input: ({ context }) => context, onDone: 'done', onError: 'done' },
        { id: 'look', src: 'look', input: ({ context }) => context, onError: 'done' },
      ],
    },
    done: { type: 'final' },
  },
});
const parent = defineSaga('parent', { machine: outer }).startsOn(Begun, job => job);

describe('runtime.why of a saga', () => {
  it('names the command that has no reply', async () => {
    const { runtime, run } = await launch(defineApp({ actors: [worker], sagas: [child] }));
    await run(runtime.publish(Begun, { id: 'slow' }));

    const { status, reasons, text } = runtime.why(child, 'slow');
    expect(status).toBe('waiting');
    expect(reasons).toEqual([{ kind: 'step', step: 'work', isUndo: false, what: 'the reply to work.do' }]);
    expect(text).toBe('child/slow is waiting:\nThe step work waits for the reply to work.do.');
  });

  it('names the child that has not ended, and of a task only the task', async () => {
    const { runtime, run } = await launch(defineApp({ actors: [worker], sagas: [child, parent] }));
    await run(runtime.publish(Begun, { id: 'slow' }));

    expect(runtime.why(parent, 'slow').reasons).toEqual([
      { kind: 'step', step: 'part', isUndo: false, what: 'child/part-slow' },
      expect.objectContaining({ kind: 'task' }),
    ]);
    expect(runtime.why(child, 'part-slow').reasons.map(({ kind }) => kind)).toEqual(['step', 'reply-owed']);
  });

  it('names the undo that has no reply', async () => {
    const { runtime, run } = await launch(defineApp({ actors: [worker], sagas: [child] }));
    await run(runtime.publish(Begun, { id: 'quick' }));
    await run(runtime.sagas.cancel(child, 'quick', { compensate: true }));

    expect(runtime.why(child, 'quick').text).toContain('The undo of work waits for the reply to work.undo.');
  });

  it('has nothing to say of an instance that is over, or was never there', async () => {
    const { runtime, run } = await launch(defineApp({ actors: [worker], sagas: [child] }));
    await run(runtime.publish(Begun, { id: 'quick' }));

    expect(['quick', 'nobody'].map(key => runtime.why(child, key).status)).toEqual(['idle', 'idle']);
  });

  it('names the events that its state accepts, until it ends', async () => {
    const machine = setup({
      types: {} as { context: object; events: MessageOf<typeof Begun | typeof Told> },
    }).createMachine({
      context: {},
      initial: 'open',
      states: { open: { on: { 'job.told': 'closed' } }, closed: { type: 'final' } },
    });
    const flow = defineSaga('flow', { machine })
      .startsOn(Begun, () => ({}))
      .on(Told);
    const { runtime, run } = await launch(defineApp({ sagas: [flow] }));
    await run(runtime.publish(Begun, { id: '1' }));

    expect(runtime.why(flow, '1')).toMatchObject({
      status: 'waiting',
      reasons: [{ kind: 'event', types: ['job.told'] }],
      text: 'flow/1 is waiting:\nIt waits for job.told.',
    });
    await run(runtime.publish(Told, { id: '1' }));
    expect(runtime.why(flow, '1').status).toBe('idle');
  });
});
