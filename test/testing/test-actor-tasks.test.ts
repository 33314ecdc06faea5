// testActor and tasks: the body of one with its steps, sleeps and asks, and the turn that ends it.
import { describe, expect, it } from 'vitest';
import { defineActor, TroupeError, type ReplyOf, type TaskContext } from '../../src/index.ts';
import { testActor } from '../../src/testing/index.ts';
import { ChargeCard, OrderPaid, OrderPlaced, PayOrder } from './orders.ts';

const order = { orderId: '7', cents: 5 };

/** An actor whose one task has the body the test gives. */
function setup(body: (ctx: TaskContext<{ receipts: string[] }>) => Promise<string>) {
  return defineActor('cashier', { state: () => ({ receipts: [] as string[] }), publishes: [OrderPaid] }).task(
    PayOrder,
    {
      run: body,
      done: (ctx, receipt, { orderId }): ReplyOf<typeof PayOrder> => {
        ctx.state.receipts.push(receipt);
        ctx.publish(OrderPaid, { orderId, receipt });
        return { ok: true, receipt };
      },
      failed: (ctx, { name, message, code, attempts, timedOut }) => {
        ctx.state.receipts.push(`${name} ${message} ${code} ${attempts} ${timedOut}`);
        return { ok: false, code: 'declined' };
      },
    },
  );
}

const codeOf = async (act: () => Promise<unknown>): Promise<unknown> =>
  act().then(
    () => undefined,
    (error: unknown) => (error as { code?: unknown }).code,
  );

