// The crash run: starts the shop as a child process, kills it at drawn places, and starts it again until it is done.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { showCount } from './money.ts';
import { makeProgress } from './progress.ts';
import type { Options } from './options.ts';

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));
const SEED = 1996;
/** Less than an order takes, as the last turns of a life are not reported: the kills end before the orders do. */
const TURNS_PER_ORDER = 15;
const MOST_REPORTS = 5;
const LONGEST_GRACE_MS = 4;

/** Where a child is killed: at a report, or shortly after it was told to go on. */
interface Place {
  readonly report: number;
  readonly graceMs: number | undefined;
}

/** False when the shop was done before it was killed often enough. */
export async function crashShop({ data, kills }: Options, database: string, orders: number): Promise<boolean> {
  const stride = Math.max(1, Math.floor((orders * TURNS_PER_ORDER) / (kills * MOST_REPORTS)));
  const args = [...process.execArgv, WORKER, database, data, String(orders), String(stride)];
  const cache = mkdtempSync(join(tmpdir(), 'northwind-compiled-'));
  const random = makeRandom(SEED);
  const progress = makeProgress(orders);
  const killedAfter: number[] = [];
  let ended = 0;
  const show = (count: number): void => progress.show((ended = count), `killed ${killedAfter.length} times`);
  try {
    for (;;) {
      const place = killedAfter.length < kills ? drawPlace(random) : undefined;
      const wasKilled = await live({ args, env: { ...process.env, NODE_COMPILE_CACHE: cache } }, place, show);
      if (!wasKilled) break;
      killedAfter.push(ended);
    }
  } finally {
    progress.end();
    rmSync(cache, { recursive: true, force: true });
  }
  const killed = killedAfter.length;
  const last = `the last time after ${showCount(killedAfter.at(-1) ?? 0)} of ${showCount(orders)} orders`;
  console.log(killed > 0 ? `  killed ${showCount(killed)} times with SIGKILL, ${last}` : '  never killed');
  if (killed < kills) console.log(`  All orders were done before kill ${killed + 1} of ${kills}: use fewer --kills.`);
  return killed >= kills;
}

/** Half of the places are exact: between two releases of one commit. The other half lets a few milliseconds pass. */
function drawPlace(random: () => number): Place {
  const report = 1 + Math.floor(random() * MOST_REPORTS);
  return { report, graceMs: random() < 0.5 ? undefined : random() * LONGEST_GRACE_MS };
}

/** One life of the shop: true when it was killed, false when it came to its end. */
function live(
  { args, env }: { readonly args: readonly string[]; readonly env: NodeJS.ProcessEnv },
  place: Place | undefined,
  onReport: (ended: number) => void,
): Promise<boolean> {
  const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const kill = (): void => void child.kill('SIGKILL');
  let reports = 0;
  // What is written to a child that was killed goes nowhere.
  child.stdin.on('error', () => {});
  createInterface({ input: child.stdout }).on('line', line => {
    reports += 1;
    onReport(Number(line));
    if (reports === place?.report && place.graceMs === undefined) kill();
    else if (place === undefined || reports <= place.report) child.stdin.write('\n');
    if (reports === place?.report && place.graceMs !== undefined) setTimeout(kill, place.graceMs);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(true);
      else if (code === 0) resolve(false);
      else reject(new Error(`the shop ended with ${signal ?? `exit code ${code}`}.`));
    });
  });
}

/** Mulberry32: the same places in every run. */
function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
