import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { defineActor } from '../../../src/index.ts';
import { commandOf, eventOf, launch, tables } from '../../support/kernel-kit.ts';

const Add = commandOf('given.add');
const Added = eventOf('given.added');
const adder = defineActor('adder', { state: () => ({ sum: 0 }), publishes: [Added] })
  .on(Add, (ctx, { key, n }) => {
    ctx.state.sum += n;
    ctx.publish(Added, { key, n });
    return ctx.state.sum;
  })
  .on(Added, ctx => void (ctx.state.sum += 100));
const app = { actors: [adder] };

const PRAGMAS = ['application_id', 'user_version', 'max_page_count', 'auto_vacuum', 'trusted_schema', 'foreign_keys'];
const pragmas = (database: Database.Database): unknown =>
  Object.fromEntries(PRAGMAS.map(name => [name, database.pragma(name, { simple: true })]));

describe('K11 a handle that was passed in', () => {
  it.each(['memory', 'file'])('keeps its settings (%s)', async where => {
    const file = join(mkdtempSync(join(tmpdir(), 'troupe-')), 'own.db');
    const database = new Database(where === 'memory' ? ':memory:' : file);
    database.pragma('application_id = 42');
    database.pragma('user_version = 7');
    database.pragma('foreign_keys = OFF');
    database.pragma('trusted_schema = ON');
    database.exec('create table own (id integer primary key)');
    const before = pragmas(database);
    const { runtime, run } = await launch(app, { database });
    await run(runtime.ask(Add, { n: 1 }));
    runtime.prune();
    expect(pragmas(database)).toEqual(before);
    await runtime.stop();

    expect(pragmas(database)).toEqual(before);
    expect(database.open).toBe(true);
    expect(database.prepare('select count(*) from own').pluck().get()).toBe(0);
    const foreign = database.prepare(`select name from sqlite_schema where name not like 'troupe_%' and name <> 'own'`);
    expect(
      foreign
        .pluck()
        .all()
        .filter(name => !String(name).startsWith('sqlite_')),
    ).toEqual([]);
    database.close();
  });

  it('may read integers as bigints', async () => {
    const database = new Database(':memory:');
    database.defaultSafeIntegers(true);
    const { runtime, run, store, platform } = await launch(app, { database });
    expect(await run(runtime.ask(Add, { n: 1 }, { idempotencyKey: 'k' }))).toBe(1);
    expect(await run(runtime.ask(Add, { n: 1 }, { idempotencyKey: 'k' }))).toBe(1);
    await run(runtime.send(Add, { n: 2 }, { delay: '1s' }));
    await platform.advance(1000);
    expect(runtime.state(adder)).toEqual({ sum: 203 });
    expect(database.prepare('select 1').pluck().get()).toBe(1n);
    expect(store.messages.list(1, 1e9)[0]?.position).toBe(5);
    await runtime.stop();

    const again = await launch(app, { database });
    expect(await again.run(again.runtime.ask(Add, { n: 0 }))).toBe(203);
  });

  it('is left alone while it is inside a transaction of somebody else', async () => {
    const database = new Database(':memory:');
    database.exec('create table own (id integer primary key)');
    const { runtime, platform, logs } = await launch(app, { database });
    await platform.settle();
    database.exec('begin');
    database.exec('insert into own values (1)');
    const sent = runtime.ask(Add, { n: 1 });
    for (let i = 0; i < 20; i++) platform.step();
    platform.block(1500);
    for (let i = 0; i < 20; i++) platform.step();

    expect(logs.map(({ fields }) => fields['code'])).toEqual(['store-busy']);
    expect(runtime.info().state).toBe('running');
    expect(() => runtime.transaction(() => undefined)).toThrow(
      expect.objectContaining({ code: 'store-busy', retryable: true }) as Error,
    );
    database.exec('rollback');
    await platform.settle();
    expect(await sent).toBe(1);
    expect(database.prepare('select count(*) from own').pluck().get()).toBe(0);
  });

  it('runs no handler while another connection writes, whose commit would throw its turns away', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'troupe-')), 'busy.db');
    const database = new Database(file, { timeout: 0 });
    let turns = 0;
    const counting = defineActor('counting').on(Add, () => (turns += 1));
    const { runtime, platform } = await launch({ actors: [counting] }, { database });
    await platform.settle();
    const other = new Database(file, { timeout: 0 });
    other.exec('begin immediate');
    const sent = runtime.ask(Add, { n: 1 });
    for (let i = 0; i < 20; i++) platform.step();
    expect(turns).toBe(0);

    other.exec('commit');
    other.close();
    await platform.settle();

    expect(await sent).toBe(1);
  });

  it('is left alone while an iterator is open', async () => {
    const database = new Database(':memory:');
    database.exec('create table own (id integer primary key); insert into own values (1), (2), (3)');
    const { runtime, platform } = await launch(app, { database });
    await platform.settle();
    const rows = database.prepare('select id from own').iterate();
    rows.next();
    const sent = runtime.ask(Add, { n: 1 });
    for (let i = 0; i < 20; i++) platform.step();
    expect(runtime.info().state).toBe('running');

    expect([...rows]).toHaveLength(2);
    await platform.settle();
    expect(await sent).toBe(1);
  });

  it('is refused for now when it is busy at the start, with nothing created in it', async () => {
    const database = new Database(':memory:');
    database.exec('create table own (id integer primary key); insert into own values (1), (2)');
    database.exec('begin');
    await expect(launch(app, { database })).rejects.toMatchObject({ code: 'store-busy', retryable: true });
    database.exec('commit');
    const rows = database.prepare('select id from own').iterate();
    rows.next();
    await expect(launch(app, { database })).rejects.toMatchObject({ code: 'store-busy', retryable: true });
    rows.return?.();
    expect(database.prepare(`select count(*) from sqlite_schema where name like 'troupe_%'`).pluck().get()).toBe(0);

    const { runtime, run } = await launch(app, { database });
    expect(await run(runtime.ask(Add, { n: 1 }))).toBe(1);
  });

  it('is refused when it is closed or read-only', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'troupe-')), 'own.db');
    const database = new Database(file);
    database.exec('create table own (id integer primary key)');
    database.close();
    await expect(launch(app, { database })).rejects.toMatchObject({ code: 'invalid-options' });
    const readonly = new Database(file, { readonly: true });
    await expect(launch(app, { database: readonly })).rejects.toMatchObject({ code: 'invalid-options' });
    readonly.close();
  });

  it.each([
    ['journal_mode', 'delete'],
    ['synchronous', 1],
  ])('is refused when its %s cannot be what durability needs', async (name, answer) => {
    const database = new Database(join(mkdtempSync(join(tmpdir(), 'troupe-')), 'own.db'));
    const pragma = database.pragma.bind(database);
    database.pragma = (source, options) => (source.startsWith(name) ? answer : pragma(source, options));
    await expect(launch(app, { database })).rejects.toMatchObject({ code: 'store-unsupported' });
    database.close();
  });

  it('serves two tenants in one process, each its own', async () => {
    const both = await Promise.all(
      [new Database(':memory:'), new Database(':memory:')].map(database => launch(app, { database })),
    );
    for (const [index, { runtime, run }] of both.entries()) await run(runtime.ask(Add, { n: index + 1 }));

    expect(both.map(({ runtime }) => runtime.state(adder))).toEqual([{ sum: 101 }, { sum: 102 }]);
  });
});

