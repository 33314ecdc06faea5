// RuntimeOptions: what createRuntime takes, its defaults and its checks; an unknown option is an error.
import type { Database } from 'better-sqlite3';
import { TroupeError } from './errors.ts';
import { toMs, type Duration } from './message/duration.ts';
import { isLogger, type Logger } from './platform/logger.ts';

/** What is lost when: `full` survives power loss, `relaxed` survives the process, `memory` survives nothing. */
export type Durability = 'full' | 'relaxed' | 'memory';

/** How long finished rows are kept. */
export interface RetentionOptions {
  /** Messages and turns nothing needs any more. Default 7 days. */
  readonly log?: Duration | undefined;
  /** Idempotency keys. Default 7 days. */
  readonly dedupe?: Duration | undefined;
  /** Finished sagas and monitors, overdue ones too. Default 30 days. */
  readonly tombstones?: Duration | undefined;
}

/** Bounds a deployment may want to move; every other limit is fixed. */
export interface LimitOptions {
  readonly mailboxPerAddress?: number | undefined;
  readonly mailboxPerActor?: number | undefined;
  /** Messages one saga has put aside. */
  readonly stashPerAddress?: number | undefined;
  readonly inputs?: number | undefined;
  readonly cachedInstances?: number | undefined;
}

/** Options of `createRuntime`. */
export interface RuntimeOptions {
  /** A path, `':memory:'`, an image made by `runtime.serialize()`, or a better-sqlite3 handle of yours. */
  readonly database: string | Uint8Array | Database;
  /** Default `full`. */
  readonly durability?: Durability | undefined;
  /**
   * Refuses to start where there is no database of Troupe yet: a wrong path or a truncated file must not look like a
   * fresh start.
   */
  readonly mustExist?: boolean | undefined;
  /** How long to wait for another runtime to let go of the file. Default: not at all. */
  readonly lockWait?: Duration | undefined;
  /** A runtime of this process on the same file: refuse (default) or stop it and take its place, for hot reload. */
  readonly onExisting?: 'refuse' | 'replace' | undefined;
  /** The file grows to nine tenths of this. Default 4 GiB. */
  readonly maxBytes?: number | undefined;
  readonly retention?: RetentionOptions | undefined;
  readonly limits?: LimitOptions | undefined;
  /** Names of actors and sagas that are gone for good: their open work becomes dead letters. */
  readonly dropOrphans?: readonly string[] | undefined;
  /** Starts although the database is more than an hour ahead of the clock. */
  readonly allowClockBehindStore?: boolean | undefined;
  /** Starts on a network or FUSE file system, where SQLite's locks and flushes cannot be trusted. */
  readonly allowNetworkFileSystem?: boolean | undefined;
  /** A pino logger of yours, or anything with its four methods. Default: warnings and errors to standard error. */
  readonly logger?: Logger | undefined;
  /** Checks that cost a little, like schemas accepting their own output. Default: unless NODE_ENV is production. */
  readonly development?: boolean | undefined;
  /** Stops gracefully on SIGTERM and SIGINT, at once on the second. Default false. */
  readonly handleSignals?: boolean | undefined;
  /**
   * Reports a turn that blocks the event loop for this long; `kill` ends the process so that the message is given up
   * at last. Default: off.
   */
  readonly watchdog?: { readonly after: Duration; readonly kill?: boolean | undefined } | undefined;
}

const OPTIONS: ReadonlySet<string> = new Set([
  'database',
  'durability',
  'mustExist',
  'lockWait',
  'onExisting',
  'maxBytes',
  'retention',
  'limits',
  'dropOrphans',
  'allowClockBehindStore',
  'allowNetworkFileSystem',
  'logger',
  'development',
  'handleSignals',
  'watchdog',
  // The public API's own.
  'check',
]);
const PARTS = {
  retention: ['log', 'dedupe', 'tombstones'],
  limits: ['mailboxPerAddress', 'mailboxPerActor', 'stashPerAddress', 'inputs', 'cachedInstances'],
  watchdog: ['after', 'kill'],
} as const;
const DEFAULT_LOG = '7d';
const DEFAULT_DEDUPE = '7d';
const DEFAULT_TOMBSTONES = '30d';

/** RuntimeOptions with every default filled in. */
export interface ResolvedOptions {
  readonly database: string | Uint8Array | Database;
  readonly durability: Durability;
  readonly mustExist: boolean;
  readonly lockWaitMs: number;
  readonly onExisting: 'refuse' | 'replace';
  readonly maxBytes: number;
  readonly logMs: number;
  readonly dedupeMs: number;
  readonly tombstonesMs: number;
  readonly limits: LimitOptions;
  readonly dropOrphans: readonly string[];
  readonly allowClockBehindStore: boolean;
  readonly allowNetworkFileSystem: boolean;
  readonly logger: Logger | undefined;
  readonly development: boolean;
  readonly handleSignals: boolean;
  readonly watchdog: { readonly afterMs: number; readonly kill: boolean } | undefined;
}

