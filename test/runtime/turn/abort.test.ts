import { describe, expect, it } from 'vitest';
import { defineActor, defineApp, defineSchedule } from '../../../src/index.ts';
import { FaultyDatabase } from '../../support/faulty-database.ts';
import { commandOf, eventOf, launch, memory, tables } from '../../support/kernel-kit.ts';

const Added = eventOf('abort.added');
const Add = commandOf('abort.add');
const Grow = commandOf('abort.grow');
const Start = commandOf('abort.start');
const Sql = commandOf('abort.sql');

/** A counter that does a bit of everything, and a witness of what it published. */
function setup() {
  const handled: string[] = [];
  const counter = defineActor('counter', {
    state: () => ({ sum: 0, list: [] as number[], big: '' }),
    publishes: [Added],
    sends: [Add],
  })
    .on(Add, (ctx, { key, n, text }) => {
      handled.push(`${key}:${n}`);
      ctx.state.list.push(n);
      if (text === 'throw') throw new Error('on purpose');
      ctx.state.sum += n;
      ctx.publish(Added, { key, n });
      if (text === 'later') ctx.schedule(Add, { key, n: 1000 }, { after: '1h', id: 'later' });
      return ctx.state.sum;
    })
    .on(Grow, (ctx, { n }) => {
      ctx.state.big = 'x'.repeat(n);
      return null;
    })
    .task(Start, async (_ctx, { n }) => n);
  const witness = defineActor('witness', { state: () => ({ seen: [] as number[] }) }).on(
    Added,
    (ctx, { n }) => void ctx.state.seen.push(n),
  );
  const database = new FaultyDatabase();
  return { app: defineApp({ actors: [counter, witness] }), counter, witness, database, handled };
}

/** What a fresh runtime finds in the bytes of another. */
async function reopened(app: Parameters<typeof launch>[0], bytes: Uint8Array) {
  const fresh = await launch(app, { database: bytes });
  await fresh.settled();
  return fresh;
}

