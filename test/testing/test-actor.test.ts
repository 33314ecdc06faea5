// testActor: given a state or messages, when a message comes, what comes of it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineActor, defineCommand, defineEvent } from '../../src/index.ts';
import type { ActorTest } from '../../src/testing/index.ts';
import { testActor } from '../../src/testing/index.ts';
import { OrderPaid, OrderPlaced, orders, PayOrder, RemindOrder } from './orders.ts';

const paid = { status: 'paid', cents: 100, tags: [] } as const;
const Ping = defineEvent('ping', { data: z.object({ n: z.number() }), key: data => `k${data.n}` });
const codeOf = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return undefined;
};

describe('a message', () => {
  it('gives the state, the reply and what was published, scheduled, cancelled and logged', () => {
    const outcome = testActor(orders)
      .given({ status: 'open', cents: 100, tags: [] })
      .when(PayOrder, { orderId: '7', cents: 100 });

    expect(outcome.reply).toEqual({ ok: true, receipt: 'r-1' });
    expect(outcome.state).toEqual({ status: 'paid', cents: 100, tags: [] });
    expect(outcome.published(OrderPaid)).toEqual([{ orderId: '7', receipt: '0000000000000001-1-2-1' }]);
    expect(outcome.messages).toEqual([
      { type: 'order.paid', key: '7', data: outcome.published(OrderPaid)[0], ttlMs: undefined, headers: {} },
    ]);
    expect(outcome.sent(RemindOrder)).toEqual([]);
    expect(outcome.cancelled).toEqual(['reminder']);
    expect(outcome.logs).toEqual([{ level: 'info', fields: { orderId: '7' }, message: 'paid' }]);
    expect(outcome.handlers).toEqual(['order.pay']);
  });

  it('meets the own state of the actor when none is given', () => {
    const { state, timers } = testActor(orders).when(OrderPlaced({ orderId: '7', cents: 5, tags: ['x'] }));

    expect(state).toEqual({ status: 'open', cents: 5, tags: ['x'] });
    expect(timers).toMatchObject([
      { id: 'reminder', type: 'order.remind', key: '7', data: { orderId: '7' }, delayMs: 86_400_000 },
    ]);
  });

  it('comes after others that were handled', () => {
    const test = testActor(orders).given([
      OrderPlaced({ orderId: '7', cents: 5 }),
      PayOrder({ orderId: '7', cents: 5 }),
    ]);

    expect(() => test.when(PayOrder, { orderId: '7', cents: 5 })).toThrow('order 7 is paid');
    expect(test.when(PayOrder, { orderId: '7', cents: 1 }).reply).toEqual({ ok: false, code: 'declined' });
  });

  it('reaches the handler with the defaults of its schema, frozen', () => {
    const seen: unknown[] = [];
    const actor = defineActor('watcher').on(OrderPlaced, (_ctx, data) => void seen.push(data));

    testActor(actor).when(OrderPlaced, { orderId: '7', cents: 5 });

    expect(seen).toEqual([{ orderId: '7', cents: 5, currency: 'EUR', tags: [] }]);
    expect(Object.isFrozen((seen[0] as { tags: unknown }).tags)).toBe(true);
  });

  it('is refused as at publish when its contract does not take the data', () => {
    const when = () => testActor(orders).when(OrderPlaced, { orderId: '7', cents: 0.5 });

    expect(when).toThrow('order.placed is not valid: data.cents');
    expect(codeOf(when)).toBe('invalid-message');
  });

  it('is refused when its schema changes its own output', () => {
    const Grows = defineEvent('grows', { data: z.object({ n: z.number().transform(n => n + 1) }) });

    expect(() => testActor(defineActor('a').on(Grows, () => {})).when(Grows, { n: 1 })).toThrow(
      'changes its own output',
    );
  });

  it('leaves the test as it was: every when starts from the same', () => {
    const test = testActor(orders).given({ status: 'open', cents: 0, tags: ['a'] });
    const first = test.when(OrderPlaced, { orderId: '7', cents: 5, tags: ['b'] });
    const second = test.when(OrderPlaced, { orderId: '7', cents: 5, tags: ['c'] });

    expect(first.state.tags).toEqual(['a', 'b']);
    expect(second.state.tags).toEqual(['a', 'c']);
    expect(Object.isFrozen(second.state.tags)).toBe(true);
    expect(test.given(paid)).not.toBe(test);
  });

  it('gives what can be destructured', () => {
    const { published, sent } = testActor(orders).when(OrderPlaced, { orderId: '7', cents: 5 });

    expect(published(OrderPaid)).toEqual([]);
    expect(sent(RemindOrder)).toEqual([]);
  });
});

