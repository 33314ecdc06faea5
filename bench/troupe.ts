// The subject `troupe`: both workloads through the public API, on a real file, with zod validation.
import { strictEqual } from 'node:assert/strict';
import { createRuntime, defineActor, defineApp, defineCommand, defineEvent } from 'troupe';
import { z } from 'zod';
import { measureLanes, type Sample } from './measure.ts';
import { counterOf, COUNTERS, orderOf, type Cell } from './workload.ts';

const order = {
  orderId: z.string().min(1),
  sequence: z.number().int(),
  customer: z.string(),
  cents: z.number().int().nonnegative(),
  items: z.number().int().positive(),
  express: z.boolean(),
  note: z.string().max(200),
};
const OrderPlaced = defineEvent('shop.orderPlaced', { data: z.object(order), key: placed => placed.orderId });
const Count = defineCommand('counter.count', {
  data: z.object({ ...order, counter: z.string() }),
  key: ({ counter }) => counter,
  reply: z.object({ count: z.number() }),
});

/** Publishes events; an event is done when the turns of its three subscribers are durable too. */
async function measurePublish(cell: Cell, database: string): Promise<Sample> {
  const handled = new Uint8Array(cell.warmUp + cell.count);
  const subscribers = ['billing', 'shipping', 'statistics'].map(name =>
    defineActor(name, { state: () => ({ count: 0, cents: 0 }), single: true }).on(
      OrderPlaced,
      (ctx, { sequence, cents }) => {
        ctx.state.count += 1;
        ctx.state.cents += cents;
        handled[sequence] = (handled[sequence] ?? 0) + 1;
      },
    ),
  );
  await using runtime = await createRuntime(defineApp({ actors: subscribers }), { database });
  // Between drains everything that ran is durable, so a look at `handled` after a receipt is enough for most events.
  const late = new Set<() => boolean>();
  const look = (): void => {
    for (const isDone of late) if (isDone()) late.delete(isDone);
  };
  runtime.tap('idle', look);
  const sample = await measureLanes(cell, async index => {
    await runtime.publish(OrderPlaced, orderOf(index));
    if (handled[index] === subscribers.length) return;
    look();
    await new Promise<void>(resolve => {
      late.add(() => {
        if (handled[index] !== subscribers.length) return false;
        resolve();
        return true;
      });
    });
  });
  for (const subscriber of subscribers) strictEqual(runtime.state(subscriber)?.count, cell.warmUp + cell.count);
  return sample;
}

/** Asks keyed counters; a reply is durable when it comes. */
async function measureAsk(cell: Cell, database: string): Promise<Sample> {
  const counter = defineActor('counter', { state: () => ({ count: 0 }) }).on(Count, ctx => {
    ctx.state.count += 1;
    return { count: ctx.state.count };
  });
  await using runtime = await createRuntime(defineApp({ actors: [counter] }), { database });
  const sample = await measureLanes(cell, index =>
    runtime.ask(Count, { ...orderOf(index), counter: counterOf(index) }),
  );
  let total = 0;
  for (let index = 0; index < COUNTERS; index++) total += runtime.state(counter, counterOf(index))?.count ?? 0;
  strictEqual(total, cell.warmUp + cell.count);
  return sample;
}

export function measureTroupe(cell: Cell, database: string): Promise<Sample> {
  return cell.workload === 'W1' ? measurePublish(cell, database) : measureAsk(cell, database);
}
