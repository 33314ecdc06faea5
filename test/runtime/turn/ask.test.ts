import { describe, expect, it } from 'vitest';
import { AskTimeoutError, defineActor, defineApp } from '../../../src/index.ts';
import { commandOf, eventOf, launch, tables } from '../../support/kernel-kit.ts';
import { crash } from '../../support/restart.ts';

const Do = commandOf('ask.do');
const Later = commandOf('ask.later');
const Finish = commandOf('ask.finish');
const Happened = eventOf('ask.happened');

function setup() {
  const world = { healed: false };
  const worker = defineActor('worker', { state: () => ({ did: 0, ticket: '' }), retry: { attempts: 1 } })
    .on(Do, (ctx, { n }) => {
      if (n < 0 && !world.healed) throw new Error('below zero');
      return (ctx.state.did += 1);
    })
    .on(Later, ctx => {
      ctx.state.did += 1;
      ctx.state.ticket = ctx.replyTicket;
      return ctx.deferReply();
    })
    .on(Finish, (ctx, { n }) => {
      ctx.reply(Later, ctx.state.ticket, n);
      return null;
    })
    .on(Happened, ctx => void (ctx.state.did += 100));
  return { world, worker, app: defineApp({ actors: [worker] }) };
}

const once = { idempotencyKey: 'once' };

describe('a duplicate ask', () => {
  it('K21 gets the stored reply: in the same drain, later, and after a crash', async () => {
    const { app, worker } = setup();
    const first = await launch(app);
    const both = [1, 2].map(() => first.runtime.ask(Do, { key: 'a' }, once));
    expect(await first.run(Promise.all(both))).toEqual([1, 1]);
    expect(await first.run(first.runtime.ask(Do, { key: 'a' }, once))).toBe(1);

    const second = await crash(first, app);

    expect(await second.run(second.runtime.ask(Do, { key: 'a' }, once))).toBe(1);
    expect(second.runtime.state(worker, 'a')?.did).toBe(1);
  });

  it('K21 joins the pending one: in the same drain, later, and after a crash', async () => {
    const { app, worker } = setup();
    const first = await launch(app);
    const lost = first.runtime.ask(Later, { key: 'a' }, once);
    lost.catch(() => {});
    await first.settled();
    const second = await crash(first, app);
    const joined = second.runtime.ask(Later, { key: 'a' }, once);
    await second.settled();

    const [, late] = await second.run(
      Promise.all([second.runtime.send(Finish, { key: 'a', n: 7 }), second.runtime.ask(Later, { key: 'a' }, once)]),
    );

    expect([await joined, late]).toEqual([7, 7]);
    expect(second.runtime.state(worker, 'a')?.did).toBe(1);
  });

  it('K21 joins one whose owner is paused and has not even seen it', async () => {
    const { app, worker } = setup();
    const { runtime, run, settled } = await launch(app);
    await run(runtime.pause(worker));
    const asked = [runtime.ask(Do, { key: 'a' }, once)];
    await settled();
    asked.push(runtime.ask(Do, { key: 'a' }, once));
    await settled();

    await run(runtime.resume(worker));

    expect(await Promise.all(asked)).toEqual([1, 1]);
  });

  it('K21 of a delayed send gets its reply once it was due, and says so before', async () => {
    const { app } = setup();
    const { runtime, run, platform } = await launch(app);
    await run(runtime.send(Do, { key: 'a' }, { ...once, delay: '10s' }));
    await expect(run(runtime.ask(Do, { key: 'a' }, once))).rejects.toMatchObject({
      code: 'reply-unavailable',
      retryable: true,
    });
    await platform.advance(10_000);

    expect(await run(runtime.ask(Do, { key: 'a' }, once))).toBe(1);
    expect(await run(runtime.send(Do, { key: 'a' }, once))).toMatchObject({ position: 2, duplicate: true });
  });

  it('K21 of a dead-lettered command gets its error again', async () => {
    const { app } = setup();
    const { runtime, run } = await launch(app);

    await expect(run(runtime.ask(Do, { key: 'a', n: -1 }, once))).rejects.toThrow('below zero');
    await expect(run(runtime.ask(Do, { key: 'a', n: -1 }, once))).rejects.toThrow('below zero');
    expect(runtime.deadLetters.list()).toHaveLength(1);
  });

  it('K21 gets the reply of an operator’s retry', async () => {
    const { app, world } = setup();
    const { runtime, run } = await launch(app);
    await expect(run(runtime.ask(Do, { key: 'a', n: -1 }, once))).rejects.toThrow('below zero');
    world.healed = true;
    await run(runtime.deadLetters.retry(runtime.deadLetters.list()[0]?.id ?? 0));

    expect(await run(runtime.ask(Do, { key: 'a', n: -1 }, once))).toBe(1);
  });

  it('K21 by the id of a message without a key says that its reply is not kept', async () => {
    const { app } = setup();
    const { runtime, run } = await launch(app);
    const { id } = await run(runtime.send(Do, { key: 'a' }));

    const again = run(runtime.ask(Do, { key: 'a' }, { idempotencyKey: id }));
    await expect(again).rejects.toMatchObject({ code: 'reply-unavailable' });
  });
});