describe('a given state', () => {
  it('has to be JSON, as in the store', () => {
    const given = () => testActor(orders).given({ status: 'open', cents: Number.NaN, tags: [] });

    expect(given).toThrow('state.cents is NaN');
    expect(codeOf(given)).toBe('not-json');
  });

  it('may be an array where the state of the actor is one', () => {
    const list = defineActor('list', { state: () => [] as string[] }).on(OrderPlaced, (ctx, { orderId }) => {
      ctx.state.push(orderId);
    });

    expect(testActor(list).given(['a']).when(OrderPlaced, { orderId: 'b', cents: 1 }).state).toEqual(['a', 'b']);
    expect(testActor(list).given([]).when(OrderPlaced, { orderId: 'b', cents: 1 }).state).toEqual(['b']);
  });

  it('is refused for an actor that has none', () => {
    const actor = defineActor('plain').on(OrderPlaced, () => {});

    expect(codeOf(() => testActor(actor).given(undefined))).toBe('invalid-options');
  });

  it('is refused as messages when it is something else', () => {
    expect(() => testActor(orders).given([{ orderId: '7' } as never])).toThrow('is no message');
    expect(codeOf(() => testActor(orders).given([{ orderId: '7' } as never]))).toBe('invalid-options');
  });

  it('is refused as a message that a task would handle', () => {
    const actor = defineActor('a', { state: () => 0 }).task(OrderPlaced, async () => {});

    expect(() => testActor(actor).given([OrderPlaced({ orderId: '7', cents: 1 })])).toThrow('is a task of a');
  });
});

describe('a handler', () => {
  it('throws its own error out of when', () => {
    expect(() => testActor(orders).given(paid).when(PayOrder, { orderId: '7', cents: 100 })).toThrow('order 7 is paid');
  });

  it('is refused when it is asynchronous', () => {
    const actor = defineActor('a').on(OrderPlaced, (async () => {}) as never);

    expect(codeOf(() => testActor(actor).when(OrderPlaced, { orderId: '7', cents: 1 }))).toBe('async-handler');
  });

  it('is refused what it has not declared', () => {
    const actor = defineActor('a').on(OrderPlaced, (ctx, { orderId }) => {
      ctx.publish(OrderPaid as never, { orderId, receipt: '' } as never);
    });
    const when = () => testActor(actor).when(OrderPlaced, { orderId: '7', cents: 1 });

    expect(when).toThrow('a:order.placed publishes order.paid without declaring it');
    expect(codeOf(when)).toBe('undeclared');
  });

  it('is missing: the error names the actor and the contract', () => {
    const when = () => testActor(orders).when(Ping, { n: 1 });

    expect(when).toThrow('The actor orders has no handler for ping. Add .on(ping, …)');
    expect(codeOf(when)).toBe('unknown-definition');
  });

  it('is one of several, in the order of the router', () => {
    const actor = defineActor('several', { state: () => ({ ran: [] as string[] }) })
      .onAny('order.*', (ctx, { type }) => void ctx.state.ran.push(`any ${type}`))
      .on(OrderPlaced, ctx => void ctx.state.ran.push('small'), { where: data => data.cents < 10 })
      .on(OrderPlaced, ctx => void ctx.state.ran.push('large'), { where: data => data.cents >= 10 })
      .on(OrderPlaced, ctx => void ctx.state.ran.push('every'));

    const { state, handlers } = testActor(actor).when(OrderPlaced, { orderId: '7', cents: 10 });

    expect(state.ran).toEqual(['large', 'every', 'any order.placed']);
    expect(handlers).toEqual(['order.placed#2', 'order.placed#3', 'order.*']);
  });

  it('is filtered out: nothing comes of the message', () => {
    const actor = defineActor('a', { state: () => 0 }).on(Ping, ctx => void (ctx.state += 1), { where: () => false });

    expect(testActor(actor).when(Ping, { n: 1 })).toMatchObject({ handlers: [], state: 0, reply: undefined });
  });

  it('keeps nothing of the first when the second throws', () => {
    const actor = defineActor('a', { state: () => ({ n: 0 }) })
      .on(Ping, ctx => void (ctx.state.n += 1))
      .on(Ping, ctx => {
        throw new Error(`n is ${ctx.state.n}`);
      });
    const test = testActor(actor);

    expect(() => test.when(Ping, { n: 1 })).toThrow('n is 1');
    expect(() => test.when(Ping, { n: 1 })).toThrow('n is 1');
  });

  it('takes a pattern with the contract of a stranger, but not its bare message', () => {
    const actor = defineActor('a', { state: () => [] as string[] }).onAny('#', (ctx, { type, data, key, time }) => {
      ctx.state.push(`${type} ${JSON.stringify(data)} ${key} ${time}`);
    });

    expect(testActor(actor, { now: 5 }).when(Ping, { n: 1 }).state).toEqual(['ping {"n":1} k1 5']);
    expect(codeOf(() => testActor(actor).when(Ping({ n: 1 })))).toBe('unknown-definition');
  });

  it.each([undefined, null, {}, { kind: 'saga' }])('refuses %j, which is no actor', what => {
    expect(() => testActor(what as never)).toThrow(/testActor got no actor\. Pass what defineActor returned/);
  });

  it.each(['order.placed', 'order.paid', 'order.remind'])(
    'refuses a second contract of %s, which the actor knows',
    type => {
      const Other = defineEvent(type, { data: z.object({ n: z.number() }) });

      const actor = defineActor('a', { publishes: [OrderPaid], sends: [RemindOrder] }).on(OrderPlaced, () => {});

      expect(codeOf(() => testActor(actor).when(Other, { n: 1 }))).toBe('duplicate-name');
    },
  );

  it('takes by a pattern the bare message of what it publishes itself', () => {
    const actor = defineActor('a', { publishes: [OrderPaid] }).onAny('order.*', () => {});

    expect(testActor(actor).when(OrderPaid({ orderId: '7', receipt: 'r' })).handlers).toEqual(['order.*']);
  });
});

