import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineActor, defineCommand, defineEvent, type ActorContext } from '../../../src/index.ts';
import { FaultyDatabase } from '../../support/faulty-database.ts';
import { commandOf, eventOf, launch, memoryLogger, tables } from '../../support/kernel-kit.ts';

const Add = commandOf('rule.add');
const Seen = eventOf('rule.seen');

describe('K4 a throwing turn', () => {
  it('restores what five good turns of the same drain made', async () => {
    const actor = defineActor('sums', { state: () => ({ list: [] as number[] }), retry: { attempts: 1 } }).on(
      Add,
      (ctx, { n }) => {
        ctx.state.list.push(n);
        if (n === 6) {
          ctx.state.list.length = 0;
          throw new Error('after changing the state');
        }
        return ctx.state.list.length;
      },
    );
    const { runtime, settled, store } = await launch({ actors: [actor] });
    const sent = Promise.allSettled([1, 2, 3, 4, 5, 6, 7].map(n => runtime.ask(Add, { n })));
    await settled();

    expect((await sent).map(({ status }) => status)).toEqual([
      ...Array<string>(5).fill('fulfilled'),
      'rejected',
      'fulfilled',
    ]);
    expect(runtime.state(actor)).toEqual({ list: [1, 2, 3, 4, 5, 7] });
    expect(tables(store)['states']).toMatchObject([{ data: '{"list":[1,2,3,4,5,7]}' }]);
  });

  it('keeps a state that was handed out earlier unchanged', async () => {
    const actor = defineActor('sums', { state: () => ({ deep: { list: [1] } }) }).on(Add, (ctx, { n }) => {
      ctx.state.deep.list.push(n);
      return null;
    });
    const { runtime, run } = await launch({ actors: [actor] });
    await run(runtime.send(Add, { n: 2 }));
    const before = runtime.state(actor);
    await run(runtime.send(Add, { n: 3 }));

    expect(before).toEqual({ deep: { list: [1, 2] } });
    expect(Object.isFrozen(before?.deep.list)).toBe(true);
  });
});

describe('K5 a payload', () => {
  const Nested = defineEvent('rule.nested', {
    data: z.object({ list: z.array(z.object({ a: z.number(), b: z.string().optional() })), neg: z.number() }),
  });

  function setup() {
    const received: unknown[] = [];
    let isReady = true;
    const reader = defineActor('reader', { retry: { attempts: 9, delay: '1m' } }).on(Nested, (_ctx, data) => {
      if (!isReady) throw new Error('not yet');
      received.push(data);
    });
    return { app: { actors: [reader] }, received, block: (value: boolean) => (isReady = !value) };
  }

  it('is not changed by later mutation of what was passed in', async () => {
    const { app, received } = setup();
    const { runtime, run } = await launch(app);
    const data = { list: [{ a: 1 }], neg: -0 };
    const sent = runtime.publish(Nested, data);
    data.list[0] = { a: 99 };
    data.list.push({ a: 2 });
    await run(sent);

    expect(received).toEqual([{ list: [{ a: 1 }], neg: 0 }]);
  });

  it('is the same frozen value whether it is hot or recovered', async () => {
    const { app, received, block } = setup();
    const first = await launch(app);
    await first.run(
      first.runtime.publish(Nested, {
        list: [
          { a: 1, b: undefined },
          { a: 2, b: 'é\u2028' },
        ],
        neg: -0,
      }),
    );
    block(true);
    await first.run(
      first.runtime.publish(Nested, {
        list: [
          { a: 1, b: undefined },
          { a: 2, b: 'é\u2028' },
        ],
        neg: -0,
      }),
    );
    block(false);
    const second = await launch(app, { database: first.runtime.serialize() });
    await second.platform.advance(60_000);

    expect(received).toHaveLength(2);
    expect(received[1]).toStrictEqual(received[0]);
    expect(Object.keys((received[0] as { list: object[] }).list[0] ?? {})).toEqual(['a']);
    for (const value of received) {
      expect(() => Object.assign((value as { list: object[] }).list[0] ?? {}, { a: 5 })).toThrow(TypeError);
    }
  });
});

