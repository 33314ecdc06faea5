// Runs one operation many times, so many at once, and says how fast that was.

/** What one run of one subject gave. */
export interface Sample {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** Keeps `concurrency` operations under way until `count` are done; the first `warmUp` more are not measured. */
export async function measureLanes(
  { count, warmUp, concurrency }: { readonly count: number; readonly warmUp: number; readonly concurrency: number },
  operation: (index: number) => Promise<unknown>,
): Promise<Sample> {
  await inLanes(concurrency, warmUp, operation);
  const times = new Float64Array(count);
  const startedAt = performance.now();
  await inLanes(concurrency, count, async index => {
    const since = performance.now();
    await operation(warmUp + index);
    times[index] = performance.now() - since;
  });
  return toSample(count, performance.now() - startedAt, times);
}

async function inLanes(lanes: number, count: number, operation: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await operation(next++);
  };
  await Promise.all(Array.from({ length: Math.min(lanes, count) }, lane));
}

/** The same for code that blocks; one call does `perCall` operations, and its time is what each of them waited. */
export function measureCalls(
  { count, warmUp, perCall }: { readonly count: number; readonly warmUp: number; readonly perCall: number },
  call: (index: number) => void,
): Sample {
  for (let done = 0; done < warmUp; done += perCall) call(done);
  const calls = Math.max(1, Math.floor(count / perCall));
  const times = new Float64Array(calls);
  const startedAt = performance.now();
  for (let index = 0; index < calls; index++) {
    const since = performance.now();
    call(warmUp + index * perCall);
    times[index] = performance.now() - since;
  }
  return toSample(calls * perCall, performance.now() - startedAt, times);
}

function toSample(operations: number, elapsedMs: number, times: Float64Array): Sample {
  times.sort();
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { perSecond: (operations * 1000) / elapsedMs, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}

/** The middle value, which one noisy run does not move. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** What the heap holds after a collection; needs `--expose-gc`. */
export async function heapUsed(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    await new Promise(resolve => void setImmediate(resolve));
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}