describe('the instance', () => {
  const keyed = defineActor('keyed', { state: key => ({ key, seen: [] as string[] }) })
    .on(Ping, ctx => void ctx.state.seen.push(ctx.key))
    .on(OrderPlaced, ctx => void ctx.state.seen.push(`order ${ctx.key}`))
    .on(OrderPlaced, ctx => void ctx.state.seen.push(`currency ${ctx.key}`), { key: data => data.currency });

  it('is the one the first message concerns', () => {
    expect(testActor(keyed).when(Ping, { n: 1 }).state).toEqual({ key: 'k1', seen: ['k1'] });
    expect(testActor(keyed).when(Ping, { n: 1 }, { key: 'z' }).state).toEqual({ key: 'z', seen: ['z'] });
  });

  it('stays the same: a message for another is refused', () => {
    const other = () =>
      testActor(keyed)
        .given([Ping({ n: 1 })])
        .when(Ping, { n: 2 });

    expect(other).toThrow('ping concerns keyed/k2; this test is about keyed/k1.');
    expect(codeOf(other)).toBe('invalid-options');
  });

  it('decides which handlers run, each by its own key', () => {
    const when = (test: ActorTest<{ key: string; seen: string[] }>) =>
      test.when(OrderPlaced, { orderId: '7', cents: 1 }).state.seen;

    expect(when(testActor(keyed, { key: '7' }))).toEqual(['order 7']);
    expect(when(testActor(keyed, { key: 'EUR' }))).toEqual(['currency EUR']);
    expect(() => when(testActor(keyed))).toThrow('concerns keyed/7 and keyed/EUR; this test is about one instance');
  });

  it('is default where there is a single one', () => {
    const single = defineActor('one', { single: true, state: key => key }).on(Ping, () => {});

    expect(testActor(single).when(Ping, { n: 1 }).state).toBe('default');
  });

  it('starts anew when it has stopped, without the timers it had armed', () => {
    const actor = defineActor('a', { state: () => ({ n: 0 }), sends: [RemindOrder] }).on(
      OrderPlaced,
      (ctx, { orderId }) => {
        ctx.state.n = 1;
        ctx.schedule(RemindOrder, { orderId }, { after: '1h' });
        ctx.send(RemindOrder, { orderId }, { delay: '2h', ttl: '1h', headers: { tenant: 't' } });
        ctx.stop();
      },
    );

    const outcome = testActor(actor).when(OrderPlaced, { orderId: '7', cents: 1 });

    expect(outcome).toMatchObject({ stopped: true, state: { n: 0 } });
    expect(outcome.timers).toMatchObject([
      { id: undefined, delayMs: 7_200_000, ttlMs: 3_600_000, headers: { tenant: 't' } },
    ]);
  });
});