describe('K6 a schema', () => {
  it('is applied once, by the sender, also when the message is handled after a crash', async () => {
    let calls = 0;
    const Trimmed = defineCommand('rule.trimmed', {
      data: z.object({
        text: z.string().transform(text => {
          calls += 1;
          return `${text}!`;
        }),
      }),
      reply: z.string(),
    });
    let isReady = false;
    const actor = defineActor('trim', { retry: { attempts: 9, delay: '1m' } }).on(Trimmed, (_ctx, { text }) => {
      if (!isReady) throw new Error('not yet');
      return text;
    });
    const options = { development: false };
    const first = await launch({ actors: [actor] }, options);
    const { id } = await first.run(first.runtime.send(Trimmed, { text: 'hi' }, { idempotencyKey: 'once' }));
    isReady = true;
    const second = await launch({ actors: [actor] }, { ...options, database: first.runtime.serialize() });
    await second.platform.advance(60_000);

    expect(await second.run(second.runtime.ask(Trimmed, { text: 'x' }, { idempotencyKey: 'once' }))).toBe('hi!');
    expect(calls).toBe(2);
    expect(id).toMatch(/-1$/);
  });

  it('that has moved on gets what was stored before through its upcast, after a crash', async () => {
    const Old = defineEvent('rule.moved', { data: z.object({ euro: z.number() }) });
    const New = defineEvent('rule.moved', {
      data: z.object({ cents: z.int() }),
      version: 2,
      upcast: { 1: (old: { euro: number }) => ({ cents: old.euro * 100 }) },
    });
    const retry = { attempts: 9, delay: '1m' } as const;
    const before = defineActor('till', { retry }).on(Old, () => {
      throw new Error('not yet');
    });
    const taken: unknown[] = [];
    const after = defineActor('till', { retry }).on(New, (_ctx, data) => void taken.push(data));
    const first = await launch({ actors: [before] });
    await first.run(first.runtime.publish(Old, { euro: 7 }));
    const second = await launch({ actors: [after] }, { database: first.runtime.serialize() });
    await second.platform.advance(60_000);

    expect(taken).toEqual([{ cents: 700 }]);
    expect(Object.isFrozen(taken[0])).toBe(true);
  });

  it('that does not accept its own output is reported in development', async () => {
    const Odd = defineEvent('rule.odd', {
      data: z.object({ n: z.string().transform(Number).pipe(z.number()) }) as never,
    });
    const reader = defineActor('reader').on(Odd, () => {});
    const { runtime, run } = await launch({ actors: [reader] }, { development: true });

    await expect(run(runtime.publish(Odd, { n: '1' } as never))).rejects.toMatchObject({ code: 'invalid-message' });
  });
});

