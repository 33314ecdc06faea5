// The kit of kernel tests: a runtime on a virtual platform with its insides open, and the shortest contracts.
import { z } from 'zod';
import {
  defineApp,
  defineCommand,
  defineEvent,
  type App,
  type AppOptions,
  type RuntimeOptions,
} from '../../src/index.ts';
import { compile, Runtime } from '../../src/create-runtime.ts';
import { resolveOptions } from '../../src/runtime/options.ts';
import type { Logger } from '../../src/runtime/platform/logger.ts';
import { start, type Program, type RuntimeInternals } from '../../src/runtime/start.ts';
import type { SqliteStore } from '../../src/runtime/store/sqlite-store.ts';
import type { Kernel } from '../../src/runtime/turn/kernel.ts';
import { VirtualPlatform } from './virtual-platform.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: Record<string, unknown>;
  readonly message: string | undefined;
}

/** A logger that keeps its lines. */
export function memoryLogger(): Logger & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const keep = (level: LogLine['level']) => (fields: object, message?: string) =>
    void lines.push({ level, fields: { ...fields }, message });
  return { lines, debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
}

export interface Launched {
  readonly runtime: Runtime;
  readonly kernel: Kernel;
  readonly store: SqliteStore;
  readonly platform: VirtualPlatform;
  readonly logs: readonly LogLine[];
  /** Everything that can run now has run. Time stands still. */
  readonly settled: () => Promise<void>;
  /** The same for a promise that needs drains: settles, then gives its outcome. */
  readonly run: <T>(promise: Promise<T>) => Promise<T>;
}

export interface LaunchOptions extends Partial<RuntimeOptions>, Pick<RuntimeInternals, 'flight'> {
  readonly platform?: VirtualPlatform;
  /** The drain bound; default: the usual one. */
  readonly turns?: number | (() => number);
}

/** Starts an app, or bare behaviors, in memory (or where `database` says) on a virtual platform. */
export async function launch(app: App | AppOptions | Program, options: LaunchOptions = {}): Promise<Launched> {
  const { platform = new VirtualPlatform(), turns = 512, flight, ...rest } = options;
  const logger = memoryLogger();
  const internals = { platform, flight, turnsPerDrain: typeof turns === 'number' ? () => turns : turns };
  const program = 'behaviors' in app ? app : compile('kind' in app ? app : defineApp(app));
  const { kernel, store } = await start(program, resolveOptions({ database: ':memory:', logger, ...rest }), internals);
  const runtime = new Runtime(kernel, store);
  const settled = (): Promise<void> => platform.settle();
  return {
    runtime,
    kernel,
    store,
    platform,
    logs: logger.lines,
    settled,
    run: async promise => {
      promise.catch(() => {});
      await settled();
      return promise;
    },
  };
}

const keyed = z.object({ key: z.string().default('default'), n: z.number().default(0), text: z.string().default('') });

/** An event `{ key, n, text }`, every field optional, that concerns the instance `key`. */
export function eventOf<const Type extends string>(type: Type) {
  return defineEvent(type, { data: keyed, key: data => data.key });
}

/** A command of the same shape that is answered with a number, a text or null. */
export function commandOf<const Type extends string>(type: Type) {
  return defineCommand(type, {
    data: keyed,
    key: data => data.key,
    reply: z.union([z.number(), z.string(), z.null()]),
  });
}

/** Every `troupe_` row that says what is true, times and measurements left out; equal bytes mean equal states. */
export function tables(store: SqliteStore): Record<string, unknown[]> {
  const read = (sql: string): unknown[] => store.database.prepare(sql).all();
  return {
    states: read('select address, data, status from troupe_states order by address'),
    deliveries: read('select message, subscription, key, status, attempts from troupe_deliveries order by id'),
    messages: read('select position, type, key, data, cause from troupe_messages order by position'),
    deadLetters: read('select message, name, key, reason, attempts from troupe_dead_letters order by id'),
    timers: read('select name, key, timer, due, fired from troupe_timers order by name, key, timer'),
    tasks: read('select message, key, attempt from troupe_tasks order by id'),
    idempotency: read('select key, position, outcome, reply from troupe_idempotency order by key'),
  };
}

/** What the runtime holds in memory for each loaded instance with state. */
export function memory(kernel: Kernel): Record<string, unknown> {
  const states: Record<string, unknown> = {};
  for (const registration of kernel.registrations) {
    for (const instance of kernel.instances.of(registration)) {
      if (instance.loaded && instance.rowId > 0) states[instance.address] = instance.state;
    }
  }
  return states;
}
