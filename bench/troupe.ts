// The subject `troupe`: the workloads through the public API, on a real file, with zod validation.
import { strictEqual } from 'node:assert/strict';
import { createRuntime, defineActor, defineApp } from 'troupe';
import { Count, OrderDone, OrderPlaced } from './contracts.ts';
import { measureLanes, type Sample } from './measure.ts';
import { orderApp, orders } from './order-saga.ts';
import { counterOf, COUNTERS, orderOf, OWNERS, type Cell } from './workload.ts';

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

/** Runs sagas; one is done when the event it announces its end with is durable. */
async function measureSagas(cell: Cell, database: string): Promise<Sample> {
  await using runtime = await createRuntime(orderApp(), { database });
  const waiting = new Map<string, () => void>();
  runtime.tap(OrderDone, ({ data: { orderId } }) => {
    waiting.get(orderId)?.();
    waiting.delete(orderId);
  });
  const sample = await measureLanes(cell, async index => {
    const order = orderOf(index);
    const done = new Promise<void>(resolve => void waiting.set(order.orderId, resolve));
    await runtime.publish(OrderPlaced, order);
    await done;
  });
  const last = orderOf(cell.warmUp + cell.count - 1);
  const { receipts } = runtime.sagas.get(orders, last.orderId)?.context ?? {};
  strictEqual(receipts?.length, OWNERS.length);
  return sample;
}

export function measureTroupe(cell: Cell, database: string): Promise<Sample> {
  const measureOne = { W1: measurePublish, W2: measureAsk, W3: measureSagas }[cell.workload];
  return measureOne(cell, database);
}
