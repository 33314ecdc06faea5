// Scenarios of the crash explorer about actors; those about sagas have a file of their own.
import { defineActor } from '../../src/index.ts';
import { commandOf, eventOf, launch } from '../support/kernel-kit.ts';
import type { Scenario } from './crash-explorer.ts';

const Ordered = eventOf('sim.ordered');
const Paid = eventOf('sim.paid');
const Packed = eventOf('sim.packed');
const Order = commandOf('sim.order');
const Pay = commandOf('sim.pay');
const Ship = commandOf('sim.ship');
const Cancel = commandOf('sim.cancel');
const Answer = commandOf('sim.answer');

const list = () => ({ seen: [] as number[], sum: 0 });
const items = [1, 2, 3];

/** Numbers 1 to 3 for two keys, each sent with a key of its own. */
const each = (send: (key: string, n: number, idempotencyKey: string) => Promise<unknown>): Promise<unknown> =>
  Promise.all(['a', 'b'].flatMap(key => items.map(n => send(key, n, `${key}${n}`))));

const shop = () =>
  defineActor('shop', { state: list, publishes: [Ordered] }).on(Order, (ctx, { key, n, text }) => {
    ctx.state.seen.push(n);
    ctx.publish(Ordered, { key, n, text });
    return n;
  });

const fanOut: Scenario = {
  name: 'events fan out, and cause events',
  play: () => {
    const payments = defineActor('payments', { state: list, publishes: [Paid] }).on(Ordered, (ctx, { key, n }) => {
      ctx.state.seen.push(n);
      ctx.publish(Paid, { key, n: n * 10 });
    });
    const stock = defineActor('stock', { state: list, publishes: [Packed] }).on(Ordered, (ctx, { key, n }) => {
      ctx.state.sum += n;
      for (const part of items) ctx.publish(Packed, { key, n: n * part });
    });
    const books = defineActor('books', { state: list, single: true })
      .on(Paid, (ctx, { n }) => void (ctx.state.sum += n))
      .on(Packed, (ctx, { n }) => void (ctx.state.sum += n))
      .onAny('sim.*', ctx => void (ctx.state.sum += 1000));
    return { app: { actors: [shop(), payments, stock, books] } };
  },
  act: runtime => each((key, n, idempotencyKey) => runtime.ask(Order, { key, n }, { idempotencyKey })),
};

const commands: Scenario = {
  name: 'commands send commands, in order',
  play: () => {
    const first = defineActor('first', { state: list, sends: [Pay] }).on(Order, (ctx, { key, n }) => {
      ctx.state.seen.push(n);
      ctx.send(Pay, { key, n });
      ctx.send(Pay, { key, n: n + 100 });
      return n;
    });
    const second = defineActor('second', { state: list, sends: [Ship] }).on(Pay, (ctx, { key, n }) => {
      ctx.state.seen.push(n);
      ctx.send(Ship, { key: 'all', n });
      return `${key}${n}`;
    });
    const third = defineActor('third', { state: list }).on(Ship, (ctx, { n }) => {
      ctx.state.sum += n;
      return null;
    });
    return { app: { actors: [first, second, third] } };
  },
  act: runtime => each((key, n, idempotencyKey) => runtime.ask(Order, { key, n }, { idempotencyKey })),
};

const retries = (name: string, retryOrder: 'block' | 'skip-ahead'): Scenario => ({
  name,
  play: () => {
    const flaky = defineActor('flaky', { state: list, retryOrder, retry: { attempts: 3 } }).on(
      Ordered,
      (ctx, { n }) => {
        if (n === 2 && ctx.attempt < 3) throw new Error('not yet');
        if (n === 3 && ctx.key === 'a') throw new Error('never');
        if (retryOrder === 'block') ctx.state.seen.push(n);
        else ctx.state.sum += n;
      },
    );
    return { app: { actors: [shop(), flaky] } };
  },
  act: runtime => each((key, n, idempotencyKey) => runtime.ask(Order, { key, n }, { idempotencyKey })),
});

const tasks: Scenario = {
  name: 'tasks with steps, sleeps and asks',
  play: () => {
    const effects: [string, string][] = [];
    const gateway = defineActor('gateway', { state: list })
      .on(Ship, (ctx, { n }) => {
        ctx.state.sum += n;
        return n;
      })
      .task(Pay, {
        run: async (ctx, { key, n }) => {
          effects.push([`${key}${n}`, ctx.idempotencyKey]);
          const one = await ctx.step('one', () => n + 1);
          await ctx.sleep('nap', '1s');
          const two = await ctx.ask('ship', Ship, { key: 'depot', n });
          if (n === 3 && ctx.attempt === 1) throw new Error('once');
          const three = await ctx.step('two', () => one + 1);
          return three + (typeof two === 'number' ? 0 : 1);
        },
        done: (ctx, result) => {
          ctx.state.seen.push(result);
          return result;
        },
      });
    return { app: { actors: [gateway] }, effects };
  },
  act: runtime => each((key, n, idempotencyKey) => runtime.ask(Pay, { key, n }, { idempotencyKey })),
};

