// Actors of every kind at once: commands that cause commands, tasks, timers, delays, retries, SQL, wildcards, schedules.
import { defineActor, defineApp, defineSchedule } from '../../src/index.ts';
import { always, eventually, type Client, type Simulation, type TestRuntime } from '../../src/testing/index.ts';
import { commandOf, eventOf } from '../support/kernel-kit.ts';

const Ordered = eventOf('sim.ordered');
const Paid = eventOf('sim.paid');
const Later = eventOf('sim.later');
const Order = commandOf('sim.order');
const Remind = commandOf('sim.remind');
const Ship = commandOf('sim.ship');
const Pay = commandOf('sim.pay');
const Charge = commandOf('sim.charge');
const Question = commandOf('sim.question');
const Answer = commandOf('sim.answer');
const Try = commandOf('sim.try');
const Log = commandOf('sim.log');
const Greet = commandOf('sim.greet');
const Leave = commandOf('sim.leave');
const Tick = commandOf('sim.tick');

const KEYS = ['a', 'b'];
const list = () => ({ seen: [] as number[], sum: 0 });

/** Sends later, schedules, and arms one timer again and again. */
const desk = defineActor('desk', {
  state: () => ({ seen: [] as number[], reminded: 0, answered: 0, tickets: {} as Record<string, string> }),
  publishes: [Ordered, Later],
  sends: [Remind, Ship, Pay, Answer],
})
  .on(Order, (ctx, { key, n }) => {
    ctx.state.seen.push(n);
    ctx.publish(Ordered, { key, n });
    ctx.publish(Later, { key, n }, { delay: '2s' });
    ctx.send(Ship, { key: 'all', n });
    ctx.send(Ship, { key: 'all', n: n + 100 }, { delay: n * 10 });
    ctx.schedule(Remind, { key, n }, { after: '10m', id: 'remind' });
    ctx.schedule(Remind, { key, n: -1 }, { after: '1m', id: 'never' });
    ctx.cancel('never');
    return n;
  })
  .on(Remind, (ctx, { n }) => {
    ctx.state.reminded = n;
    return null;
  })
  .on(Question, (ctx, { key, n }) => {
    ctx.state.tickets[n] = ctx.replyTicket;
    ctx.schedule(Answer, { key, n }, { after: n * 20, id: `answer-${n}` });
    return ctx.deferReply();
  })
  .on(Answer, (ctx, { n }) => {
    const ticket = ctx.state.tickets[n];
    if (ticket === undefined) throw new Error('no ticket');
    ctx.reply(Question, ticket, n * 7);
    delete ctx.state.tickets[n];
    ctx.state.answered += 1;
    return null;
  });

const shipping = defineActor('shipping', { state: list }).on(Ship, (ctx, { n }) => {
  ctx.state.sum += n;
  return null;
});

/** A task with all that a task can wait for. */
const cashier = defineActor('cashier', { state: list, publishes: [Paid] }).task(Pay, {
  run: async (ctx, { n }) => {
    const one = await ctx.step('one', () => n + 1);
    await ctx.sleep('nap', '1s');
    const charged = await ctx.ask('charge', Charge, { key: ctx.key, n });
    if (n % 3 === 0 && ctx.attempt === 1) throw new Error('once');
    return ctx.step('two', () => one + Number(charged) - 1);
  },
  done: (ctx, result) => {
    ctx.state.seen.push(result);
    ctx.publish(Paid, { key: ctx.key, n: result });
    return result;
  },
});

const till = defineActor('till', { single: true, sql: true, state: list, retry: { attempts: 4 } }).on(
  Charge,
  (ctx, { key, n }) => {
    ctx.sql.prepare('insert into charges (account, amount) values (?, ?)').run(key, n);
    ctx.state.sum += n;
    if (n % 4 === 1 && ctx.attempt === 1) throw new Error('rolled back');
    return n;
  },
);

/** Is overtaken while it tries again. */
const stats = defineActor('stats', { state: list, retryOrder: 'skip-ahead', retry: { attempts: 4 } })
  .on(Ordered, (ctx, { n }) => {
    if (n % 2 === 0 && ctx.attempt < 3) throw new Error('not yet');
    ctx.state.sum += n;
  })
  .on(Later, (ctx, { n }) => void (ctx.state.sum += n * 1000));

/** Falls behind: the limits are small. */
const audit = defineActor('audit', { single: true, state: () => ({ types: {} as Record<string, number> }) }).onAny(
  'sim.*',
  (ctx, { type }) => void (ctx.state.types[type] = (ctx.state.types[type] ?? 0) + 1),
);

/** Starts a task of its own, which fails for good at odd numbers. */
const worker = defineActor('worker', { state: () => ({ started: 0, done: 0, failed: 0 }), retry: { attempts: 3 } })
  .on(Log, (ctx, { key, n }) => {
    ctx.state.started += 1;
    ctx.start(Try, { key, n });
    return n;
  })
  .task(Try, {
    run: async (ctx, { n }) => {
      await ctx.sleep('nap', n * 100);
      if (n % 2 === 1) throw new Error('never');
      return n;
    },
    done: ctx => (ctx.state.done += 1),
    failed: ctx => (ctx.state.failed += 1),
  });

/** Ends, with its timer, and begins anew. */
const session = defineActor('session', { state: list, sends: [Ship] })
  .on(Greet, (ctx, { n }) => {
    ctx.state.seen.push(n);
    ctx.schedule(Ship, { key: 'none', n: 1 }, { after: '3d', id: 'goodbye' });
    return ctx.state.seen.length;
  })
  .on(Leave, ctx => {
    ctx.stop();
    return null;
  });

