import { describe, expect, it } from 'vitest';
import { defineActor, type AnyEvent } from '../../../src/index.ts';
import { FaultyDatabase } from '../../support/faulty-database.ts';
import { commandOf, eventOf, launch } from '../../support/kernel-kit.ts';

const Placed = eventOf('order.placed');
const Paid = eventOf('order.item.paid');
const Shipped = eventOf('parcel.shipped');
const Do = commandOf('order.do');

describe('subscriptions', () => {
  it('match exact types and patterns, each handler once per message', async () => {
    const seen: string[] = [];
    const watch = defineActor('watch')
      .on(Placed, () => void seen.push('exact'))
      .onAny('order.*', (_ctx, { type }) => void seen.push(`order.* ${type}`))
      .onAny('order.#', (_ctx, { type }) => void seen.push(`order.# ${type}`))
      .onAny('#', (_ctx, { type }) => void seen.push(`# ${type}`));
    const { runtime, run } = await launch({ actors: [watch, defineActor('owner').on(Do, () => 1)] });
    for (const event of [Placed, Paid, Shipped]) await run(runtime.publish(event, {}));
    await run(runtime.send(Do, {}));

    expect(seen).toEqual([
      'exact',
      'order.* order.placed',
      'order.# order.placed',
      '# order.placed',
      'order.# order.item.paid',
      '# order.item.paid',
      '# parcel.shipped',
    ]);
  });

  it('take what their filter wants, under a key of their own', async () => {
    const byText = defineActor('by-text', { state: () => ({ sum: 0 }) }).on(
      Placed,
      (ctx, { n }) => void (ctx.state.sum += n),
      {
        where: ({ n }) => n > 1,
        key: ({ text }) => text,
      },
    );
    const { runtime, run } = await launch({ actors: [byText] });
    for (const n of [1, 2, 3]) await run(runtime.publish(Placed, { key: 'a', n, text: n === 3 ? 'odd' : 'even' }));

    expect([runtime.state(byText, 'even'), runtime.state(byText, 'odd'), runtime.state(byText, 'a')]).toEqual([
      { sum: 2 },
      { sum: 3 },
      undefined,
    ]);
  });

  it('count attempts per message and subscriber', async () => {
    const attempts: string[] = [];
    const make = (name: string, fails: number) =>
      defineActor(name, { retry: { delay: 0 } }).on(Placed, ctx => {
        attempts.push(`${name} ${ctx.attempt}`);
        if (ctx.attempt <= fails) throw new Error('again');
      });
    const { runtime, run } = await launch({ actors: [make('good', 0), make('twice', 2)] });
    await run(runtime.publish(Placed, {}));

    expect(attempts).toEqual(['good 1', 'twice 1', 'twice 2', 'twice 3']);
  });

  it('of one instance get all keys', async () => {
    const single = defineActor('single', { single: true, state: () => ({ keys: [] as string[] }) }).on(
      Placed,
      (ctx, { key }) => void ctx.state.keys.push(`${key} at ${ctx.key}`),
    );
    const { runtime, run } = await launch({ actors: [single] });
    for (const key of ['a', 'b']) await run(runtime.publish(Placed, { key }));

    expect(runtime.state(single)).toEqual({ keys: ['a at default', 'b at default'] });
  });
});

describe('headers and conversations', () => {
  it('pass from a message to all that follows from it, and those of a handler join them', async () => {
    const seen: unknown[] = [];
    const relay = defineActor('relay', { publishes: [Paid], sends: [Do] })
      .on(Placed, (ctx, data) => {
        ctx.publish(Paid, data, { headers: { step: 'two' } });
        ctx.send(Do, data);
      })
      .on(Paid, ctx => void seen.push(ctx.message.headers, ctx.message.correlationId))
      .on(Do, ctx => (seen.push(ctx.message.headers, ctx.message.correlationId), 1));
    const { runtime, run } = await launch({ actors: [relay] });
    await run(runtime.publish(Placed, {}, { headers: { 'tenant-id': '7' }, correlationId: 'mine' }));

    expect(seen).toEqual([{ 'tenant-id': '7', step: 'two' }, 'mine', { 'tenant-id': '7' }, 'mine']);
  });

  it('join by the id of a receipt', async () => {
    const { runtime, run } = await launch({ actors: [defineActor('any').on(Placed, () => {})] });
    const first = await run(runtime.publish(Placed, {}));
    const second = await run(runtime.publish(Placed, {}, { correlationId: first.correlationId }));

    expect(second.correlationId).toBe(first.id);
    expect(runtime.trace(first.correlationId).roots.map(({ id }) => id)).toEqual([first.id, second.id]);
  });

  it.each([
    [{ headers: { 'Bad Name': 'x' } }, 'invalid-message'],
    [{ idempotencyKey: '' }, 'invalid-message'],
    [{ key: 'x'.repeat(10_000) }, 'invalid-message'],
    [{ delay: 'soon' }, 'invalid-duration'],
    [{ ttl: -1 }, 'invalid-duration'],
  ])('refuse %o', async (options, code) => {
    const { runtime, run } = await launch({ actors: [] });

    await expect(run(runtime.publish(Placed, {}, options as object))).rejects.toMatchObject({ code });
  });
});

