// What a runtime costs apart from messages: heap per idle and per passivated actor, and coming back after a crash.
import { createRuntime, defineActor, defineApp, defineCommand } from 'troupe';
import { z } from 'zod';
import { heapUsed } from './measure.ts';
import { COUNTERS } from './workload.ts';

const Count = defineCommand('counter.count', {
  data: z.object({ counter: z.string() }),
  key: ({ counter }) => counter,
  reply: z.object({ count: z.number() }),
});
const counter = defineActor('counter', { state: () => ({ count: 0 }) }).on(Count, ctx => {
  ctx.state.count += 1;
  return { count: ctx.state.count };
});
const app = defineApp({ actors: [counter] });

/** Heap bytes per keyed actor. */
export interface HeapPerActor {
  /** In memory, with nothing to do. */
  readonly idleBytes: number;
  /** Out of the cache; its state is on disk. */
  readonly passivatedBytes: number;
}

/** Needs `--expose-gc`. The cache holds `actors` instances: the first ones stay in it, those after them push others out. */
export async function measureHeap(file: string, actors: number): Promise<HeapPerActor> {
  await using runtime = await createRuntime(app, { database: file, limits: { cachedInstances: actors } });
  const visit = async (from: number, to: number): Promise<number> => {
    for (let start = from; start < to; start += COUNTERS) {
      const keys = Array.from({ length: Math.min(COUNTERS, to - start) }, (_, at) => `counter-${start + at}`);
      await Promise.all(keys.map(key => runtime.ask(Count, { counter: key })));
    }
    return heapUsed();
  };
  // Code is compiled and caches are filled before anything is weighed: these take part in both weighings.
  const warm = Math.min(2_000, actors / 2);
  const before = await visit(0, warm);
  const full = await visit(warm, actors);
  await visit(actors, 3 * actors);
  const settled = await visit(3 * actors, 4 * actors);
  const after = await visit(4 * actors, 8 * actors);
  return {
    idleBytes: Math.round((full - before) / (actors - warm)),
    passivatedBytes: Math.round((after - settled) / (4 * actors)),
  };
}

/** Accepts commands in one commit, and dies before any of them is handled. */
export async function crashWithPending(file: string, messages: number): Promise<never> {
  const runtime = await createRuntime(app, { database: file });
  runtime.transaction(tx => {
    for (let index = 0; index < messages; index++) tx.send(Count, { counter: `counter-${index % COUNTERS}` });
  });
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => {});
}

/** Opens after the crash: until it takes messages, and until everything that was pending is done. */
export async function measureRecovery(
  file: string,
  messages: number,
): Promise<{ readonly openMs: number; readonly doneMs: number }> {
  const startedAt = performance.now();
  await using runtime = await createRuntime(app, { database: file });
  const openMs = performance.now() - startedAt;
  await new Promise<void>(resolve => void runtime.tap('idle', () => resolve()));
  const doneMs = performance.now() - startedAt;
  let total = 0;
  for (let index = 0; index < COUNTERS; index++) total += runtime.state(counter, `counter-${index}`)?.count ?? 0;
  if (total !== messages) throw new Error(`${messages} commands were accepted and ${total} were handled`);
  return { openMs, doneMs };
}