describe('K12 uniqueness', () => {
  it('is decided before the turn, also between inputs of one drain', async () => {
    let handled = 0;
    const once = defineActor('once', { state: () => ({ n: 0 }) }).on(Add, (ctx, { n }) => {
      handled += 1;
      return (ctx.state.n += n);
    });
    const { runtime, platform, kernel, store } = await launch({ actors: [once] });
    const all = Promise.all([
      runtime.send(Add, { n: 1 }, { idempotencyKey: 'k' }),
      runtime.ask(Add, { n: 1 }, { idempotencyKey: 'k' }),
      runtime.ask(Add, { n: 1 }, { idempotencyKey: 'k' }),
      runtime.send(Add, { n: 1 }, { idempotencyKey: 'k' }),
    ]);
    await platform.settle();

    expect(await all).toMatchObject([{ duplicate: false }, 1, 1, { duplicate: true }]);
    expect(handled).toBe(1);
    expect(kernel.scheduler.drains).toBe(2);
    expect(tables(store)['idempotency']).toMatchObject([{ key: 'k', outcome: 'done', reply: '1' }]);
  });

  it('counts keys inside one transaction of the application too', async () => {
    const { runtime, platform } = await launch(app);
    runtime.transaction(tx => {
      tx.send(Add, { n: 1 }, { idempotencyKey: 'k' });
      tx.send(Add, { n: 1 }, { idempotencyKey: 'k' });
    });
    await platform.settle();

    expect(runtime.state(adder)).toEqual({ sum: 101 });
  });

  it('refuses keyed work at the limit of keys, before anything has changed', async () => {
    const { runtime, kernel, run, settled } = await launch(app);
    Object.assign(kernel, { limits: { ...kernel.limits, dedupeKeys: 1 } });
    const sent = Promise.allSettled([
      runtime.send(Add, { n: 1 }, { idempotencyKey: 'a' }),
      runtime.send(Add, { n: 1 }, { idempotencyKey: 'b' }),
      runtime.send(Add, { n: 1 }),
    ]);
    await settled();

    expect(await sent).toMatchObject([
      { status: 'fulfilled' },
      { reason: { code: 'dedupe-full' } },
      { status: 'fulfilled' },
    ]);
    expect(await run(runtime.send(Add, { n: 5 }, { idempotencyKey: 'a' }))).toMatchObject({ duplicate: true });
  });
});