const failingTasks: Scenario = {
  name: 'tasks that fail for good, with and without failed, and started by ctx.start',
  play: () => {
    const effects: [string, string][] = [];
    const broken = (): Promise<never> => Promise.reject(new Error('never'));
    const worker = defineActor('worker', { state: list, retry: { attempts: 2, delay: 10 } })
      .task(Ship, {
        run: broken,
        done: () => 0,
        failed: (ctx, failure) => (ctx.state.sum += failure.attempts),
      })
      .task(Pay, broken)
      .on(Order, (ctx, { key, n }) => {
        ctx.state.seen.push(n);
        ctx.start(n === 2 ? Pay : Ship, { key, n });
        return n;
      });
    return { app: { actors: [worker] }, effects };
  },
  act: runtime => each((key, n, idempotencyKey) => runtime.ask(Order, { key, n }, { idempotencyKey })),
};

const timers: Scenario = {
  name: 'timers armed, armed again and cancelled',
  play: () => {
    const clock = defineActor('clock', { state: list, sends: [Ship] })
      .on(Order, (ctx, { key, n }) => {
        ctx.schedule(Ship, { key, n }, { after: n * 1000, id: 'next' });
        ctx.schedule(Ship, { key, n: n + 10 }, { after: 5000, id: `own-${n}` });
        ctx.schedule(Ship, { key, n: n + 50 }, { after: 700 });
        if (n === 3) ctx.cancel('own-1');
        return n;
      })
      .on(Ship, (ctx, { key, n }) => {
        ctx.state.sum += n;
        if (n === 12) ctx.cancel('own-3');
        if (n < 3) ctx.schedule(Ship, { key, n: n + 1 }, { after: 10, id: 'chain' });
        return null;
      });
    return { app: { actors: [clock] } };
  },
  act: async runtime => {
    for (const n of items) {
      await Promise.all(['a', 'b'].map(key => runtime.ask(Order, { key, n }, { idempotencyKey: `${key}${n}` })));
    }
  },
};

const delays: Scenario = {
  name: 'delayed sends, and messages that expire',
  play: () => {
    const later = defineActor('later', { state: list, sends: [Ship], publishes: [Ordered] })
      .on(Order, (ctx, { key, n }) => {
        ctx.send(Ship, { key, n }, { delay: n * 500 });
        ctx.publish(Ordered, { key, n }, { delay: '3s' });
        return n;
      })
      .on(Ordered, (ctx, { n }) => void (ctx.state.sum += n * 100))
      .on(Ship, (ctx, { n }) => {
        ctx.state.seen.push(n);
        return null;
      });
    return { app: { actors: [later] } };
  },
  act: runtime =>
    each(async (key, n, idempotencyKey) => {
      await runtime.send(Order, { key, n }, { idempotencyKey });
      await runtime.send(Ship, { key, n: n + 10 }, { idempotencyKey: `late-${idempotencyKey}`, delay: 4000 + n });
    }),
};

const asks: Scenario = {
  name: 'idempotent asks, twice each',
  play: () => ({ app: { actors: [shop()] } }),
  act: runtime =>
    each(async (key, n, idempotencyKey) => {
      const both = [1, 2].map(() => runtime.ask(Order, { key, n }, { idempotencyKey }));
      const replies = await Promise.all([...both, runtime.ask(Order, { key, n }, { idempotencyKey })]);
      if (replies.some(reply => reply !== n)) throw new Error(`asked for ${n}, got ${replies.join()}`);
    }),
};

const deferred: Scenario = {
  name: 'replies that come in a later turn',
  play: () => {
    const desk = defineActor('desk', {
      state: () => ({ tickets: {} as Record<string, string>, sum: 0 }),
      sends: [Answer],
    })
      .on(Order, (ctx, { key, n }) => {
        ctx.state.tickets[n] = ctx.replyTicket;
        ctx.send(Answer, { key, n }, n === 2 ? {} : { delay: '2s' });
        return ctx.deferReply();
      })
      .on(Answer, (ctx, { n }) => {
        const ticket = ctx.state.tickets[n];
        if (ticket === undefined) throw new Error('no ticket');
        ctx.reply(Order, ticket, n * 7);
        delete ctx.state.tickets[n];
        ctx.state.sum += n;
        return null;
      });
    return { app: { actors: [desk] } };
  },
  act: runtime =>
    each(async (key, n, idempotencyKey) => {
      const reply = await runtime.ask(Order, { key, n }, { idempotencyKey });
      if (reply !== n * 7) throw new Error(`reply ${reply} to ${n}`);
    }),
};