describe('K7 a ctx', () => {
  type Ctx = ActorContext<{ n: number }, 'rule.seen'>;
  function setup(handler: (ctx: Ctx) => unknown) {
    const kept: Ctx[] = [];
    const actor = defineActor('ctx', { state: () => ({ n: 0 }), publishes: [Seen], retry: { attempts: 1 } }).on(
      Add,
      ctx => {
        kept.push(ctx);
        return handler(ctx) as null;
      },
    );
    return { app: { actors: [actor] }, kept, actor };
  }

  it('is dead after its turn', async () => {
    const { app, kept } = setup(() => null);
    const { runtime, run } = await launch(app);
    await run(runtime.send(Add, {}));
    const ctx = kept[0] as Ctx;
    const uses: (() => unknown)[] = [
      () => ctx.state,
      () => ctx.publish(Seen, {}),
      () => ctx.id(),
      () => ctx.log,
      () => ctx.stop(),
      () => ctx.cancel('x'),
      () => ctx.deferReply(),
    ];

    for (const use of uses) expect(use).toThrow(expect.objectContaining({ code: 'ctx-closed' }) as Error);
  });

  it('leaves no state behind that a later call can change', async () => {
    let leaked: { n: number } | undefined;
    const { app, actor } = setup(ctx => {
      leaked = ctx.state;
      ctx.state.n = 1;
      return null;
    });
    const { runtime, run } = await launch(app);
    await run(runtime.send(Add, {}));

    expect(() => Object.assign(leaked ?? {}, { n: 5 })).toThrow(
      expect.objectContaining({ code: 'ctx-closed' }) as Error,
    );
    expect(runtime.state(actor)).toEqual({ n: 1 });
  });

  it('refuses a handler that returns a thenable, and keeps nothing of it', async () => {
    // oxlint-disable-next-line unicorn/no-thenable -- what a query builder returns: not a promise, and waiting to be one.
    const query = { then: () => {} };
    for (const make of [() => Promise.resolve(null), () => query, () => Promise.reject(new Error('late'))]) {
      const { app, actor } = setup(ctx => {
        ctx.state.n = 5;
        ctx.publish(Seen, {});
        return make();
      });
      const { runtime, run, store } = await launch(app);
      await run(runtime.send(Add, {}));

      expect(runtime.deadLetters.list()).toMatchObject([{ failures: [{ code: 'async-handler' }], attempts: 1 }]);
      expect(runtime.state(actor)).toBeUndefined();
      expect(tables(store)['messages']).toHaveLength(2);
    }
  });

  it('refuses a handler of an event that returns a promise, which nobody would wait for', async () => {
    const late = (async (ctx: Ctx) => void (ctx.state.n = 5)) as unknown as (ctx: object) => void;
    const actor = defineActor('late', { state: () => ({ n: 0 }), retry: { attempts: 1 } }).on(Seen, late);
    const { runtime, run } = await launch({ actors: [actor] });
    await run(runtime.publish(Seen, {}));

    expect(runtime.deadLetters.list()).toMatchObject([{ failures: [{ code: 'async-handler' }] }]);
    expect(runtime.state(actor)).toBeUndefined();
  });

  it('refuses the runtime inside a turn and inside a transaction', async () => {
    const codes: unknown[] = [];
    const attempt = (use: () => unknown): void => {
      try {
        const result = use();
        if (result instanceof Promise) result.catch((error: unknown) => codes.push((error as { code: string }).code));
      } catch (error) {
        codes.push((error as { code: string }).code);
      }
    };
    const useAll = (): void => {
      attempt(() => runtime.publish(Seen, {}));
      attempt(() => runtime.send(Add, {}));
      attempt(() => runtime.ask(Add, {}));
      attempt(() => runtime.transaction(() => undefined));
    };
    const { app } = setup(() => {
      useAll();
      return null;
    });
    const { runtime, run, settled } = await launch(app);
    await run(runtime.send(Add, {}));
    await settled();
    expect(codes).toEqual(Array<string>(4).fill('inside-turn'));

    runtime.transaction(() => useAll());
    await settled();
    expect(codes).toEqual(Array<string>(8).fill('inside-turn'));
    expect(await run(runtime.ask(Add, {}))).toBeNull();
  });

  it('writes the log lines of a turn after its commit, and marks those of a dropped turn', async () => {
    const logger = memoryLogger();
    const database = new FaultyDatabase();
    const order: string[] = [];
    const { app } = setup(ctx => {
      order.push(`handled ${logger.lines.length}`);
      ctx.log.info({ n: 1 }, 'kept');
      return null;
    });
    const { runtime, run } = await launch(app, { logger, database: database.handle });
    await run(runtime.send(Add, {}));
    expect(order).toEqual(['handled 0']);
    expect(logger.lines).toMatchObject([{ level: 'info', fields: { address: 'ctx/default', n: 1 }, message: 'kept' }]);
    expect(logger.lines[0]?.fields).not.toHaveProperty('dropped');

    const dropping = memoryLogger();
    const failing = setup(ctx => {
      ctx.log.warn('lost');
      throw new Error('on purpose');
    });
    const second = await launch(failing.app, { logger: dropping });
    await second.run(second.runtime.send(Add, {}));
    expect(dropping.lines[0]).toMatchObject({ message: 'lost', fields: { dropped: true } });
  });

  it('marks the log lines of an aborted drain as dropped', async () => {
    const database = new FaultyDatabase();
    const { app } = setup(ctx => {
      ctx.log.info('line');
      return null;
    });
    const { runtime, platform, logs } = await launch(app, { database: database.handle });
    database.failCommit('SQLITE_BUSY');
    const sent = runtime.send(Add, {});
    await platform.advance(1000);
    await sent;

    expect(logs.filter(({ message }) => message === 'line').map(({ fields }) => fields['dropped'])).toEqual([
      true,
      undefined,
    ]);
  });

  it('says nothing of a dead letter or a hold before it is committed', async () => {
    const database = new FaultyDatabase();
    const actor = defineActor('holds', { onExhausted: 'hold', retry: { attempts: 1 } }).on(Seen, () => {
      throw new Error('never');
    });
    const { runtime, platform, logs } = await launch({ actors: [actor] }, { database: database.handle });
    database.failCommit('SQLITE_BUSY', { times: 3 });
    const sent = runtime.publish(Seen, {});
    await platform.advance(1000);
    await sent;

    expect(logs.map(({ message }) => message)).toEqual(['dead letter', 'instance held']);
  });
});
