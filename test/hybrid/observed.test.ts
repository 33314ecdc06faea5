// Observed edges: traces laid over the wiring of an app.
import { z } from 'zod';
import { describe, expect, it } from 'vitest';
import {
  defineActor,
  defineApp,
  defineCommand,
  defineEvent,
  expect as monitor,
  FlowOverdue,
  observe,
  renderWiring,
} from '../../src/index.ts';
import { createTestRuntime, type TestRuntime } from '../../src/testing/index.ts';
import { app as checkoutApp, OrderPlaced } from '../sagas/checkout.ts';

const byOrder = { data: z.object({ orderId: z.string() }), key: (d: { orderId: string }): string => d.orderId };
const Placed = defineEvent('order.placed', byOrder);
const Paid = defineEvent('order.paid', byOrder);
const Lookup = defineCommand('limit.look-up', { ...byOrder, reply: z.boolean() });

const traceOf = async (t: TestRuntime): Promise<ReturnType<TestRuntime['trace']>> => {
  const { correlationId } = await t.publish(Placed, { orderId: '1' });
  await t.advance('1m');
  return t.trace(correlationId);
};

describe('observe', () => {
  it('explains everything that a saga and its actors did', async () => {
    const t = await createTestRuntime(checkoutApp);
    const { correlationId } = await t.publish(OrderPlaced, { orderId: '1', cents: 4200 });
    await t.advance('3d');

    const { used, unexplained } = observe(checkoutApp.graph(), [t.trace(correlationId)]);

    expect(unexplained).toEqual([]);
    expect(used).toContainEqual({
      from: 'checkout',
      to: 'payments',
      kind: 'command',
      type: 'payment.charge',
      count: 1,
    });
    await t.stop();
  });

  it('counts messages, and names the edges that nothing used', async () => {
    const payments = defineActor('payments', { publishes: [Paid] }).on(Placed, (ctx, data) => ctx.publish(Paid, data));
    const shipping = defineActor('shipping').on(Paid, () => {});
    const never = defineActor('never', { sends: [Lookup] }).on(Lookup, ctx => {
      if (ctx.key === 'never') ctx.send(Lookup, { orderId: 'never' });
      return true;
    });
    const app = defineApp({ actors: [payments, shipping, never] });
    const t = await createTestRuntime(app);

    const { used, unused } = observe(app.graph(), [await traceOf(t), await traceOf(t)]);

    expect(used.map(({ from, type, to, count }) => [from, type, to, count])).toEqual([
      ['outside', 'order.placed', 'payments', 2],
      ['payments', 'order.paid', 'shipping', 2],
    ]);
    expect(unused.map(({ type }) => type)).toEqual(['limit.look-up']);
    expect(renderWiring(app.graph(), 'text', observe(app.graph(), []))).toContain('×0');
    await t.stop();
  });

  it('passes over monitors, which move nothing', async () => {
    const payments = defineActor('payments', { publishes: [Paid] }).on(Placed, (ctx, data) => ctx.publish(Paid, data));
    const alerts = defineActor('alerts').on(FlowOverdue, () => {});
    const monitors = [monitor(Paid).leadsTo(Placed, { within: '1s' })];
    const app = defineApp({ actors: [payments, alerts], monitors });
    const t = await createTestRuntime(app);

    const { used, unexplained } = observe(app.graph(), [await traceOf(t)]);

    expect(unexplained).toEqual([]);
    expect(used.map(({ from, to }) => [from, to])).toEqual([
      ['outside', 'payments'],
      ['payments', 'outside'],
    ]);
    await t.stop();
  });

  it('explains a task that a handler starts for its own actor', async () => {
    const limits = defineActor('limits')
      .on(Placed, (ctx, data) => ctx.start(Lookup, data))
      .task(Lookup, async () => Promise.resolve(true));
    const app = defineApp({ actors: [limits] });
    const t = await createTestRuntime(app);

    const { used, unused, unexplained } = observe(app.graph(), [await traceOf(t)]);

    expect(used).toContainEqual({ from: 'limits', to: 'limits', kind: 'command', type: 'limit.look-up', count: 1 });
    expect([unused, unexplained]).toEqual([[], []]);
    await t.stop();
  });

  it('finds what a task asks and nobody declares', async () => {
    const limits = defineActor('limits').on(Lookup, () => true);
    const body = (how: object) =>
      defineActor('payments', how).task(Placed, async (ctx, data) => {
        await ctx.ask('limit', Lookup, data);
      });
    const silent = defineApp({ actors: [limits, body({})] });
    const open = defineApp({ actors: [limits, body({ sends: [Lookup] })] });
    const edge = { from: 'payments', to: 'limits', kind: 'command', type: 'limit.look-up', count: 1 };

    const [undeclared, declared] = await Promise.all(
      [silent, open].map(async app => {
        const t = await createTestRuntime(app);
        const trace = await traceOf(t);
        await t.stop();
        return observe(app.graph(), [trace]);
      }),
    );

    expect(undeclared?.unexplained).toEqual([edge]);
    expect(renderWiring(silent.graph(), 'text', undeclared)).toContain('not declared');
    expect(renderWiring(silent.graph(), 'mermaid', undeclared)).toContain('stroke:#c0392b');
    expect(declared?.unexplained).toEqual([]);
    expect(declared?.used).toContainEqual(edge);
  });

  it('takes an event that a filter left to nobody for no defect', async () => {
    const payments = defineActor('payments', { publishes: [Paid] }).on(Placed, (ctx, data) => ctx.publish(Paid, data));
    const shipping = defineActor('shipping').on(Paid, () => {}, { where: () => false });
    const app = defineApp({ actors: [payments, shipping] });
    const t = await createTestRuntime(app);

    expect(observe(app.graph(), [await traceOf(t)]).unexplained).toEqual([]);
    await t.stop();
  });
});
