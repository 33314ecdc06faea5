import type { Database } from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { describe, expect, it } from 'vitest';
import { defineActor, type ActorContext } from '../../../src/index.ts';
import { assertAllowed } from '../../../src/runtime/store/application-sql.ts';
import { FaultyDatabase } from '../../support/faulty-database.ts';
import { commandOf, launch, memory } from '../../support/kernel-kit.ts';

const Write = commandOf('sql.write');
type Ctx = ActorContext<{ n: number }, never, never, Database>;
const create = 'create table if not exists own (id integer primary key, note text)';

function setup(handler: (ctx: Ctx, n: number) => unknown, { attempts = 1 } = {}) {
  const database = new FaultyDatabase();
  const actor = defineActor('writer', { state: () => ({ n: 0 }), sql: true, retry: { attempts, delay: 1 } }).on(
    Write,
    (ctx, { n }) => {
      ctx.state.n += n;
      handler(ctx, n);
      return ctx.state.n;
    },
  );
  const rows = (): unknown => database.handle.prepare('select id from own order by id').pluck().all();
  return {
    app: { actors: [actor], migrate: (sql: Database) => void sql.exec(create) },
    options: { database: database.handle },
    database,
    actor,
    rows,
  };
}

describe('K9 ctx.sql', () => {
  it('commits with the turn and is dropped with it', async () => {
    const { app, options, rows, actor } = setup((ctx, n) => {
      ctx.sql.prepare('insert into own (id) values (?)').run(n);
      if (n === 2) throw new Error('on purpose');
    });
    const { runtime, settled } = await launch(app, options);
    const sent = Promise.allSettled([1, 2, 3].map(n => runtime.ask(Write, { n })));
    await settled();

    expect((await sent).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(rows()).toEqual([1, 3]);
    expect(runtime.state(actor)).toEqual({ n: 4 });
  });

  it('is what the actor makes of the database, once per runtime', async () => {
    const own = sqliteTable('own', { id: integer('id').primaryKey(), note: text('note') });
    let made = 0;
    const make = (client: Database) => {
      made += 1;
      return drizzle({ client });
    };
    const actor = defineActor('drizzled', { sql: make, retry: { attempts: 1 } }).on(Write, (ctx, { n }) => {
      ctx.sql
        .insert(own)
        .values({ id: n, note: `n${n}` })
        .run();
      ctx.sql.transaction(tx => tx.update(own).set({ note: 'nested' }).run());
      if (n === 2) throw new Error('on purpose');
      return ctx.sql.select().from(own).all().length;
    });
    const app = { actors: [actor], migrate: (sql: Database) => void sql.exec(create) };
    // Two tenants in one process: the same definitions, each with its own database.
    const tenants = await Promise.all([launch(app), launch(app)]);
    for (const [index, { runtime, run }] of tenants.entries()) {
      expect(await run(runtime.ask(Write, { n: 10 + index }))).toBe(1);
      await expect(run(runtime.ask(Write, { n: 2 }))).rejects.toMatchObject({ code: 'handler-failed' });
      expect(await run(runtime.ask(Write, { n: 20 + index }))).toBe(2);
    }

    expect(made).toBe(2);
    const notes = tenants.map(({ store }) => store.database.prepare('select id, note from own').raw().all());
    expect(notes).toEqual([
      [
        [10, 'nested'],
        [20, 'nested'],
      ],
      [
        [11, 'nested'],
        [21, 'nested'],
      ],
    ]);
  });

  it('is refused outside of the turn, also through a statement prepared in it', async () => {
    let kept: { ctx: Ctx; sql: Database; insert: { run: (id: number) => unknown } } | undefined;
    const { app, options, rows } = setup(ctx => {
      const { sql } = ctx;
      kept = { ctx, sql, insert: sql.prepare<[number]>('insert into own (id) values (?)') };
    });
    const { runtime, run } = await launch(app, options);
    await run(runtime.send(Write, {}));
    const closed = expect.objectContaining({ code: 'ctx-closed' }) as Error;

    expect(() => kept?.ctx.sql).toThrow(closed);
    expect(() => kept?.sql.prepare('select 1')).toThrow(closed);
    expect(() => kept?.insert.run(7)).toThrow(closed);
    expect(rows()).toEqual([]);
  });

  it('reports writes by closure over the handle', async () => {
    const database = new FaultyDatabase();
    database.handle.exec(create);
    const sneaky = defineActor('sneaky').on(Write, (_ctx, { n }) => {
      if (n > 0) database.handle.prepare('insert into own (id) values (?)').run(n);
      return null;
    });
    const { runtime, run, logs } = await launch({ actors: [sneaky] }, { database: database.handle });
    const taps: unknown[] = [];
    runtime.tap('undeclared-sql', event => taps.push(event));
    await run(runtime.send(Write, { n: 0 }));
    expect(taps).toEqual([]);
    await run(runtime.send(Write, { n: 1 }));

    expect(taps).toHaveLength(1);
    expect(logs.map(({ fields }) => fields['code'])).toEqual(['undeclared']);
  });

  it("counts a full disk as nobody's failed attempt", async () => {
    const { app, options, database, rows, actor } = setup((ctx, n) => {
      ctx.sql.prepare('insert into own (id) values (?)').run(n);
    });
    const { runtime, platform } = await launch(app, options);
    await platform.settle();
    runtime.transaction(tx => tx.send(Write, { n: 1 }));
    database.fail('insert into own', 'SQLITE_FULL', { times: 3 });
    await platform.advance(20_000);

    expect(runtime.deadLetters.list()).toEqual([]);
    expect(rows()).toEqual([1]);
    expect(runtime.state(actor)).toEqual({ n: 1 });
  });
});

describe('K10 the façade', () => {
  it.each([
    'begin',
    'BEGIN IMMEDIATE',
    'commit',
    'end transaction',
    'rollback',
    '/* x */ rollback to troupe_turn',
    'savepoint a',
    'release troupe_turn',
    'pragma foreign_keys = off',
    "attach 'x' as y",
    'detach y',
    'vacuum',
    'select 1; commit',
    "insert into own values (';'); rollback",
    'insert or rollback into own values (1)',
    'INSERT OR\n ROLLBACK INTO own VALUES (1)',
    'update or /* hidden */ rollback own set id = 1',
    'create table a (b unique on conflict rollback)',
    '-- comment\ncommit',
  ])('refuses %j', sql => {
    expect(() => assertAllowed(sql)).toThrow(expect.objectContaining({ code: 'sql-refused' }) as Error);
  });

  it.each([
    "insert into own (note) values ('commit')",
    'select "begin" from [rollback]',
    'insert or replace into own values (1)',
    "insert into own values ('or rollback')",
    'select `commit` from own -- rollback',
    "select 'it''s; commit'",
  ])('lets pass %j', sql => {
    expect(() => assertAllowed(sql)).not.toThrow();
  });

  it('has no way around its transaction', async () => {
    const codes: unknown[] = [];
    const { app, options } = setup(ctx => {
      const uses: (() => unknown)[] = [
        () => ctx.sql.pragma('user_version'),
        () => ctx.sql.close(),
        () => ctx.sql.backup('x'),
        () => ctx.sql.exec('commit'),
        () => ctx.sql.prepare('rollback'),
        () => ctx.sql.loadExtension('x'),
        () => ctx.sql.unsafeMode(),
        () => ctx.sql.defaultSafeIntegers(),
      ];
      for (const use of uses) {
        try {
          void use();
        } catch (error) {
          codes.push((error as { code: unknown }).code);
        }
      }
    });
    const { runtime, run } = await launch(app, options);
    await run(runtime.send(Write, {}));

    expect(codes).toEqual(Array<string>(8).fill('sql-refused'));
  });

  const rollbackTable = 'create table trap (id integer primary key on conflict rollback)';

  it('finds the turn that ended the transaction and swallowed it, and keeps the others', async () => {
    const { app, options, database, rows, actor } = setup(
      (ctx, n) => {
        ctx.sql.prepare('insert into own (id) values (?)').run(n);
        if (n !== 3) return;
        try {
          ctx.sql.exec('insert into trap values (1)');
        } catch {
          // Swallowed: the transaction of the whole group is gone, and the handler goes on.
        }
        ctx.sql.prepare('insert into own (id) values (?)').run(99);
      },
      { attempts: 2 },
    );
    database.handle.exec(`${rollbackTable}; insert into trap values (1)`);
    const { runtime, platform, kernel } = await launch(app, options);
    const sent = Promise.allSettled([1, 2, 3, 4].map(n => runtime.ask(Write, { n })));
    await platform.finish();

    expect((await sent).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(rows()).toEqual([1, 2, 4]);
    expect(runtime.state(actor)).toEqual({ n: 7 });
    expect(runtime.deadLetters.list()).toMatchObject([{ reason: 'attempts-exhausted' }]);
    expect(kernel.scheduler.state).toBe('running');
    const fresh = await launch(app, { database: runtime.serialize() });
    expect(fresh.runtime.state(actor)).toEqual(memory(kernel)['writer/default']);
  });

  it('finds it too when a closure over the handle ended the transaction', async () => {
    const database = new FaultyDatabase();
    database.handle.exec(`${rollbackTable}; insert into trap values (1); ${create}`);
    const actor = defineActor('closure', { state: () => ({ n: 0 }), retry: { attempts: 1 } }).on(
      Write,
      (ctx, { n }) => {
        ctx.state.n += n;
        if (n === 2) database.handle.exec('insert into trap values (1)');
        return n;
      },
    );
    const { runtime, platform } = await launch({ actors: [actor] }, { database: database.handle });
    const sent = Promise.allSettled([1, 2, 3].map(n => runtime.ask(Write, { n })));
    await platform.finish();

    expect((await sent).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(runtime.state(actor)).toEqual({ n: 4 });
    expect(runtime.info().state).toBe('running');
  });

  it('keeps nothing of an application transaction whose SQL ended it', async () => {
    const { app, options, database, rows } = setup(() => {});
    database.handle.exec(`${rollbackTable}; insert into trap values (1)`);
    const { runtime, settled, store } = await launch(app, options);
    await settled();
    const act = (): void =>
      runtime.transaction(tx => {
        tx.sql.prepare('insert into own (id) values (?)').run(1);
        tx.send(Write, { n: 5 });
        try {
          tx.sql.exec('insert into trap values (1)');
        } catch {
          // Swallowed.
        }
      });

    expect(act).toThrow(expect.objectContaining({ code: 'sql-refused' }) as Error);
    expect(rows()).toEqual([]);
    expect(store.messages.list(10, 1000)).toEqual([]);
    expect(runtime.info().state).toBe('running');
  });
});
