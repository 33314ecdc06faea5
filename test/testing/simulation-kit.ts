// A small app with one of everything, and one run of it: for tests of the simulator itself.
import { z } from 'zod';
import {
  defineActor,
  defineApp,
  defineCommand,
  defineEvent,
  type App,
  type DataOf,
  type Duration,
} from '../../src/index.ts';
import type { RunOptions, RunResult, Scenario } from '../../src/testing/run-options.ts';
import { playRun } from '../../src/testing/simulated-run.ts';

const item = z.object({ id: z.string(), n: z.int() });
const byId = (data: { readonly id: string }): string => data.id;
const count = z.object({ count: z.int() });

export const Counted = defineEvent('counted', { data: item, key: byId });
export const Count = defineCommand('count', { data: item, key: byId, reply: count });
export const Remind = defineCommand('remind', { data: item, key: byId });
export const Fetch = defineCommand('fetch', { data: item, key: byId, reply: z.object({ got: z.int() }) });

/** What a test wants to be told of, and how long a fetch may give no sign. */
export interface AppOptions {
  readonly onCount?: (ctx: { readonly attempt: number }) => unknown;
  readonly onFetch?: (ctx: { readonly attempt: number; readonly idempotencyKey: string; now(): number }) => unknown;
  readonly onTotal?: (data: DataOf<typeof Counted>) => unknown;
  readonly timeout?: Duration;
}

function makeActors({ onCount, onFetch, onTotal, timeout = '1m' }: AppOptions = {}) {
  const counters = defineActor('counters', {
    state: () => ({ count: 0, reminded: 0, last: 0 }),
    publishes: [Counted],
    sends: [Remind],
  })
    .on(Count, (ctx, { id, n }) => {
      if (n === 13) throw new Error('unlucky');
      onCount?.(ctx);
      ctx.state.count += 1;
      ctx.state.last = n;
      ctx.publish(Counted, { id, n });
      ctx.schedule(Remind, { id, n }, { after: '20m', id: 'reminder' });
      return { count: ctx.state.count };
    })
    .on(Remind, ctx => void (ctx.state.reminded += 1));
  const totals = defineActor('totals', { state: () => ({ all: 0 }), single: true }).on(Counted, (ctx, data) => {
    onTotal?.(data);
    ctx.state.all += 1;
  });
  const fetchers = defineActor('fetchers', { state: () => ({ fetched: 0 }) }).task(Fetch, {
    timeout,
    run: async (ctx, { n }) => {
      await onFetch?.(ctx);
      const got = await ctx.step('get', () => n * 2);
      await ctx.sleep('rest', '5m');
      return { got };
    },
    done: (ctx, result) => {
      ctx.state.fetched += 1;
      return result;
    },
  });
  return { counters, totals, fetchers };
}

export const { counters, totals, fetchers } = makeActors();

/** A new app of these actors. */
export function appOf(options?: AppOptions): App {
  return defineApp({ actors: Object.values(makeActors(options)) });
}

export const app: App = defineApp({ actors: [counters, totals, fetchers] });

/** Four calls to one counter and a fetch at once, a call that fails for ever, and one when time has passed. */
export const scenario: Scenario = async ({ client }) => {
  const all = [1, 2, 3, 4].map(n => client.send(Count, { id: 'a', n }));
  await Promise.all([...all, client.ask(Fetch, { id: 'f', n: 1 }, { timeout: '1d' })]);
  await client.ask(Count, { id: 'b', n: 5 });
  await client.send(Count, { id: 'c', n: 13 });
  await client.sleep('5m');
  await client.ask(Count, { id: 'a', n: 6 });
};

/** One run; without `kinds` and `planned` no fault strikes. */
export function play(options: Partial<RunOptions> = {}): Promise<RunResult> {
  const day = 86_400_000;
  return playRun({
    app,
    scenario,
    seed: 1,
    kinds: [],
    invariants: [],
    startMs: Date.UTC(2026, 0, 1),
    horizonMs: 30 * day,
    ...options,
  });
}
