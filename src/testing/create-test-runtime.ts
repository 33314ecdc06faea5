// createTestRuntime: the same app as in production, on a virtual machine made for one test.
import type { App } from '../app.ts';
import type { Duration } from '../runtime/message/duration.ts';
import type { RuntimeOptions } from '../runtime/options.ts';
import type { Moment } from '../runtime/platform/iso-time.ts';
import type { Logger } from '../runtime/platform/logger.ts';
import { Journal } from './journal.ts';
import type { CommitObserver } from './observer.ts';
import { Rig } from './rig.ts';
import { drawBelow, randomStream } from './seeded-random.ts';
import { checkTestOptions } from './test-options.ts';
import { TestRuntime } from './test-runtime.ts';
import { VirtualMachine } from './virtual-machine.ts';

/** Options of `createTestRuntime`. */
export interface TestRuntimeOptions {
  /** What every random choice is drawn from. Default 1. */
  readonly seed?: number | undefined;
  /**
   * Virtual time at the start: a date object, ISO text, or ms since 1970, UTC. Default 2026-01-01, or when the
   * database was last written, if that is later.
   */
  readonly now?: Moment | undefined;
  /** A path, or an image made by `runtime.serialize()`. Default: a new database in memory. */
  readonly database?: string | Uint8Array | undefined;
  /** Reads every state from the database again before each turn. Default false. */
  readonly alwaysRehydrate?: boolean | undefined;
  /** Notes what the test exercises; made by `measureCoverage(app)`. */
  readonly coverage?: CommitObserver | undefined;
  /**
   * How long a call waits, in real time, for a task that does I/O of its own; then it rejects with `wait-timeout`.
   * Default 4 s.
   */
  readonly patience?: Duration | undefined;
  /** Default: none. */
  readonly logger?: Logger | undefined;
  /** As in `createRuntime`: small mailboxes, a small cache. */
  readonly limits?: RuntimeOptions['limits'];
  /** As in `createRuntime`: names that the app has dropped, to rehearse a deploy. */
  readonly dropOrphans?: RuntimeOptions['dropOrphans'];
}

const MOST_TURNS = 8;
const ONE_TURN_PART = 0.7;
/** A test looks back on all of its virtual time. */
const LOG_KEPT = '3650d';
const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * Starts an app for one test: virtual time, seeded randomness, and calls that return when nothing is left to run.
 * Nothing global is patched, so tests of one process can run side by side.
 *
 * @example
 * ```ts
 * await using t = await createTestRuntime(app, { now: '2026-01-01' });
 * t.stub(ShipOrder, () => new Error('carrier down'));
 * await t.publish(OrderPlaced, { orderId: '1', cents: 4200 });
 * await t.advance('2d');
 * assert.equal(t.sent(RefundPayment).length, 1);
 * ```
 *
 * @throws TroupeError `invalid-options`, and everything `createRuntime` throws
 */
export async function createTestRuntime(app: App, options: TestRuntimeOptions = {}): Promise<TestRuntime> {
  const { seed, startMs, database, patienceMs } = checkTestOptions(options);
  const { alwaysRehydrate = false, coverage, logger, limits, dropOrphans } = options;
  const journal = new Journal();
  const rig = new Rig({
    app,
    machine: new VirtualMachine({ seed, startMs }),
    database,
    runtime: { ...testOptions(logger), limits, dropOrphans },
    turnsPerDrain: drawTurns(seed),
    alwaysRehydrate,
    patienceMs,
    startsAtStore: options.now === undefined,
    observers: coverage ? [journal, coverage] : [journal],
  });
  await rig.start();
  const runtime = new TestRuntime({ rig, journal, seed, settles: true });
  await rig.settle();
  return runtime;
}

/** What a runtime under test is started with, besides its database. */
export function testOptions(logger: Logger = silent): Omit<RuntimeOptions, 'database'> {
  return { logger, development: true, retention: { log: LOG_KEPT } };
}

/** Mostly one turn per commit, so that rows of deliveries and recovery are really used (K29). */
export function drawTurns(seed: number): () => number {
  const random = randomStream(seed, 'turns');
  return () => (random() < ONE_TURN_PART ? 1 : 1 + drawBelow(random, MOST_TURNS));
}