const DEFAULTS = {
  durability: 'full',
  mustExist: false,
  onExisting: 'refuse',
  maxBytes: 4 * 1024 ** 3,
  limits: {},
  dropOrphans: [],
  allowClockBehindStore: false,
  allowNetworkFileSystem: false,
  logger: undefined,
  handleSignals: false,
} as const;

/**
 * Checks the options and fills in the defaults.
 *
 * @throws TroupeError `invalid-options`, `invalid-duration`
 */
export function resolveOptions(options: RuntimeOptions): ResolvedOptions {
  checkNames(options);
  checkParts(options);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const all = { ...DEFAULTS, ...(given as unknown as RuntimeOptions) } as typeof DEFAULTS & RuntimeOptions;
  checkValues(all);
  const { lockWait = 0, retention = {}, watchdog } = options;
  const { log = DEFAULT_LOG, dedupe = DEFAULT_DEDUPE, tombstones = DEFAULT_TOMBSTONES } = retention;
  return {
    ...(all as Omit<
      ResolvedOptions,
      'lockWaitMs' | 'logMs' | 'dedupeMs' | 'tombstonesMs' | 'development' | 'watchdog'
    >),
    lockWaitMs: toMs(lockWait, 'lockWait'),
    logMs: toMs(log, 'retention.log'),
    dedupeMs: toMs(dedupe, 'retention.dedupe'),
    tombstonesMs: toMs(tombstones, 'retention.tombstones'),
    development: options.development ?? process.env['NODE_ENV'] !== 'production',
    watchdog: watchdog && { afterMs: toMs(watchdog.after, 'watchdog.after'), kill: watchdog.kill ?? false },
  };
}

function checkNames(options: unknown): void {
  if (typeof options !== 'object' || options === null) {
    throw refuse('createRuntime needs options', "Write { database: 'app.db' }.");
  }
  for (const option of Object.keys(options)) {
    if (OPTIONS.has(option)) continue;
    throw refuse(`createRuntime has no option '${option}'`, `Use ${[...OPTIONS].join(', ')}.`);
  }
}

function checkParts(options: RuntimeOptions): void {
  for (const part of ['retention', 'limits', 'watchdog'] as const) {
    const names: readonly string[] = PARTS[part];
    for (const name of Object.keys(options[part] ?? {})) {
      if (!names.includes(name)) throw refuse(`${part} has no option '${name}'`, `Use ${names.join(', ')}.`);
    }
  }
  for (const [name, value] of Object.entries(options.limits ?? {})) {
    if (value === undefined || (Number.isInteger(value) && value > 0)) continue;
    throw refuse(`limits.${name} is ${String(value)}`, 'Use a whole number above 0.');
  }
}

function checkValues(options: RuntimeOptions): void {
  const { database, durability, onExisting, maxBytes, logger } = options;
  checkDropOrphans(options.dropOrphans);
  if (!isDatabase(database)) {
    throw refuse('database is neither a path, an image nor a better-sqlite3 Database', "Write database: 'app.db'.");
  }
  if (!['full', 'relaxed', 'memory'].includes(String(durability))) {
    throw refuse(`durability is '${String(durability)}'`, "Use 'full', 'relaxed' or 'memory'.");
  }
  if (!['refuse', 'replace'].includes(String(onExisting))) {
    throw refuse(`onExisting is '${String(onExisting)}'`, "Use 'refuse' or 'replace'.");
  }
  if (logger !== undefined && !isLogger(logger)) {
    throw refuse(
      'logger has not all of debug, info, warn and error',
      "Pass a pino logger: pino({ level: 'silent' }) logs nothing.",
    );
  }
  if (!Number.isFinite(maxBytes) || Number(maxBytes) < 1024 ** 2) {
    throw refuse(`maxBytes is ${String(maxBytes)}`, 'Use at least 1 MiB.');
  }
}

/**
 * Refuses one name, which would be searched for parts of itself.
 *
 * @throws TroupeError `invalid-options`
 */
export function checkDropOrphans(names: unknown): void {
  if (Array.isArray(names) && names.every(name => typeof name === 'string')) return;
  throw refuse('dropOrphans is no list of names', "Write dropOrphans: ['payments'].");
}

function isDatabase(value: unknown): boolean {
  if (typeof value === 'string') return value.length > 0;
  if (value instanceof Uint8Array) return true;
  return typeof value === 'object' && value !== null && 'prepare' in value && 'inTransaction' in value;
}

function refuse(problem: string, remedy: string): TroupeError {
  return new TroupeError('invalid-options', `${problem}. ${remedy}`);
}