describe('K3 an aborted drain', () => {
  it('begins before any handler runs', async () => {
    const { app, database, handled } = setup();
    const { runtime, settled, platform } = await launch(app, { database: database.handle });
    database.fail('begin immediate', 'SQLITE_BUSY', { times: 1_000_000 });
    const sent = runtime.send(Add, { n: 1 });
    for (let i = 0; i < 5; i++) platform.step();
    expect(handled).toEqual([]);

    database.heal();
    await settled();
    await expect(sent).resolves.toMatchObject({ duplicate: false });
    expect(handled).toEqual(['default:1']);
  });

  it('runs again when the commit was busy, with its promises pending meanwhile', async () => {
    const { app, counter, witness, database } = setup();
    const { runtime, platform, kernel } = await launch(app, { database: database.handle });
    database.failCommit('SQLITE_BUSY', { times: 2 });
    let done = 0;
    const asks = [1, 2, 3].map(n => runtime.ask(Add, { n }).finally(() => (done += 1)));
    await platform.settle();
    expect(done).toBe(0);

    await platform.advance(1_000);
    expect(await Promise.all(asks)).toEqual([1, 3, 6]);
    expect(runtime.state(witness)).toEqual({ seen: [1, 2, 3] });
    expect(runtime.state(counter)).toMatchObject({ list: [1, 2, 3] });
    const fresh = await reopened(app, runtime.serialize());
    expect(fresh.runtime.state(counter)).toEqual(memory(kernel)['counter/default']);
  });

  it('takes its inputs again before those that came after them', async () => {
    const { app, counter, database } = setup();
    const { runtime, platform } = await launch(app, { database: database.handle, turns: 1 });
    await platform.settle();
    database.failCommit('SQLITE_BUSY');
    const sent = Promise.all([1, 2, 3].map(n => runtime.send(Add, { n })));
    await platform.advance(1_000);
    await sent;

    expect(runtime.state(counter)).toMatchObject({ list: [1, 2, 3] });
  });

  it('counts no attempt that failed in it', async () => {
    const { app, database, handled } = setup();
    const { runtime, platform, store } = await launch(app, { database: database.handle });
    await platform.settle();
    runtime.transaction(tx => tx.send(Add, { n: 1, text: 'throw' }));
    database.failCommit('SQLITE_BUSY');
    await platform.advance(60_000);

    const [letter] = runtime.deadLetters.list();
    expect(letter?.failures.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5]);
    expect(store.database.prepare('select count(*) from troupe_turns').pluck().get()).toBe(5);
    expect(handled).toHaveLength(6);
  });

  it('waits before it runs again when the commit was busy', async () => {
    const { app, database, handled } = setup();
    const { runtime, platform } = await launch(app, { database: database.handle });
    await platform.settle();
    runtime.transaction(tx => tx.send(Add, { n: 1 }));
    database.failCommit('SQLITE_BUSY', { times: 1_000_000 });
    await platform.settle();

    expect(handled).toEqual(['default:1']);
    expect(platform.pendingAlarms.length).toBeGreaterThan(0);
  });

  it('rejects fresh ingress and keeps accepted work when the disk is full', async () => {
    const { app, counter, witness, database } = setup();
    const { runtime, platform, kernel } = await launch(app, { database: database.handle });
    await platform.settle();
    // Accepted by a commit of its own, not handled yet.
    runtime.transaction(tx => tx.send(Add, { n: 1 }));
    database.failCommit('SQLITE_FULL', { times: 3, rollback: true });
    const refused = await Promise.allSettled([
      platform.settle(),
      runtime.send(Add, { n: 2 }),
      runtime.ask(Add, { n: 3 }),
    ]);
    const later = await runtime.send(Add, { n: 4 }).catch((error: unknown) => error);

    expect(refused[1]).toMatchObject({ reason: { code: 'store-full', retryable: true } });
    expect(refused[2]).toMatchObject({ reason: { code: 'store-full' } });
    expect(later).toMatchObject({ code: 'store-full' });
    expect(runtime.info().state).toBe('running');
    await platform.advance(10_000);
    expect(runtime.state(counter)).toMatchObject({ sum: 1, list: [1] });
    expect(runtime.state(witness)).toEqual({ seen: [1] });
    const fresh = await reopened(app, runtime.serialize());
    expect(fresh.runtime.state(counter)).toEqual(memory(kernel)['counter/default']);
  });

  it('probes a full disk at intervals, not on every macrotask', async () => {
    const { app, database, handled } = setup();
    const { runtime, platform } = await launch(app, { database: database.handle });
    await platform.settle();
    runtime.transaction(tx => tx.send(Add, { n: 1 }));
    database.failCommit('SQLITE_FULL', { times: 1_000_000, rollback: true });
    await platform.settle();
    expect(handled).toHaveLength(1);
    await platform.advance(10_000);

    expect(handled.length).toBeLessThan(15);
    expect(handled.length).toBeGreaterThan(5);
  });

  it('takes new work again when there is space', async () => {
    const { app, counter, database } = setup();
    const { runtime, platform, run } = await launch(app, { database: database.handle });
    database.failCommit('SQLITE_FULL');
    await expect(run(runtime.send(Add, { n: 1 }))).rejects.toMatchObject({ code: 'store-full' });
    await platform.advance(2_000);
    await run(runtime.send(Add, { n: 2 }));

    expect(runtime.state(counter)).toMatchObject({ list: [2] });
  });

  it('finds the turn whose state is too large, fails it alone and keeps its neighbours in order', async () => {
    const { app, counter, witness, database } = setup();
    const { runtime, platform, kernel } = await launch(app, { database: database.handle });
    const sent = [
      ...[1, 2, 3].map(n => runtime.ask(Add, { n })),
      runtime.ask(Grow, { key: 'huge', n: 2_000_000 }),
      ...[4, 5].map(n => runtime.ask(Add, { n })),
    ];
    const outcomes = Promise.allSettled(sent);
    await platform.finish();

    expect((await outcomes).map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(runtime.state(counter)).toMatchObject({ sum: 15, list: [1, 2, 3, 4, 5] });
    expect(runtime.state(witness)).toEqual({ seen: [1, 2, 3, 4, 5] });
    expect(runtime.deadLetters.list()).toMatchObject([{ address: 'counter/huge', failures: [{ code: 'too-large' }] }]);
    const fresh = await reopened(app, runtime.serialize());
    for (const [address, state] of Object.entries(memory(kernel))) {
      expect(fresh.store.states.get(address)?.data, address).toBe(JSON.stringify(state));
    }
  });

  it('makes a handler failure of a foreign key that is violated at COMMIT', async () => {
    const database = new FaultyDatabase();
    database.handle.pragma('foreign_keys = ON');
    database.handle.exec(`create table parent (id integer primary key);
      create table child (parent integer references parent (id) deferrable initially deferred)`);
    const writer = defineActor('writer', {
      state: () => ({ sum: 0 }),
      sql: true,
      retry: { attempts: 2, delay: 10 },
    }).on(Sql, (ctx, { n }) => {
      ctx.state.sum += n;
      if (n === 3) ctx.sql.exec('insert into child values (99)');
      return ctx.state.sum;
    });
    const { runtime, platform } = await launch({ actors: [writer] }, { database: database.handle });
    const outcomes = Promise.allSettled([1, 2, 3, 4, 5].map(n => runtime.ask(Sql, { n })));
    await platform.finish();

    expect((await outcomes).map(one => (one.status === 'fulfilled' ? one.value : 'failed'))).toEqual([
      1,
      3,
      'failed',
      7,
      12,
    ]);
    expect(runtime.state(writer)).toEqual({ sum: 12 });
    expect(runtime.deadLetters.list()).toMatchObject([{ attempts: 2, failures: [{}, {}] }]);
    expect(database.handle.prepare('select count(*) from child').pluck().get()).toBe(0);
    expect(runtime.info().state).toBe('running');
  });

  it('stops on an I/O error and tells every promise', async () => {
    const { app, database } = setup();
    const { runtime, platform } = await launch(app, { database: database.handle });
    const before = await Promise.all([runtime.send(Start, { n: 1 }), platform.settle()]);
    database.failCommit('SQLITE_IOERR_WRITE', { rollback: true });
    const outcomes = Promise.allSettled([runtime.send(Add, { n: 1 }), runtime.ask(Add, { n: 2 })]);
    await platform.settle();

    expect(before[0]).toMatchObject({ position: 1 });
    expect(await outcomes).toMatchObject([
      { reason: { code: 'commit-unknown' } },
      { reason: { code: 'commit-unknown' } },
    ]);
    expect(runtime.info().state).toBe('failed');
  });

  it('leaves no promise hanging when even the rollback fails', async () => {
    const { app, database } = setup();
    const { runtime, platform } = await launch(app, { database: database.handle });
    database.failCommit('SQLITE_IOERR_WRITE');
    database.fail('rollback', 'SQLITE_IOERR', { times: 9 });
    const outcomes = Promise.allSettled([runtime.send(Add, { n: 1 }), runtime.ask(Add, { n: 2 })]);
    await platform.settle();
    const timeout = new Promise(resolve => setImmediate(() => resolve('hanging')));

    expect(await Promise.race([outcomes, timeout])).not.toBe('hanging');
    expect(runtime.info().state).toBe('failed');
  });

  it('stops the same way when a transaction of the application cannot be rolled back', async () => {
    const { app, database } = setup();
    const { runtime } = await launch(app, { database: database.handle });
    database.failCommit('SQLITE_IOERR_WRITE');
    database.fail('rollback', 'SQLITE_IOERR', { times: 9 });

    expect(() => runtime.transaction(tx => tx.send(Add, { n: 1 }))).toThrow(/./);
    expect(runtime.info().state).toBe('failed');
  });

  it('runs the callback of a transaction once, and keeps nothing of it', async () => {
    for (const code of ['SQLITE_BUSY', 'SQLITE_FULL', 'SQLITE_CONSTRAINT_FOREIGNKEY']) {
      const { app, counter, database } = setup();
      const { runtime, platform, store } = await launch(app, { database: database.handle });
      await platform.settle();
      const before = tables(store);
      let calls = 0;
      database.failCommit(code);
      const act = (): void =>
        runtime.transaction(tx => {
          calls += 1;
          tx.send(Add, { n: 1 });
        });

      expect(act, code).toThrow(/./);
      expect(calls).toBe(1);
      await platform.finish();
      expect(tables(store)).toEqual(before);
      act();
      await platform.finish();
      expect(runtime.state(counter)).toMatchObject({ list: [1] });
    }
  });

  it('puts timers, dead letters, replies and tasks back too', async () => {
    for (const [code, rollback] of [
      ['SQLITE_BUSY', false],
      ['SQLITE_FULL', true],
      ['SQLITE_CONSTRAINT_TRIGGER', false],
    ] as const) {
      const { app, counter, database } = setup();
      const { runtime, platform, kernel, store } = await launch(app, { database: database.handle });
      await platform.settle();
      runtime.transaction(tx => {
        tx.send(Add, { n: 1, text: 'later' }, { idempotencyKey: 'k' });
        tx.send(Add, { n: 2, text: 'throw' });
        tx.send(Start, { n: 3 });
      });
      database.failCommit(code, { times: 2, rollback });
      await platform.advance(50_000);

      expect(runtime.info(), code).toMatchObject({ state: 'running', tasks: 0, deadLetters: 1 });
      expect(runtime.state(counter), code).toMatchObject({ list: [1] });
      expect(tables(store)['timers'], code).toMatchObject([{ timer: 'later', fired: 0 }]);
      expect(tables(store)['idempotency'], code).toMatchObject([{ key: 'k', outcome: 'done', reply: '1' }]);
      expect(kernel.registration('counter')?.pending, code).toBe(0);
      await platform.advance(3_600_000);
      expect(runtime.state(counter), code).toMatchObject({ list: [1, 1000] });
    }
  });

  it('is not caused by a schedule that cannot make its message', async () => {
    const { app, counter, database } = setup();
    let calls = 0;
    const schedule = defineSchedule(
      'broken',
      Add,
      slot => {
        calls += 1;
        if (calls === 1) throw new Error('on purpose');
        return { n: slot > 0 ? 1 : 0 };
      },
      { every: '1h' },
    );
    const { runtime, platform, logs } = await launch(
      { actors: app.actors, schedules: [schedule] },
      { database: database.handle },
    );
    await platform.advance(2 * 3_600_000);

    expect(runtime.info().state).toBe('running');
    expect(runtime.state(counter)).toMatchObject({ list: [1] });
    expect(logs.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it('is not caused by an SQL mistake in a transaction of the application, which gets its own error', async () => {
    const { app, database } = setup();
    database.handle.exec('create table own (id integer primary key)');
    const { runtime, run } = await launch(app, { database: database.handle });

    expect(() => runtime.transaction(tx => tx.sql.exec('insert into nowhere values (1)') && undefined)).toThrow(
      expect.objectContaining({ code: 'SQLITE_ERROR' }) as Error,
    );
    expect(() =>
      runtime.transaction(tx => {
        tx.sql.exec('insert into own values (1)');
        tx.sql.exec('insert into own values (1)');
      }),
    ).toThrow(expect.objectContaining({ code: 'SQLITE_CONSTRAINT_PRIMARYKEY' }) as Error);
    expect(database.handle.prepare('select count(*) from own').pluck().get()).toBe(0);
    expect(await run(runtime.ask(Add, { n: 1 }))).toBe(1);
  });
});
