import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { command, defineActor, defineSaga } from '../../../src/index.ts';
import { commandOf, eventOf, launch } from '../../support/kernel-kit.ts';
import { crash } from '../../support/restart.ts';

const Work = commandOf('reply.work');
const Note = commandOf('reply.note');
const Asked = commandOf('reply.asked');
const Begun = eventOf('reply.begun');

describe('work over several turns', () => {
  const steps = defineActor('steps', { state: () => ({ ticket: '', charged: 0 }) })
    .on(Asked, (ctx, { key, n }) => {
      if (n > 100) return -1;
      ctx.state.ticket = ctx.replyTicket;
      ctx.start(Work, { key, n });
      return ctx.deferReply();
    })
    .task(Work, {
      run: async (_ctx, { n }) => n * 2,
      done: (ctx, doubled) => {
        ctx.state.charged += doubled;
        ctx.reply(Asked, ctx.state.ticket, doubled);
        return null;
      },
    });

  it('K18 checks, calls out, saves and replies in one actor', async () => {
    const { runtime, run } = await launch({ actors: [steps] });

    expect(await run(runtime.ask(Asked, { key: 'a', n: 4 }))).toBe(8);
    expect(await run(runtime.ask(Asked, { key: 'a', n: 101 }))).toBe(-1);
    expect(runtime.state(steps, 'a')).toMatchObject({ charged: 8 });
    expect(runtime.why(steps, 'a').status).toBe('idle');
  });

  it('K18 owes the reply over a crash, to whoever asks again', async () => {
    const app = { actors: [steps] };
    const first = await launch(app);
    await first.run(first.runtime.pause(steps, { on: Work }));
    const lost = first.runtime.ask(Asked, { key: 'a', n: 4 }, { idempotencyKey: 'once' });
    lost.catch(() => {});
    await first.settled();
    const second = await crash(first, app);
    const again = second.runtime.ask(Asked, { key: 'a', n: 4 }, { idempotencyKey: 'once' });
    await second.settled();

    await second.run(second.runtime.resume(steps, { on: Work }));

    expect(await again).toBe(8);
    expect(second.runtime.state(steps, 'a')).toMatchObject({ charged: 8 });
  });

  it('says which instance has replied, whatever key the command was sent with', async () => {
    const one = defineActor('one', { single: true }).on(Note, (_ctx, { n }) => n);
    const other = defineActor('other').on(Asked, (_ctx, { n }) => n, { key: ({ n }) => `n${n}` });
    const machine = setup({
      types: {} as { input: { key: string; n: number }; context: { key: string; n: number } },
      actors: { note: command(Note), asked: command(Asked) },
    }).createMachine({
      id: 'asking',
      context: ({ input }) => input,
      initial: 'noting',
      states: {
        noting: {
          invoke: { id: 'note', src: 'note', input: ({ context }) => context, onDone: 'asking', onError: 'end' },
        },
        asking: { invoke: { id: 'ask', src: 'asked', input: ({ context }) => context, onDone: 'end', onError: 'end' } },
        end: { type: 'final' },
      },
    });
    const asking = defineSaga('asking', { machine }).startsOn(Begun, data => data);
    const { runtime, run } = await launch({ actors: [one, other], sagas: [asking] });

    const { correlationId } = await run(runtime.publish(Begun, { key: 'a', n: 4 }));

    const sources: string[] = [];
    const open = [...runtime.trace(correlationId).roots];
    for (let node = open.pop(); node; node = open.pop()) {
      open.push(...node.children);
      if (node.kind === 'reply') sources.push(node.source);
    }
    expect(sources.toSorted()).toEqual(['one/default', 'other/n4']);
  });

  it('K18 refuses a reply to nobody, and one to another command', async () => {
    const wrong = defineActor('wrong', { state: () => ({ ticket: '' }), retry: { attempts: 1 } })
      .on(Asked, ctx => {
        ctx.state.ticket = ctx.replyTicket;
        return ctx.deferReply();
      })
      .on(Note, (ctx, { n }) => {
        if (n === 0) ctx.reply(Asked, 'nowhere', 1);
        else ctx.reply(Work, ctx.state.ticket, 1);
        return null;
      })
      .task(Work, async () => 1);
    const { runtime, run, settled } = await launch({ actors: [wrong] });
    runtime.ask(Asked, { key: 'a' }).catch(() => {});
    await settled();

    await expect(run(runtime.ask(Note, { key: 'a', n: 0 }))).rejects.toMatchObject({ code: 'handler-failed' });
    await expect(run(runtime.ask(Note, { key: 'a', n: 1 }))).rejects.toMatchObject({ code: 'handler-failed' });
  });
});