describe('ctx', () => {
  const Look = defineCommand('look', {
    data: z.object({}),
    reply: z.record(z.string(), z.union([z.string(), z.number()])),
  });
  const looker = defineActor('looker').on(Look, ctx => ({
    now: ctx.now(),
    random: ctx.random(),
    id: ctx.id(),
    second: ctx.id(),
    attempt: ctx.attempt,
    message: ctx.message.id,
    tenant: ctx.message.headers['tenant'] ?? '',
    source: ctx.message.source,
  }));

  it('is the same in every run, and follows from the seed', () => {
    const look = (seed?: number) => testActor(looker, { seed }).when(Look, {}).reply;

    expect(look()).toEqual(look());
    expect(look(1)).toEqual(look());
    expect(look(2)['random']).not.toBe(look()['random']);
    expect(look(255)).toMatchObject({
      message: '00000000000000ff-1',
      id: '00000000000000ff-1-1-1',
      second: '00000000000000ff-1-1-2',
    });
  });

  it('tells the time and the attempt that the test says', () => {
    const reply = testActor(looker, { now: '2026-01-01' }).when(
      Look,
      {},
      { attempt: 3, headers: { tenant: 't' } },
    ).reply;

    expect(reply).toMatchObject({ now: Date.UTC(2026, 0, 1), attempt: 3, tenant: 't', source: 'edge' });
    expect(testActor(looker, { now: new Date(7) }).when(Look, {}).reply['now']).toBe(7);
  });

  it('is dead after the turn', () => {
    let kept: { readonly state: unknown } | undefined;
    const actor = defineActor('a', { state: () => ({ n: 0 }) }).on(Ping, ctx => void (kept = ctx));
    testActor(actor).when(Ping, { n: 1 });

    expect(codeOf(() => kept?.state)).toBe('ctx-closed');
  });

  it('defers a reply, and gives it to the ticket later', () => {
    const actor = defineActor('a', { state: () => ({ ticket: '' }) })
      .on(PayOrder, ctx => {
        ctx.state.ticket = ctx.replyTicket;
        return ctx.deferReply();
      })
      .on(OrderPaid, (ctx, { receipt }) => ctx.reply(PayOrder, ctx.state.ticket, { ok: true, receipt }));
    const asked = testActor(actor).when(PayOrder, { orderId: '7', cents: 1 });
    const answered = testActor(actor).given(asked.state).when(OrderPaid, { orderId: '7', receipt: 'r' });

    expect(asked.deferred).toBe(true);
    expect(codeOf(() => asked.reply)).toBe('reply-unavailable');
    expect(answered.replies).toEqual([
      { ticket: '0000000000000001-1', type: 'order.pay', reply: { ok: true, receipt: 'r' } },
    ]);
  });

  it('replaces a timer that is armed again', () => {
    const actor = defineActor('a', { sends: [RemindOrder] })
      .on(Ping, ctx => ctx.schedule(RemindOrder, { orderId: '7' }, { after: 1, id: 't' }))
      .on(Ping, ctx => ctx.schedule(RemindOrder, { orderId: '8' }, { after: 2, id: 't' }));

    expect(testActor(actor).when(Ping, { n: 1 }).timers).toMatchObject([
      { id: 't', delayMs: 2, data: { orderId: '8' } },
    ]);
  });
});

describe('options', () => {
  it.each([
    ['an unknown one', () => testActor(orders, { sed: 1 } as never)],
    ['a seed that is no whole number', () => testActor(orders, { seed: 0.5 })],
    ['a time that is none', () => testActor(orders, { now: 'soon' })],
    [
      'an unknown one of a message',
      () => testActor(orders).when(RemindOrder, { orderId: '7' }, { atempt: 1 } as never),
    ],
    ['an attempt that is none', () => testActor(orders).when(RemindOrder, { orderId: '7' }, { attempt: 0 })],
    ['something that is no message', () => testActor(orders).when('order.placed' as never)],
  ])('refuse %s', (_what, act) => {
    expect(codeOf(act)).toBe('invalid-options');
  });
});

it('works under node:test', { timeout: 30_000 }, () => {
  const child = join(import.meta.dirname, 'test-actor-child.ts');
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { status, stdout } = spawnSync(process.execPath, ['--test', child], { encoding: 'utf8', env, timeout: 20_000 });

  expect(status, stdout).toBe(0);
  expect(stdout).toMatch(/pass 2\b/);
});