describe('a task', () => {
  it('is only noted by when', () => {
    const outcome = testActor(setup(async () => 'r')).when(PayOrder, order);

    expect(outcome.started).toEqual([{ type: 'order.pay', data: order }]);
    expect(() => outcome.reply).toThrow('cashier/7 has not answered order.pay yet. It is a task: use run(…)');
  });

  it('runs its body and then done', async () => {
    const { state, reply, published } = await testActor(setup(async () => 'r'))
      .given({ receipts: ['q'] })
      .run(PayOrder, order);

    expect(state).toEqual({ receipts: ['q', 'r'] });
    expect(reply).toEqual({ ok: true, receipt: 'r' });
    expect(published(OrderPaid)).toEqual([{ orderId: '7', receipt: 'r' }]);
  });

  it('answers with what the body returns where there is no done', async () => {
    const actor = defineActor('a').task(ChargeCard, async (_ctx, { orderId }) => ({ receipt: orderId }));

    expect((await testActor(actor).run(ChargeCard, order)).reply).toEqual({ receipt: '7' });
  });

  it('sees the state, the key, the attempt and ids that do not change', async () => {
    const seen: unknown[] = [];
    const actor = setup(async ctx => {
      seen.push([ctx.state, ctx.key, ctx.attempt, ctx.idempotencyKey, ctx.id(), ctx.message.type, ctx.signal.aborted]);
      expect(Object.isFrozen(ctx.state.receipts)).toBe(true);
      ctx.heartbeat();
      return 'r';
    });
    const run = async () =>
      testActor(actor)
        .given({ receipts: ['q'] })
        .run(PayOrder, order, { attempt: 2 });
    await run();
    await run();

    const id = '0000000000000001-1-1';
    expect(seen[0]).toEqual([{ receipts: ['q'] }, '7', 2, id, `${id}-1`, 'order.pay', false]);
    expect(seen[1]).toEqual(seen[0]);
  });

  it('runs its steps, and skips those an earlier attempt has left', async () => {
    let calls = 0;
    const actor = setup(async ctx => ctx.step('charge', () => `r${(calls += 1)}`));
    const first = await testActor(actor).run(PayOrder, order);
    const second = await testActor(actor).run(PayOrder, order, { attempt: 2, steps: first.steps });

    expect(first.steps).toEqual({ charge: 'r1' });
    expect(second.state).toEqual({ receipts: ['r1'] });
    expect(calls).toBe(1);
  });

  it('sleeps at once: only the clock of the test moves', async () => {
    const actor = setup(async ctx => {
      const before = ctx.now();
      await ctx.sleep('settle', '3d');
      return String(ctx.now() - before);
    });
    const { state, sleeps } = await testActor(actor).run(PayOrder, order);

    expect(state.receipts).toEqual(['259200000']);
    expect(sleeps).toEqual([{ name: 'settle', ms: 259_200_000 }]);
  });

  it('is answered by stubs', async () => {
    const actor = setup(async ctx => (await ctx.ask('charge', ChargeCard, order, { timeout: '5s' })).receipt);
    const test = testActor(actor).stub(ChargeCard, ({ cents }) => ({ receipt: `for ${cents}` }));
    const { state, asked } = await test.run(PayOrder, order);

    expect(state.receipts).toEqual(['for 5']);
    expect(asked(ChargeCard)).toEqual([order]);
  });

  it.each([
    ['is an Error', () => new Error('no'), 'TroupeError card.charge failed: Error: no handler-failed 1 false'],
    ['does not fit', () => ({}) as never, 'TroupeError card.charge is not valid: reply.receipt'],
  ])('fails an ask whose stub %s', async (_how, reply, expected) => {
    const actor = setup(async ctx => (await ctx.ask('charge', ChargeCard, order)).receipt);
    const { state } = await testActor(actor).stub(ChargeCard, reply).run(PayOrder, order);

    expect(state.receipts[0]).toContain(expected);
  });

  it.each([
    ['no-owner', async (ctx: TaskContext) => ctx.ask('charge', ChargeCard, order)],
    ['ask-own-lane', async (ctx: TaskContext) => ctx.ask('self', PayOrder, order)],
    ['invalid-message', async (ctx: TaskContext) => ctx.ask('charge', ChargeCard, {} as never)],
    ['invalid-options', async (ctx: TaskContext) => ctx.step('a', () => ctx.step('a', () => 1))],
    ['not-json', async (ctx: TaskContext) => ctx.step('a', () => new Map())],
    ['not-json', async () => new Map() as never],
  ])('fails with %s as it would in production', async (code, body) => {
    const actor = defineActor('a').task(PayOrder, async ctx => (await body(ctx)) as never);

    expect(await codeOf(async () => testActor(actor).run(PayOrder, order))).toBe(code);
  });

  it('fails into failed, with what the error says', async () => {
    const actor = setup(async () => {
      throw new TroupeError('expired', 'too late');
    });
    const { state, reply } = await testActor(actor).run(PayOrder, order, { attempt: 5 });

    expect(state.receipts).toEqual(['TroupeError too late expired 5 false']);
    expect(reply).toEqual({ ok: false, code: 'declined' });
  });

  it('rejects with its error where there is no failed', async () => {
    const problem = new Error('no money');
    const actor = defineActor('a').task(OrderPlaced, async () => {
      throw problem;
    });

    await expect(testActor(actor).run(OrderPlaced, order)).rejects.toBe(problem);
  });

  it('times out where the test says so, without its body', async () => {
    const actor = setup(async () => expect.unreachable());
    const { state } = await testActor(actor).run(PayOrder, order, { timesOut: true });

    expect(state.receipts[0]).toContain('gave no sign for 30000 ms');
    expect(state.receipts[0]).toMatch(/task-timeout 1 true$/);
  });

  it('has a ctx that is dead after the attempt', async () => {
    let kept: TaskContext | undefined;
    const actor = defineActor('a').task(OrderPlaced, async ctx => void (kept = ctx));
    await testActor(actor).run(OrderPlaced, order);

    expect(await codeOf(async () => kept?.step('late', () => 1))).toBe('ctx-closed');
  });

  it('keeps no step that ends after its attempt', async () => {
    let end: (result: string) => void = () => {};
    let step: Promise<string> | undefined;
    const actor = setup(async ctx => {
      step = ctx.step('late', async () => new Promise<string>(resolve => void (end = resolve)));
      return 'r';
    });
    const { steps } = await testActor(actor).run(PayOrder, order);
    end('too late');

    await expect(step).rejects.toThrow('This attempt of the task is over');
    expect(steps).toEqual({});
  });

  it('hears the signal of the test', async () => {
    const actor = setup(async ctx => String(ctx.signal.aborted));
    const { state } = await testActor(actor).run(PayOrder, order, { signal: AbortSignal.abort() });

    expect(state.receipts).toEqual(['true']);
  });

  it('may be started by a turn', () => {
    const actor = defineActor('a')
      .task(ChargeCard, async () => ({ receipt: 'r' }))
      .on(OrderPlaced, (ctx, { orderId }) => ctx.start(ChargeCard, { orderId, cents: 1 }));

    expect(testActor(actor).when(OrderPlaced, order).started).toEqual([
      { type: 'card.charge', data: { orderId: '7', cents: 1 } },
    ]);
  });

  it('is not what an .on handler is: run refuses it', async () => {
    const actor = defineActor('a').on(OrderPlaced, () => {});

    expect(await codeOf(async () => testActor(actor).run(OrderPlaced, order))).toBe('invalid-options');
  });

  it('does not run where it is filtered out', async () => {
    const actor = defineActor('a').task(OrderPlaced, async () => expect.unreachable(), { where: () => false });

    expect((await testActor(actor).run(OrderPlaced, order)).handlers).toEqual([]);
  });
});