const stops: Scenario = {
  name: 'instances that stop and begin anew, with timers and tasks left behind',
  play: () => {
    const effects: [string, string][] = [];
    const session = defineActor('session', { state: list, sends: [Ship] })
      .on(Order, (ctx, { key, n }) => {
        ctx.state.seen.push(n);
        ctx.schedule(Ship, { key, n }, { after: '1m', id: `t${n}` });
        ctx.start(Pay, { key, n });
        return n;
      })
      .on(Cancel, ctx => {
        ctx.stop();
        return ctx.state.seen.length;
      })
      .on(Ship, (ctx, { n }) => (ctx.state.sum += n))
      .task(Pay, {
        run: async (ctx, { key, n }) => {
          effects.push([`${key}${n}`, ctx.idempotencyKey]);
          await ctx.sleep('long', '10s');
          return n;
        },
        done: (ctx, n) => (ctx.state.sum += n * 1000),
      });
    return { app: { actors: [session] }, effects };
  },
  act: async runtime => {
    await runtime.ask(Order, { key: 'a', n: 1 }, { idempotencyKey: '1' });
    await runtime.ask(Cancel, { key: 'a' }, { idempotencyKey: '2' });
    await runtime.ask(Order, { key: 'a', n: 2 }, { idempotencyKey: '3' });
  },
};

const letters: Scenario = {
  name: 'dead letters that an operator tries again',
  play: () => {
    const picky = defineActor('picky', { state: list, retry: { attempts: 1 }, sends: [Ship] })
      .on(Order, (ctx, { n }) => {
        if (n === 2 && ctx.state.sum === 0) throw new Error('not before the fix');
        ctx.state.seen.push(n);
        return n;
      })
      .on(Ship, ctx => (ctx.state.sum = 1));
    return { app: { actors: [picky] } };
  },
  act: async (runtime, { platform }) => {
    const orders = each((key, n, idempotencyKey) => runtime.send(Order, { key, n }, { idempotencyKey }));
    await Promise.all([orders, platform.settle()]);
    await Promise.all(['a', 'b'].map(key => runtime.ask(Ship, { key }, { idempotencyKey: `fix-${key}` })));
    for (const { id } of runtime.deadLetters.list()) await runtime.deadLetters.retry(id);
  },
};

const held: Scenario = {
  name: 'instances that are held until their dead letter is discarded',
  play: () => {
    const strict = defineActor('strict', { state: list, retry: { attempts: 2 }, onExhausted: 'hold' }).on(
      Ordered,
      (ctx, { n }) => {
        if (n === 2) throw new Error('never');
        ctx.state.seen.push(n);
      },
    );
    return { app: { actors: [shop(), strict] } };
  },
  act: async (runtime, { platform }) => {
    const orders = each((key, n, idempotencyKey) => runtime.send(Order, { key, n }, { idempotencyKey }));
    await Promise.all([orders, platform.advance(10_000)]);
    for (const { id } of runtime.deadLetters.list()) await runtime.deadLetters.discard(id);
  },
};

const catchUp: Scenario = {
  name: 'a new subscriber catches up from the beginning',
  prepare: async () => {
    const { runtime, run } = await launch({ actors: [shop()] });
    await run(each((key, n) => runtime.send(Order, { key, n })));
    return runtime.serialize();
  },
  play: () => {
    const late = defineActor('late', { state: list, publishes: [Paid] })
      .on(
        Ordered,
        (ctx, { key, n }) => {
          ctx.state.seen.push(n);
          ctx.publish(Paid, { key, n });
        },
        { from: 'beginning' },
      )
      .on(Paid, (ctx, { n }) => void (ctx.state.sum += n));
    return { app: { actors: [shop(), late] } };
  },
  act: runtime => each((key, n, idempotencyKey) => runtime.ask(Order, { key, n: n + 10 }, { idempotencyKey })),
};

const sql: Scenario = {
  name: 'handlers that write tables of the application',
  ownTables: ['ledger'],
  play: () => {
    const ledger = defineActor('ledger', { state: list, sql: true, retry: { attempts: 2 } }).on(
      Ordered,
      (ctx, { n }) => {
        ctx.sql.prepare('insert into ledger (account, amount) values (?, ?)').run(ctx.key, n);
        if (n === 2) throw new Error('rolled back');
        ctx.state.sum += n;
      },
    );
    return {
      app: {
        actors: [shop(), ledger],
        migrate: database =>
          void database.exec(
            'create table if not exists ledger (account text, amount integer, unique (account, amount))',
          ),
      },
    };
  },
  act: runtime => each((key, n, idempotencyKey) => runtime.ask(Order, { key, n }, { idempotencyKey })),
};

export const actorScenarios: readonly Scenario[] = [
  fanOut,
  commands,
  retries('turns that are tried again and block', 'block'),
  retries('turns that are tried again and are overtaken', 'skip-ahead'),
  tasks,
  failingTasks,
  timers,
  delays,
  asks,
  deferred,
  stops,
  letters,
  held,
  catchUp,
  sql,
];
