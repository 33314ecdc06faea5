// Process monitors under faults: an alarm for everything that came too late, once, and for nothing else.
import { describe, expect, it } from 'vitest';
import { defineActor, defineApp, FlowOverdue, type Trace, type TraceNode } from '../../src/index.ts';
import { eventually, once, simulate, type TestRuntime } from '../../src/testing/index.ts';
import { alerts, OrderCancelled, OrderPaid, OrderPlaced, OrderShipped, shipped } from './monitor-kit.ts';

const SEEDS = 200;
const DAY = 86_400_000;
const ORDERS = ['1', '2', '3', '4'];
/** Placed twice: it may be watched twice, and be overdue twice. */
const AGAIN = '5';

/** Pays at once, and ships as many days later as the order has cents; never where it has 9. */
const payments = defineActor('payments', { publishes: [OrderPaid] }).on(OrderPlaced, (ctx, order) =>
  ctx.publish(OrderPaid, order),
);
const shipping = defineActor('shipping', { publishes: [OrderShipped] }).on(OrderPaid, (ctx, order) => {
  if (order.cents < 9) ctx.publish(OrderShipped, order, { delay: order.cents * DAY });
});
const app = defineApp({ actors: [alerts, payments, shipping], monitors: [shipped] });

function nodes(trace: Trace): readonly TraceNode[] {
  const all: TraceNode[] = [];
  const add = (node: TraceNode): void => {
    all.push(node);
    node.children.forEach(add);
  };
  trace.roots.forEach(add);
  return all;
}

/** When the outcome of an order was handled, if in time; a fault may have kept it on its way. */
function isInTime(t: TestRuntime, orderId: string): { readonly accepted: boolean; readonly handled: boolean } {
  const all = [t.trace(OrderPlaced, orderId), t.trace(`cancel-${orderId}`)].flatMap(nodes);
  const due = (all.find(({ type }) => type === OrderPlaced.type)?.time ?? 0) + 2 * DAY;
  const outcomes = all.filter(({ type }) => type === OrderShipped.type || type === OrderCancelled.type);
  const turns = outcomes.flatMap(outcome => outcome.turns.filter(({ address }) => address.startsWith('expect ')));
  return {
    accepted: outcomes.some(({ time }) => time <= due),
    handled: turns.some(({ at, outcome }) => at <= due && outcome.startsWith('completed')),
  };
}

describe('Process monitors under faults', { timeout: 120_000 }, () => {
  it('alarm once, for everything that is late and nothing that is not', async () => {
    const report = await simulate(
      app,
      async ({ client, random }) => {
        for (const orderId of [...ORDERS, AGAIN, AGAIN]) {
          await client.publish(OrderPlaced, { orderId, cents: [0, 1, 3, 9][Math.floor(random() * 4)] ?? 0 });
          await client.sleep(Math.floor(random() * DAY));
          if (random() < 0.3) await client.publish(OrderCancelled, { orderId }, { correlationId: `cancel-${orderId}` });
        }
      },
      {
        name: 'monitors',
        seeds: SEEDS,
        seedsFile: false,
        limits: { mailboxPerActor: 4 },
        invariants: [
          once(FlowOverdue).per('correlation'),
          eventually('all that is late was overdue, and nothing that was seen in time', t => {
            const overdue = new Set(t.published(FlowOverdue).map(({ key }) => key));
            return ORDERS.every(orderId => {
              const { accepted, handled } = isInTime(t, orderId);
              return overdue.has(orderId) ? !handled : accepted;
            });
          }),
          eventually('the actor was told of each', t =>
            t.published(FlowOverdue).every(({ key }) => t.state(alerts)?.flows.some(flow => flow.key === key)),
          ),
        ],
      },
    );

    expect(report.runs).toBe(SEEDS);
  });
});
