// measureCoverage: which contracts, handlers, saga states and transitions the runs of a test suite have exercised.
import type { App } from '../app.ts';
import { compile } from '../create-runtime.ts';
import { TroupeError } from '../runtime/errors.ts';
import { SELF, type Behavior } from '../runtime/turn/behavior.ts';
import type { Kernel } from '../runtime/turn/kernel.ts';
import { Retracer } from '../sagas/retrace.ts';
import {
  assertReached,
  coverageKinds,
  toPart,
  toText,
  type CoverageKind,
  type CoverageReport,
  type CoverageThresholds,
} from './coverage-report.ts';
import { handlerName, isOwn, RunWatch } from './coverage-watch.ts';
import type { Commit, CommitObserver } from './observer.ts';

/** What has been exercised, by name, to be added to the coverage of another process. */
export type CoverageJson = Readonly<Record<CoverageKind, readonly string[]>>;

/** Watches any number of runs of one app: give it to `createTestRuntime(app, { coverage })`. */
export class Coverage implements CommitObserver {
  /** Everything there is to cover. */
  readonly #names: Readonly<Record<CoverageKind, ReadonlySet<string>>>;
  readonly #seen: Readonly<Record<CoverageKind, Set<string>>>;
  readonly #retracers: ReadonlyMap<string, Retracer>;
  readonly #runs = new WeakMap<Kernel, RunWatch>();

  /** As `measureCoverage`. */
  constructor(app: App) {
    const behaviors = compile(app).behaviors.filter(({ kind }) => kind !== 'monitor');
    const sagas = [...app.sagas, ...app.modules.flatMap(module => module.sagas)];
    this.#retracers = new Map(sagas.map(saga => [saga.name, new Retracer(saga)]));
    const inventories = [...this.#retracers.values()].map(({ inventory }) => inventory);
    this.#names = {
      contracts: new Set([...contractsOf(behaviors), ...app.schedules.map(({ contract }) => contract.type)]),
      handlers: new Set(behaviors.flatMap(handlersOf)),
      states: new Set(inventories.flatMap(({ states }) => states)),
      transitions: new Set(inventories.flatMap(({ transitions }) => transitions)),
    };
    this.#seen = { contracts: new Set(), handlers: new Set(), states: new Set(), transitions: new Set() };
  }

  /** For the test kit: a process is up. */
  opened(kernel: Kernel): void {
    const run = this.#runOf(kernel);
    for (const name of this.#retracers.keys()) run.load(name);
  }

  /** For the test kit: something was committed. What was rolled back covers nothing. */
  committed({ kernel, batch }: Commit): void {
    this.#runOf(kernel).take(batch, this.#seen);
  }

  /** What was exercised so far, and what was not. */
  report(): CoverageReport {
    const part = (kind: CoverageKind): CoverageReport[CoverageKind] => toPart(this.#names[kind], this.#seen[kind]);
    return {
      contracts: part('contracts'),
      handlers: part('handlers'),
      states: part('states'),
      transitions: part('transitions'),
    };
  }

  /** The report as a table for a terminal, with the names of what is missing. */
  text(): string {
    return toText(this.report());
  }

  /**
   * Throws where less was exercised than asked, in percent from 0 to 100, and says what is missing.
   *
   * @throws TroupeError `not-covered`, `invalid-options`
   */
  assert(thresholds: CoverageThresholds): void {
    assertReached(this.report(), thresholds);
  }

  /** What was exercised, sorted by name. */
  toJSON(): CoverageJson {
    const of = (kind: CoverageKind): readonly string[] =>
      [...this.#seen[kind]].filter(name => this.#names[kind].has(name)).toSorted();
    return {
      contracts: of('contracts'),
      handlers: of('handlers'),
      states: of('states'),
      transitions: of('transitions'),
    };
  }

  /**
   * Adds what another process has exercised of the same app; names this one does not know are passed over.
   *
   * @throws TroupeError `invalid-options`
   */
  merge(other: CoverageJson): void {
    for (const kind of coverageKinds) {
      const names: unknown = other?.[kind];
      if (!Array.isArray(names)) {
        throw new TroupeError(
          'invalid-options',
          `merge got no ${kind}. Pass what toJSON of another coverage returned.`,
        );
      }
      for (const name of names) this.#seen[kind].add(String(name));
    }
  }

  #runOf(kernel: Kernel): RunWatch {
    const run = this.#runs.get(kernel) ?? new RunWatch(kernel, this.#retracers);
    this.#runs.set(kernel, run);
    return run;
  }
}

/**
 * Makes a coverage of an app: which contracts, handlers, saga states and transitions its test runs have exercised.
 * Only what was committed counts.
 *
 * @example
 * ```ts
 * const coverage = measureCoverage(app);
 * await using t = await createTestRuntime(app, { coverage });
 * await t.publish(OrderPlaced, { orderId: '1', cents: 4200 });
 * coverage.assert({ contracts: 100, transitions: 80 });
 * ```
 *
 * @throws TroupeError as `createRuntime` where the app does not fit together
 */
export function measureCoverage(app: App): Coverage {
  return new Coverage(app);
}

function contractsOf(behaviors: readonly Behavior[]): readonly string[] {
  const contracts = behaviors.flatMap(({ handlers, publishes, sends }) => [
    ...handlers.flatMap(({ contract }) => contract ?? []),
    ...publishes,
    ...sends,
  ]);
  return contracts.map(({ type }) => type).filter(type => !isOwn(type));
}

function handlersOf({ name, handlers }: Behavior): readonly string[] {
  return handlers.filter(({ id }) => id !== SELF && !isOwn(id)).map(({ id }) => handlerName(name, id));
}