describe('events and commands', () => {
  it('are not mixed up at run time', async () => {
    const { runtime, run } = await launch({ actors: [defineActor('owner').on(Do, () => 1)] });
    const command = Do as unknown as AnyEvent;
    const invalid = { code: 'invalid-message' };

    await expect(run(runtime.publish(command, {} as never))).rejects.toMatchObject(invalid);
    await expect(run(runtime.send(Placed as never, {} as never))).rejects.toMatchObject(invalid);
    await expect(run(runtime.ask(Placed as never, {} as never))).rejects.toMatchObject(invalid);
    await expect(run(runtime.publish({} as never, {} as never))).rejects.toMatchObject(invalid);
    expect(() => runtime.transaction(tx => tx.publish(command, {} as never))).toThrow(expect.objectContaining(invalid));
  });

  it('that a handler does not declare fail it', async () => {
    const sly = defineActor('sly', { publishes: [Placed], sends: [Do], retry: { attempts: 1 } })
      .on(
        Shipped,
        (ctx, { n }) => {
          const loose = ctx as unknown as { publish(event: unknown, data: object): void; send: typeof loose.publish };
          if (n === 1) loose.publish(Paid, {});
          else loose.send(Do, {});
        },
        { sends: [] },
      )
      .on(Do, () => 1);
    const { runtime, run } = await launch({ actors: [sly] });
    for (const n of [1, 2]) await run(runtime.publish(Shipped, { n }));

    const codes = runtime.deadLetters.list().map(({ failures }) => failures[0]?.code);
    expect(codes).toEqual(['undeclared', 'undeclared']);
  });
});

describe('taps', () => {
  it('that throw or reject are logged and harm nobody', async () => {
    const { runtime, run, logs } = await launch({ actors: [] });
    const heard: number[] = [];
    runtime.tap(Placed, () => {
      throw new Error('tap');
    });
    runtime.tap(Placed, (async () => {
      throw new Error('async tap');
    }) as () => void);
    runtime.tap(Placed, ({ data }) => heard.push(data.n));
    await run(runtime.publish(Placed, { n: 1 }));
    await run(runtime.publish(Placed, { n: 2 }));

    expect(heard).toEqual([1, 2]);
    expect(logs.filter(({ level }) => level === 'error')).toHaveLength(4);
  });

  it('hear nothing once removed, and nothing that was not committed', async () => {
    const { runtime, run } = await launch({ actors: [] });
    const heard: string[] = [];
    const remove = runtime.tap(Placed, ({ id }) => heard.push(id));
    const { id } = await run(runtime.publish(Placed, {}));
    expect(() =>
      runtime.transaction(tx => {
        tx.publish(Placed, {});
        throw new Error('no');
      }),
    ).toThrow('no');
    remove();
    remove();
    await run(runtime.publish(Placed, {}));

    expect(heard).toEqual([id]);
  });

  it('hear of a drain that has to run again only what its commit has kept, once', async () => {
    const database = new FaultyDatabase();
    const { runtime, platform } = await launch({ actors: [] }, { database: database.handle });
    const heard: string[] = [];
    runtime.tap(Placed, ({ data }) => heard.push(`placed ${data.n}`));
    runtime.tap('message', ({ type }) => heard.push(type));
    database.failCommit('SQLITE_BUSY');
    const sent = runtime.publish(Placed, { n: 1 });
    await platform.settle();
    expect(heard).toEqual([]);

    await platform.advance(1_000);
    await sent;

    expect(heard).toEqual(['placed 1', Placed.type]);
  });

  it('may send while they hear', async () => {
    const { runtime, run, settled } = await launch({ actors: [] });
    const receipts: unknown[] = [];
    runtime.tap(Placed, ({ data }) => void runtime.publish(Paid, data).then(receipt => receipts.push(receipt)));
    await run(runtime.publish(Placed, {}));
    await settled();

    expect(receipts).toMatchObject([{ duplicate: false }]);
  });
});
