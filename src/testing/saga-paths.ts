// sagaPaths: the ways through a saga's machine as test cases, each of which answers its steps as the way says.
import { TroupeError } from '../runtime/errors.ts';
import type { AnyCommand, ReadonlyDeep, ReplyOf } from '../runtime/message/contract.ts';
import { findPaths, type ModelPath } from '../sagas/model-paths.ts';
import { SampleBook } from '../sagas/model-samples.ts';
import { Model, type Deed } from '../sagas/model.ts';
import type { Saga, SagaTypes } from '../sagas/saga.ts';
import { PathRun } from './path-run.ts';
import type { TestRuntime } from './test-runtime.ts';

/** What a command may be answered with, or how a child saga may end. */
type ReplySample<Of> =
  Of extends Saga<infer T>
    ? ReadonlyDeep<T['output']> | Error
    : Of extends AnyCommand
      ? ReadonlyDeep<ReplyOf<Of>> | Error
      : never;

/** Samples, and which paths are wanted. */
export interface SagaPathsOptions<
  T extends SagaTypes = SagaTypes,
  Of extends readonly (AnyCommand | Saga)[] = readonly (AnyCommand | Saga)[],
> {
  /** By the type of an event the saga starts on or takes: its data, all for one key. */
  readonly events?: Readonly<Record<string, readonly unknown[]>> | undefined;
  /** What another saga starts it with, where it is a child. */
  readonly inputs?: readonly unknown[] | undefined;
  /**
   * Commands with their replies, child sagas with their outputs; an Error is a command that is given up, a child that
   * fails. What is not named only fails.
   */
  readonly replies?:
    | { readonly [I in keyof Of]: readonly [of: Of[I], replies: readonly ReplySample<Of[I]>[]] }
    | undefined;
  /** By the name of a task in `setup({ actors })`: its outputs; an Error is a task that is given up. */
  readonly tasks?: Readonly<Record<string, readonly unknown[]>> | undefined;
  /**
   * `shortest`: the shortest way to each state. `simple`: every way that comes to no state twice. `edges`: a
   * shortest way over everything that can happen in any state. Default `shortest`.
   */
  readonly paths?: 'shortest' | 'simple' | 'edges' | undefined;
  /** Only paths that end in a state that matches. */
  readonly to?: T['state'] | undefined;
  /** The most paths. Default 200. */
  readonly limit?: number | undefined;
  /** What of the context makes two states different. Default: nothing. */
  readonly distinguish?: ((context: T['context']) => unknown) | undefined;
}

/** One thing that happens on a path, and where the saga is then. */
export interface SagaPathStep {
  /** `order.placed`, `charge ok`, `charge refused`, `ship fails`, `ship times out`, `after patience`. */
  readonly title: string;
  readonly causes: readonly Deed[];
  readonly state: unknown;
  readonly status: string;
}

/** One way through a saga as a test case. */
export interface SagaPath {
  /** Unique among the paths of one call. */
  readonly title: string;
  readonly steps: readonly SagaPathStep[];
  /**
   * Takes the way on a runtime that has no such instance yet, and compares the saga with the machine after every step.
   * The path decides what the instance hears: what it sends is answered as the path says, not by its owner.
   *
   * @throws TroupeError `path-differs`, `invalid-options`
   */
  readonly run: (runtime: TestRuntime) => Promise<void>;
}

const OPTIONS = ['events', 'inputs', 'replies', 'tasks', 'paths', 'to', 'limit', 'distinguish'];
const HOW = ['shortest', 'simple', 'edges'] as const;
const DEFAULT_LIMIT = 200;

/**
 * Finds paths through a saga's machine and makes a test case of each: the machine is explored as a pure function with
 * the samples, in a graph of XState's `xstate/graph`. The same call gives the same paths in the same order.
 *
 * @example
 * ```ts
 * const paths = sagaPaths(checkout, {
 *   events: { 'order.placed': [{ orderId: '1', cents: 4200 }] },
 *   replies: [[ChargePayment, [{ ok: true, receipt: 'r' }, { ok: false, code: 'declined' }, new Error('down')]]],
 * });
 * for (const path of paths) {
 *   test(path.title, async () => {
 *     await using t = await createTestRuntime(app);
 *     await path.run(t);
 *   });
 * }
 * ```
 *
 * @throws TroupeError `invalid-options`
 */
export function sagaPaths<T extends SagaTypes, const Of extends readonly (AnyCommand | Saga)[]>(
  definition: Saga<T>,
  options: SagaPathsOptions<T, Of>,
): readonly SagaPath[] {
  if (definition?.kind !== 'saga') {
    throw new TroupeError('invalid-options', 'sagaPaths needs a saga. Pass what defineSaga returned.');
  }
  const saga = definition as unknown as Saga;
  const { paths: how = 'shortest', to, limit = DEFAULT_LIMIT, distinguish, ...samples } = checked(saga.name, options);
  const book = new SampleBook(saga, samples);
  const found = findPaths(new Model(saga, book), { how, to: to as never, limit, distinguish });
  if (found.length === 0) {
    const where = to === undefined ? 'anywhere' : `to ${JSON.stringify(to)}`;
    const problem = `sagaPaths(${saga.name}) finds no path ${where} with these samples`;
    throw new TroupeError('invalid-options', `${problem}. Correct the state, or add replies that lead there.`);
  }
  const titles = new Map<string, number>();
  return found.map(path => toCase({ saga, key: book.key }, path, titles));
}

function checked(name: string, options: SagaPathsOptions): SagaPathsOptions {
  const what = `sagaPaths(${name})`;
  const unknown = Object.keys(options ?? {}).find(key => !OPTIONS.includes(key));
  if (unknown !== undefined) {
    throw new TroupeError('invalid-options', `${what} has no option '${unknown}'. Use ${OPTIONS.join(', ')}.`);
  }
  const { paths, limit = DEFAULT_LIMIT } = options ?? {};
  if (paths !== undefined && !HOW.includes(paths)) {
    throw new TroupeError('invalid-options', `${what}: paths is ${paths as string}. Use ${HOW.join(', ')}.`);
  }
  if (!Number.isInteger(limit) || limit < 1) {
    throw new TroupeError('invalid-options', `${what}: limit is ${String(limit)}. Use a whole number from 1.`);
  }
  return options;
}

function toCase(of: { saga: Saga; key: string }, path: ModelPath, titles: Map<string, number>): SagaPath {
  const steps = path.steps.map(({ title, deeds, value, status }) => ({ title, causes: deeds, state: value, status }));
  const by = steps.map(({ title }) => title).join(', ');
  const base = `reaches ${wordFor(steps.at(-1)?.state)} by ${by}`;
  const nth = (titles.get(base) ?? 0) + 1;
  titles.set(base, nth);
  const title = nth === 1 ? base : `${base} (${nth})`;
  return { title, steps, run: runtime => new PathRun(runtime, { ...of, title, steps }).play() };
}

/** A state value in words: `paying.money.charged and paying.goods.asking`. */
function wordFor(value: unknown): string {
  return leavesOf(value, []).join(' and ');
}

function leavesOf(value: unknown, above: readonly string[]): readonly string[] {
  if (typeof value === 'string') return [[...above, value].join('.')];
  const inner = Object.entries(value ?? {});
  return inner.length === 0 ? [above.join('.')] : inner.flatMap(([key, below]) => leavesOf(below, [...above, key]));
}