describe('an ask that is not answered', () => {
  it('K21 carries the ids with its timeout, and a later ask gets the late reply', async () => {
    const { app } = setup();
    const { runtime, run, platform, store } = await launch(app);
    const asked = runtime.ask(Later, { key: 'a' }, { ...once, timeout: '5s' });
    const failed = asked.catch((error: unknown) => error);
    await platform.advance(5_000);
    const error = await failed;
    expect(error).toBeInstanceOf(AskTimeoutError);
    expect(error).toMatchObject({ code: 'ask-timeout', retryable: true, idempotencyKey: 'once' });
    expect((error as AskTimeoutError).messageId).toMatch(/^[0-9a-f]{16}-1$/);

    await run(runtime.send(Finish, { key: 'a', n: 9 }));

    expect(await run(runtime.ask(Later, { key: 'a' }, once))).toBe(9);
    expect(tables(store)['deliveries']).toEqual([]);
  });

  it('waits 30 s by default, and leaves nothing behind', async () => {
    const { app } = setup();
    const { runtime, platform, kernel } = await launch(app);
    const failed = runtime.ask(Later, { key: 'a' }).catch((error: unknown) => error);
    await platform.advance(30_000);

    expect(await failed).toMatchObject({ code: 'ask-timeout' });
    expect(kernel.waiters.size).toBe(0);
    expect(platform.pendingAlarms).toEqual([]);
  });

  it('is aborted by its signal, while the command goes on', async () => {
    const { app, worker } = setup();
    const { runtime, run, settled, kernel } = await launch(app);
    const controller = new AbortController();
    const asked = runtime.ask(Later, { key: 'a' }, { signal: controller.signal });
    const failed = asked.catch((error: unknown) => error);
    await settled();

    controller.abort(new Error('client left'));
    await settled();

    expect(await failed).toMatchObject({ code: 'ask-aborted', cause: { message: 'client left' } });
    expect(kernel.waiters.size).toBe(0);
    await run(runtime.send(Finish, { key: 'a' }));
    expect(runtime.state(worker, 'a')?.did).toBe(1);
  });

  it('sends nothing with a signal that was aborted before', async () => {
    const { app, worker } = setup();
    const { runtime, run } = await launch(app);

    const asked = run(runtime.ask(Do, { key: 'a' }, { signal: AbortSignal.abort() }));

    await expect(asked).rejects.toMatchObject({ code: 'ask-aborted' });
    expect(runtime.state(worker, 'a')).toBeUndefined();
  });

  it('is refused with a delay: nobody would wait that long', async () => {
    const { app } = setup();
    const { runtime, run } = await launch(app);

    const asked = run(runtime.ask(Do, { key: 'a' }, { delay: '1s' } as object));
    await expect(asked).rejects.toMatchObject({ code: 'invalid-options' });
  });
});

describe('a message that expires', () => {
  it('answers its asker, and is not handled', async () => {
    const { app, worker } = setup();
    const { runtime, run, platform, settled } = await launch(app);
    await run(runtime.pause(worker));
    const asked = runtime.ask(Do, { key: 'a' }, { ...once, ttl: '5s', timeout: '1h' });
    const published = runtime.publish(Happened, { key: 'a' }, { ttl: '5s' });
    const failed = asked.catch((error: unknown) => error);
    await settled();
    await published;
    platform.block(5_000);

    await run(runtime.resume(worker));

    expect(await failed).toMatchObject({ code: 'expired' });
    expect(runtime.state(worker, 'a')).toBeUndefined();
    await expect(run(runtime.ask(Do, { key: 'a' }, once))).rejects.toMatchObject({ code: 'expired' });
  });
});

describe('a keyed publish', () => {
  it('K21 is accepted once, also over a crash, and tells where the first one stands', async () => {
    const { app, worker } = setup();
    const first = await launch(app);
    const { id, position } = await first.run(first.runtime.publish(Happened, { key: 'a' }, once));
    const second = await crash(first, app);

    const receipt = await second.run(second.runtime.publish(Happened, { key: 'a' }, once));

    expect(receipt).toMatchObject({ id, position, correlationId: id, duplicate: true });
    expect(second.runtime.state(worker, 'a')?.did).toBe(100);
  });

  it('K15 is a new message after the dedupe window', async () => {
    const { app, worker } = setup();
    const { runtime, run, platform } = await launch(app, { retention: { dedupe: '1h' } });
    await run(runtime.publish(Happened, { key: 'a' }, once));
    platform.block(3_600_001);
    runtime.prune();

    expect(await run(runtime.publish(Happened, { key: 'a' }, once))).toMatchObject({ duplicate: false });
    expect(runtime.state(worker, 'a')?.did).toBe(200);
  });
});
