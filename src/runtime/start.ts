// Starts a kernel: lock, database, clock, boot and recovery, in that order, undone when one of them fails.
import type { EffectPolicies } from './delivery/effect-rule.ts';
import { TroupeError } from './errors.ts';
import { toMs } from './message/duration.ts';
import type { ResolvedOptions } from './options.ts';
import { Clock } from './platform/clock.ts';
import { createLogger } from './platform/logger.ts';
import type { Platform } from './platform/platform.ts';
import { systemPlatform } from './platform/system-platform.ts';
import { watchTurns } from './platform/watchdog.ts';
import { ApplicationSql } from './store/application-sql.ts';
import { memoryFlight, openFlightFile, type Flight } from './store/flight-file.ts';
import { lockFile, StoreLockedError, type FileLock } from './store/lock.ts';
import { lockPath, openDatabase, type Opened, type OpenOptions } from './store/open.ts';
import { SqliteStore } from './store/sqlite-store.ts';
import type { Behavior } from './turn/behavior.ts';
import { boot } from './turn/boot.ts';
import { recover } from './turn/recovery.ts';
import { Housekeeping } from './turn/housekeeping.ts';
import { Kernel } from './turn/kernel.ts';
import { DEFAULT_LIMITS } from './turn/limits.ts';
import type { Schedule } from './turn/schedules.ts';
import type { WorkQueue } from './turn/work-queue.ts';

const LOCK_RETRY_MS = 50;
const CLOCK_TOLERANCE_MS = 3_600_000;

/** What the definitions of an app compile to. */
export interface Program {
  readonly behaviors: readonly Behavior[];
  readonly schedules: readonly Schedule[];
  /** What becomes of second occurrences of effects; without it they are reported. */
  readonly effects?: EffectPolicies | undefined;
  /** Creates the application's own tables, before anything else runs. */
  readonly migrate: ((database: SqliteStore['database']) => void) | undefined;
}

/** What a test kit replaces; not part of the public surface. */
export interface RuntimeInternals {
  readonly platform?: Platform | undefined;
  readonly turnsPerDrain?: (() => number) | undefined;
  readonly flight?: Flight | undefined;
  readonly queue?: WorkQueue | undefined;
  readonly withholds?: Kernel['withholds'];
  readonly openStore?: ((opened: Opened, lock: FileLock | undefined) => SqliteStore) | undefined;
}

export interface Started {
  readonly kernel: Kernel;
  readonly store: SqliteStore;
  readonly downtimeMs: number;
}

export async function start(program: Program, options: ResolvedOptions, internals: RuntimeInternals): Promise<Started> {
  const platform = internals.platform ?? systemPlatform;
  const open: OpenOptions = { ...options, storeId: platform.incarnation() };
  const path = lockPath(open);
  const lock = path === undefined ? undefined : await acquire(path, options.lockWaitMs, platform);
  let store: SqliteStore | undefined;
  try {
    const { openStore = openSqlite } = internals;
    store = openStore(openDatabase(open), lock);
    program.migrate?.(store.database);
    const isShared = !store.info.ownsHandle || program.migrate !== undefined;
    const kernel = makeKernel({ store, isShared, options, internals, platform });
    const { unclean, downtimeMs } = boot(kernel, { ...program, dropped: options.dropOrphans });
    kernel.housekeeping = new Housekeeping(kernel, { ...options, keepMs: keepMs(program) });
    recover(kernel, unclean);
    if (options.watchdog) watch(kernel, options.watchdog);
    return { kernel, store, downtimeMs };
  } catch (error) {
    if (store) store.close();
    else lock?.release();
    throw error;
  }
}

const openSqlite = (opened: Opened, lock: FileLock | undefined): SqliteStore => new SqliteStore(opened, lock);

async function acquire(path: string, waitMs: number, platform: Platform): Promise<FileLock> {
  const until = platform.monotonicMs() + waitMs;
  for (;;) {
    try {
      return lockFile(path);
    } catch (error) {
      if (!(error instanceof StoreLockedError) || platform.monotonicMs() >= until) throw error;
      await new Promise<void>(resolve => void platform.alarm(LOCK_RETRY_MS, resolve));
    }
  }
}

interface KernelOptions {
  readonly store: SqliteStore;
  /** Whether application code has had the handle itself. */
  readonly isShared: boolean;
  readonly options: ResolvedOptions;
  readonly internals: RuntimeInternals;
  readonly platform: Platform;
}

function makeKernel({ store, isShared, options, internals, platform }: KernelOptions): Kernel {
  const logger = createLogger(options.logger);
  const before = store.lastTime();
  if (before - platform.wallMs() > CLOCK_TOLERANCE_MS && !options.allowClockBehindStore) {
    throw new TroupeError(
      'clock-behind-store',
      `${store.info.file} was last written ${Math.round((before - platform.wallMs()) / 60_000)} minutes in ` +
        'the future of this clock. Set the clock, or allowClockBehindStore.',
    );
  }
  const given = Object.fromEntries(Object.entries(options.limits).filter(([, value]) => value !== undefined));
  const { turnsPerDrain } = internals;
  const limits = turnsPerDrain
    ? { ...DEFAULT_LIMITS, ...given, msPerDrain: Infinity }
    : { ...DEFAULT_LIMITS, ...given };
  const file = store.info.file;
  const kernel: Kernel = new Kernel({
    store,
    platform,
    logger,
    limits,
    clock: new Clock(platform, before),
    flight: file === ':memory:' ? memoryFlight(internals.flight) : openFlightFile(file),
    applicationSql: new ApplicationSql(store.database, {
      isShared,
      foreignChanges: () => store.foreignChanges(),
      onUndeclared: () => {
        logger.warn(
          { code: 'undeclared' },
          'a handler wrote SQL without declaring it: add sql: true to its actor and use ctx.sql',
        );
        kernel.bus.emit('undeclared-sql', {});
      },
    }),
    development: options.development,
    queue: internals.queue,
  });
  kernel.withholds = internals.withholds;
  if (turnsPerDrain) kernel.turnsPerDrain = turnsPerDrain;
  return kernel;
}

function watch(kernel: Kernel, { afterMs, kill }: NonNullable<ResolvedOptions['watchdog']>): void {
  const handlers = [...kernel.registrations].flatMap(({ behavior, subscriptions }) =>
    subscriptions.map(({ id, handler }) => ({ id, name: behavior.name, handler: handler.id })),
  );
  const epochs = kernel.store.epochs.map(({ incarnation, first }) => ({ incarnation, first }));
  const watch = watchTurns({ afterMs, kill, epochs, handlers });
  if (!watch) return;
  kernel.watch = watch;
  kernel.bus.on('idle', () => watch.rest());
  kernel.bus.on('failed', () => watch.rest());
}

function keepMs({ behaviors }: Program): Readonly<Record<string, number>> {
  const contracts = behaviors.flatMap(behavior => [
    ...behavior.publishes,
    ...behavior.sends,
    ...behavior.handlers.flatMap(({ contract }) => (contract ? [contract] : [])),
  ]);
  return Object.fromEntries(
    contracts.flatMap(({ type, keep }) => (keep === undefined ? [] : [[type, toMs(keep, `${type}: keep`)] as const])),
  );
}