const clock = defineActor('clock', { state: list, single: true }).on(Tick, (ctx, { n }) => {
  ctx.state.seen.push(n);
  return null;
});
const hourly = defineSchedule('hourly', Tick, slot => ({ n: slot }), { every: '1h' });

const app = defineApp({
  actors: [desk, shipping, cashier, till, stats, audit, worker, session, clock],
  schedules: [hourly],
  migrate: database => void database.exec('create table if not exists charges (account text, amount integer)'),
});

/** What the clients of one run were told is done. */
interface Told {
  readonly orders: Record<string, number[]>;
  readonly paid: Record<string, number[]>;
  readonly logged: Record<string, number[]>;
  questions: number;
}
const runs = new WeakMap<TestRuntime, Told>();
const toldTo = (runtime: TestRuntime): Told => runs.get(runtime) ?? { orders: {}, paid: {}, logged: {}, questions: 0 };
const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
const all = (lists: Readonly<Record<string, readonly number[]>>): readonly number[] => Object.values(lists).flat();

function expectEqual(what: string, found: unknown, expected: unknown): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${what} is ${one}, and should be ${other}`);
}

type Act = (key: string, n: number) => Promise<unknown>;

/** What a client may do, and what it notes when it is done. */
function actsOf(client: Client, told: Told): readonly Act[] {
  const note = (lists: Record<string, number[]>, key: string, n: number): void => void (lists[key] ??= []).push(n);
  return [
    async (key, n) => {
      expectEqual('a reply', await client.ask(Order, { key, n }), n);
      note(told.orders, key, n);
    },
    async (key, n) => {
      await client.send(Pay, { key, n });
      note(told.paid, key, n);
    },
    async (key, n) => {
      await client.send(Log, { key, n });
      note(told.logged, key, n);
    },
    async (key, n) => {
      expectEqual('a late reply', await client.ask(Question, { key, n }), n * 7);
      told.questions += 1;
    },
    async key => {
      for (const n of [1, 2]) expectEqual('greetings', await client.ask(Greet, { key, n }), n);
      await client.ask(Leave, { key });
    },
  ];
}

export const actorsSimulation: Simulation = {
  name: 'actors',
  app,
  scenario: async ({ client, runtime, random }) => {
    const told: Told = { orders: {}, paid: {}, logged: {}, questions: 0 };
    runs.set(runtime, told);
    const acts = actsOf(client, told);
    const play = async (key: string, first: number): Promise<void> => {
      for (let at = 0; at < 4; at++) {
        await acts[Math.floor(random() * acts.length)]?.(key, first + at);
        if (random() < 0.2) await client.sleep(Math.floor(random() * 100_000));
      }
    };
    await Promise.all(KEYS.map((key, at) => play(key, 1 + at * 10)));
  },
  options: {
    horizon: '6h',
    limits: { mailboxPerActor: 2, cachedInstances: 3 },
    invariants: [
      always('charges are in the table and in the state', t => {
        const read = 'select coalesce(sum(amount), 0) from charges';
        const inTable = t.transaction(({ sql }) => sql.prepare(read).pluck().get());
        expectEqual('the table', inTable, t.state(till)?.sum ?? 0);
      }),
      eventually('orders are in the order of their sender', t => {
        for (const key of KEYS) expectEqual(key, t.state(desk, key)?.seen ?? [], toldTo(t).orders[key] ?? []);
      }),
      eventually('the last reminder is the one that came', t => {
        for (const key of KEYS) expectEqual(key, t.state(desk, key)?.reminded ?? 0, toldTo(t).orders[key]?.at(-1) ?? 0);
      }),
      eventually('everything is shipped, now and later', t => {
        const orders = all(toldTo(t).orders);
        expectEqual('shipping', t.state(shipping, 'all')?.sum ?? 0, sum(orders) * 2 + 100 * orders.length);
        expectEqual('statistics', sum(KEYS.map(key => t.state(stats, key)?.sum ?? 0)), sum(orders) * 1001);
      }),
      eventually('everything is paid once', t => {
        const { paid } = toldTo(t);
        expectEqual('the till', t.state(till)?.sum ?? 0, sum(all(paid)));
        for (const key of KEYS) {
          const seen = (t.state(cashier, key)?.seen ?? []).toSorted((a, b) => a - b);
          expectEqual(
            `paid ${key}`,
            seen,
            (paid[key] ?? []).map(n => 2 * n),
          );
        }
      }),
      eventually('the audit has seen every event', t => {
        const { orders, paid } = toldTo(t);
        const { types = {} } = t.state(audit) ?? {};
        expectEqual('ordered', types[Ordered.type] ?? 0, all(orders).length);
        expectEqual('later', types[Later.type] ?? 0, all(orders).length);
        expectEqual('paid', types[Paid.type] ?? 0, all(paid).length);
      }),
      eventually('tasks end once, well or badly', t => {
        for (const key of KEYS) {
          const logged = toldTo(t).logged[key] ?? [];
          const odd = logged.filter(n => n % 2 === 1).length;
          const { started = 0, done = 0, failed = 0 } = t.state(worker, key) ?? {};
          expectEqual(
            `tasks of ${key}`,
            { started, done, failed },
            { started: logged.length, done: logged.length - odd, failed: odd },
          );
        }
      }),
      eventually('questions are answered', t => {
        expectEqual('answers', sum(KEYS.map(key => t.state(desk, key)?.answered ?? 0)), toldTo(t).questions);
      }),
      eventually('a slot is taken once, in order', t => {
        const slots = t.state(clock)?.seen ?? [];
        expectEqual(
          'slots',
          slots,
          [...new Set(slots)].toSorted((a, b) => a - b),
        );
      }),
    ],
  },
};
