// What sagas cost apart from their messages: coming back after a crash in the middle of them, and memory while they wait.
import { strictEqual } from 'node:assert/strict';
import { createRuntime, defineApp, defineSaga, type App, type DataOf, type MessageOf, type Runtime } from 'troupe';
import { setup } from 'xstate';
import { OrderDone, OrderPlaced } from './contracts.ts';
import { heapUsed, median } from './measure.ts';
import { orderApp, orders } from './order-saga.ts';
import { orderOf } from './workload.ts';

/** Starts sagas, all at once, and dies when half of them have come to their third step. */
export async function crashWithSagas(file: string, sagas: number): Promise<never> {
  let packing = 0;
  const app = orderApp(owner => {
    if (owner !== 'parcel') return;
    packing += 1;
    if (packing * 2 >= sagas) process.kill(process.pid, 'SIGKILL');
  });
  const runtime = await createRuntime(app, { database: file, limits: { mailboxPerActor: 4 * sagas } });
  runtime.transaction(tx => {
    for (let index = 0; index < sagas; index++) tx.publish(OrderPlaced, ownOrderOf(index));
  });
  return new Promise(() => {});
}

/** From the call that opens the database after a crash. */
export interface SagaRecovery {
  readonly openMs: number;
  /** Each saga has gone on: the next step of each is done and durable. */
  readonly runningMs: number;
  /** Each saga has ended. */
  readonly doneMs: number;
}

export async function measureSagaRecovery(file: string, sagas: number): Promise<SagaRecovery> {
  const startedAt = performance.now();
  const waiting = new Set(Array.from({ length: sagas }, (_, index) => index));
  let runningMs: number | undefined;
  const app = orderApp((_, sequence) => {
    // By the next macrotask the drain that runs now is committed.
    if (waiting.delete(sequence) && waiting.size === 0) setImmediate(() => (runningMs = performance.now() - startedAt));
  });
  await using runtime = await createRuntime(app, { database: file, limits: { mailboxPerActor: 4 * sagas } });
  const openMs = performance.now() - startedAt;
  await runtime.settled();
  const doneMs = performance.now() - startedAt;
  assertDone(runtime, app, sagas);
  strictEqual(waiting.size, 0);
  return { openMs, runningMs: runningMs ?? doneMs, doneMs };
}

/** Every saga is done, and every owner has handled one command of each. */
function assertDone(runtime: Runtime, { actors }: App, sagas: number): void {
  strictEqual(runtime.sagas.list(orders, { status: 'done', limit: sagas + 1 }).length, sagas);
  const customers = Array.from({ length: sagas }, (_, index) => ownOrderOf(index).customer);
  for (const actor of actors) {
    const isHandledOnce = (customer: string): boolean =>
      (runtime.state(actor, customer) as { readonly count: number } | undefined)?.count === 1;
    strictEqual(customers.filter(isHandledOnce).length, sagas);
  }
}

/** Waits for an event under a timer. */
const reminder = defineSaga('reminder', {
  machine: setup({
    types: {} as {
      input: DataOf<typeof OrderPlaced>;
      context: DataOf<typeof OrderPlaced>;
      events: MessageOf<typeof OrderDone>;
    },
    delays: { patience: 30 * 86_400_000 },
  }).createMachine({
    id: 'reminder',
    context: ({ input }) => input,
    initial: 'waiting',
    states: {
      waiting: { after: { patience: 'late' }, on: { 'shop.orderDone': 'done' } },
      late: { type: 'final' },
      done: { type: 'final' },
    },
  }),
})
  .startsOn(OrderPlaced, placed => placed)
  .on(OrderDone);

/** Memory of sagas that wait, each under a timer of its own. */
export interface WaitingSagas {
  /** Heap bytes per saga in the cache. */
  readonly cachedBytes: number;
  /** Heap bytes per saga out of the cache; it is on disk. */
  readonly passivatedBytes: number;
  /** Timers of the process with all of them waiting. */
  readonly timers: number;
}

/** Needs `--expose-gc`. The cache holds a tenth of the sagas. */
export async function measureWaiting(file: string, sagas: number): Promise<WaitingSagas> {
  const cached = sagas / 10;
  const atOnce = sagas / 50;
  const app = defineApp({ sagas: [reminder] });
  await using runtime = await createRuntime(app, { database: file, limits: { cachedInstances: cached } });
  let started = 0;
  const start = async (upTo: number): Promise<number> => {
    for (; started < upTo; started += atOnce) {
      await Promise.all(Array.from({ length: atOnce }, (_, at) => runtime.publish(OrderPlaced, orderOf(started + at))));
    }
    await runtime.settled();
    return heapUsed();
  };
  // Code is compiled and tables have grown before anything is weighed: what they take is in both weighings.
  const before = await start(cached / 5);
  const full = await start(cached);
  const weights: number[] = [];
  for (let upTo = 4 * cached; upTo <= sagas; upTo += cached) weights.push(await start(upTo));
  const timers = process.getActiveResourcesInfo().filter(resource => resource === 'Timeout').length;
  await runtime.publish(OrderDone, { ...orderOf(0), receipts: [] });
  await runtime.settled();
  strictEqual(runtime.sagas.get(reminder, orderOf(0).orderId)?.status, 'done');
  strictEqual(runtime.sagas.list(reminder, { status: 'running', limit: sagas }).length, sagas - 1);
  return {
    cachedBytes: Math.round((full - before) / (cached - cached / 5)),
    // The median, because a table that doubles once is not what each saga costs.
    passivatedBytes: Math.round(median(weights.slice(1).map((weight, at) => weight - (weights[at] ?? 0))) / cached),
    timers,
  };
}

/** An order of a customer who has no other: nothing but its saga decides how far it is. */
function ownOrderOf(index: number): DataOf<typeof OrderPlaced> {
  return { ...orderOf(index), customer: `customer-${index}@mail.example.org` };
}
