// Checks the options of a test runtime, with a sentence for whoever mistyped one.
import { TroupeError } from '../runtime/errors.ts';
import { toMs } from '../runtime/message/duration.ts';
import { fromMoment, type Moment } from '../runtime/platform/iso-time.ts';
import type { TestRuntimeOptions } from './create-test-runtime.ts';

const OPTIONS = [
  'seed',
  'now',
  'database',
  'alwaysRehydrate',
  'coverage',
  'patience',
  'logger',
  'limits',
  'dropOrphans',
];
/** When virtual time begins. */
export const DEFAULT_START = '2026-01-01T00:00:00Z';
/** The last moment a date object can hold. */
const LAST_MS = 8.64e15;

/** The options, checked and with their defaults. */
export interface CheckedOptions {
  readonly seed: number;
  readonly startMs: number;
  readonly database: string | Uint8Array;
  readonly patienceMs: number | undefined;
}

/**
 * Refuses what a runtime could not start with, or would start with differently than meant.
 *
 * @throws TroupeError `invalid-options`, `invalid-duration`
 */
export function checkTestOptions(options: TestRuntimeOptions): CheckedOptions {
  checkNames(options);
  const { seed = 1, now = DEFAULT_START, database = ':memory:', alwaysRehydrate, coverage, patience } = options;
  if (!Number.isSafeInteger(seed)) throw refuse(`seed is ${show(seed)}`, 'Use a whole number.');
  if (typeof database !== 'string' && !(database instanceof Uint8Array)) {
    throw refuse('database is neither a path nor an image', 'Write a path, or what runtime.serialize() returned.');
  }
  if (!['boolean', 'undefined'].includes(typeof alwaysRehydrate)) {
    throw refuse(`alwaysRehydrate is ${show(alwaysRehydrate)}`, 'Use true or false.');
  }
  if (coverage !== undefined && typeof coverage?.committed !== 'function') {
    throw refuse('coverage observes no commits', 'Pass what measureCoverage(app) returned.');
  }
  const patienceMs = patience === undefined ? undefined : toMs(patience, 'patience');
  return { seed, startMs: toStart(now), database, patienceMs };
}

function checkNames(options: unknown): void {
  if (typeof options !== 'object' || options === null) throw refuse('The options are no object', 'Write { seed: 1 }.');
  for (const option of Object.keys(options)) {
    if (OPTIONS.includes(option)) continue;
    throw refuse(`createTestRuntime has no option '${option}'`, `Use ${OPTIONS.join(', ')}.`);
  }
}

/** Reads the start of virtual time. */
export function toStart(now: Moment): number {
  const isMoment = typeof now === 'string' || typeof now === 'number' || now instanceof Date;
  const startMs = isMoment ? fromMoment(now) : Number.NaN;
  if (Math.abs(startMs) <= LAST_MS) return startMs;
  throw refuse(`now is ${show(now)}, no moment`, "Use a date object, ms since 1970, or text like '2026-01-01'.");
}

function refuse(problem: string, remedy: string): TroupeError {
  return new TroupeError('invalid-options', `${problem}. ${remedy}`);
}

const show = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : String(value));
