// testActor and ctx.sql: a database the test has made, and the same guard as in production.
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { defineActor, TroupeError } from '../../src/index.ts';
import { testActor } from '../../src/testing/index.ts';
import { OrderPaid, OrderPlaced, PayOrder } from './orders.ts';

const order = { orderId: '7', cents: 5 };

function setup() {
  const database = new Database(':memory:');
  database.exec('create table sales (id text, cents int)');
  const rows = (): unknown[] => database.prepare('select id, cents from sales').raw().all();
  const actor = defineActor('books', { sql: true })
    .on(OrderPlaced, (ctx, { orderId, cents }) => {
      ctx.sql.prepare<[string, number]>('insert into sales values (?, ?)').run(orderId, cents);
    })
    .on(OrderPlaced, (_ctx, { cents }) => {
      if (cents === 0) throw new Error('nothing to book');
    })
    .on(OrderPaid, ctx => void ctx.sql.exec('commit'))
    .task(PayOrder, {
      run: async () => 'r',
      done: (ctx, receipt) => {
        ctx.sql.exec("insert into sales values ('paid', 1)");
        return { ok: true, receipt };
      },
    });
  return { database, rows, actor };
}

it('writes the tables of the given database', async () => {
  const { database, rows, actor } = setup();
  testActor(actor, { database }).when(OrderPlaced, order);
  await testActor(actor, { database }).run(PayOrder, order);

  expect(rows()).toEqual([
    ['7', 5],
    ['paid', 1],
  ]);
  expect(database.inTransaction).toBe(false);
});

it('keeps no row of a message whose second handler throws', () => {
  const { database, rows, actor } = setup();

  expect(() => testActor(actor, { database }).when(OrderPlaced, { ...order, cents: 0 })).toThrow('nothing to book');
  expect(rows()).toEqual([]);
  expect(database.inTransaction).toBe(false);
});

it('goes on after a handler that wrote and threw', () => {
  const { database, rows } = setup();
  const actor = defineActor('strict', { sql: true }).on(OrderPlaced, (ctx, { orderId, cents }) => {
    ctx.sql.prepare<[string, number]>('insert into sales values (?, ?)').run(orderId, cents);
    if (cents === 0) throw new Error('nothing to book');
  });
  const test = testActor(actor, { database });

  expect(() => test.when(OrderPlaced, { ...order, cents: 0 })).toThrow('nothing to book');
  test.when(OrderPlaced, order);
  expect(rows()).toEqual([['7', 5]]);
});

it('ends with its turn', () => {
  const { database } = setup();
  let kept: Database.Database | undefined;
  const actor = defineActor('keeper', { sql: true }).on(OrderPlaced, ctx => void (kept = ctx.sql));
  testActor(actor, { database }).when(OrderPlaced, order);

  expect(() => kept?.prepare('select 1')).toThrow('ctx.sql was used outside of its turn');
});

it('joins a transaction of the test, which may undo it', () => {
  const { database, rows, actor } = setup();
  database.exec('begin');
  testActor(actor, { database }).when(OrderPlaced, order);
  const inside = rows();
  database.exec('rollback');

  expect(inside).toEqual([['7', 5]]);
  expect(rows()).toEqual([]);
});

it('refuses what production refuses', () => {
  const { database, actor } = setup();

  expect(() => testActor(actor, { database }).when(OrderPaid, { orderId: '7', receipt: '' })).toThrow(
    'ctx.sql refuses COMMIT',
  );
});

it('gives what the actor makes of the database, once', () => {
  let made = 0;
  const { database, rows } = setup();
  const actor = defineActor('made', {
    sql: sql => ({ number: (made += 1), add: (id: string) => sql.prepare('insert into sales values (?, 0)').run(id) }),
  }).on(OrderPlaced, (ctx, { orderId }) => void ctx.sql.add(orderId + ctx.sql.number));
  const test = testActor(actor, { database });
  test.when(OrderPlaced, order);
  test.when(OrderPlaced, order);

  expect(rows()).toEqual([
    ['71', 0],
    ['71', 0],
  ]);
});

it('asks for a database where there is none', () => {
  const { actor } = setup();
  const act = () => testActor(actor).when(OrderPlaced, order);

  expect(act).toThrow('Give it one that has its tables: testActor(books, { database })');
  expect(act).toThrow(TroupeError);
});
