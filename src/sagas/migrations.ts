// Migrations: what to put into a saga's `migrate`, one function per kind of change of a machine.
import { afterType, readAfter } from './machine-parts.ts';
import { childPath, idsOf, joinSources, ROOT, splitSources, type Path } from './path.ts';
import type { Armed } from './record.ts';
import { renameActors } from './rename-actors.ts';
import { keysOf, moveState, renameId } from './state-path.ts';
import { changeAt, isAt, isBelow, type StoredMachine, type Wanted } from './stored-machine.ts';

/** One change of a stored instance. Pure: it may run more than once, and runs in `checkDatabase`. */
export type Migration = (stored: StoredMachine) => StoredMachine;

/** Which machine of the tree a change is about. */
export interface MigrationOptions {
  /** The path of a nested machine, `/stock`, where `*` stands for any id. Default: the saga's own machine. */
  readonly in?: Path | undefined;
}

/** A delay of `after`: milliseconds, or a name in `setup({ delays })`. */
export type DelayName = string | number;

/**
 * Joins changes into one step of `migrate`; they are applied in order.
 *
 * @example
 * ```ts
 * defineSaga('checkout', {
 *   machine,
 *   version: 2,
 *   migrate: {
 *     1: migration(
 *       renameState('checkout.paying', 'checkout.charging'),
 *       renameDelay(86_400_000, 'patience'),
 *       mapContext((old: { total: number }) => ({ cents: old.total * 100 })),
 *     ),
 *   },
 * });
 * ```
 */
export function migration(...changes: readonly Migration[]): Migration {
  return stored => changes.reduce((before, change) => change(before), stored);
}

/**
 * Renames or moves a state by its id: `<machine id>.<key>.<key>`, or the id it was given. What is active below it, its
 * histories and its timers move along.
 *
 * @example
 * ```ts
 * renameState('checkout.paying', 'checkout.open.paying');
 * ```
 */
export function renameState(from: string, to: string, { in: path = ROOT }: MigrationOptions = {}): Migration {
  const rename = (id: string): string => renameId(id, from, to);
  return stored => {
    const changed = changeAt(stored, path, tree => ({
      ...tree,
      value: moveState(tree.value, keysOf(from), keysOf(to)),
      historyValue: Object.fromEntries(
        Object.entries(tree.historyValue).map(([id, states]) => [
          rename(id),
          states.map(state => ({ id: rename(state.id) })),
        ]),
      ),
    }));
    return changeTimers(
      renameActors(changed, path, id => renameAutoId(id, rename)),
      path,
      (delay, state) => afterType(delay, rename(state)),
    );
  };
}

/** Gives a running actor of an `invoke` the id it has now. */
export function renameInvoke(from: string, to: string, { in: path = ROOT }: MigrationOptions = {}): Migration {
  return stored => renameActors(stored, path, id => (id === from ? to : id));
}

/** Says under which name `setup({ actors })` has a logic now, for running actors and for steps that may be undone. */
export function renameActor(from: string, to: string, { in: path = ROOT }: MigrationOptions = {}): Migration {
  const depth = idsOf(path).length;
  return stored => ({
    ...changeAt(stored, path, tree => ({
      ...tree,
      children: mapValues(tree.children, child => (child.src === from ? { ...child, src: to } : child)),
    })),
    calls: stored.calls.map(call => {
      if (!isBelow(call.path, path)) return call;
      const names = splitSources(call.src).map((name, at) => (at === depth && name === from ? to : name));
      return { ...call, src: joinSources(names) };
    }),
  });
}

/**
 * Gives the armed timers of an `after` the delay it is written with now, in all states. They fire when they would have
 * fired: `renameDelay(1000, 2000)` does not put them off.
 */
export function renameDelay(from: DelayName, to: DelayName, { in: path = ROOT }: MigrationOptions = {}): Migration {
  return stored =>
    changeTimers(stored, path, (delay, state) => (delay === String(from) ? afterType(to, state) : undefined));
}

/**
 * Gives single timers of an `after` another delay of the same state, by the type of their event; `null` drops the
 * timer. They fire when they would have fired.
 *
 * @example
 * ```ts
 * rearm({ 'xstate.after.1000.checkout.paying': 'patience', 'xstate.after.nag.checkout.paying': null });
 * ```
 */
export function rearm(
  timers: Readonly<Record<string, DelayName | null>>,
  { in: path = ROOT }: MigrationOptions = {},
): Migration {
  return stored => {
    const kept = stored.armed.filter(({ source, id }) => !isAt(source, path) || timers[id] !== null);
    return changeTimers({ ...stored, armed: kept }, path, (delay, state) => {
      const to = timers[afterType(delay, state)];
      return to === undefined || to === null ? undefined : afterType(to, state);
    });
  };
}

/**
 * Stops an actor that no state invokes any more, and all below it. A command it has sent is treated as one whose state
 * was left: what it still completes is undone.
 */
export function stopInvoke(id: string, { in: path = ROOT }: MigrationOptions = {}): Migration {
  return stored => {
    const stopped = childPath(path, id);
    const changed = changeAt(stored, path, tree => {
      const { [id]: _, ...children } = tree.children;
      return { ...tree, children };
    });
    return {
      ...changed,
      armed: changed.armed.filter(({ source }) => !isAt(source, stopped) && !isBelow(source, stopped)),
    };
  };
}

/** Drops what a history state remembers: it starts from its default. */
export function forgetHistory(id: string, { in: path = ROOT }: MigrationOptions = {}): Migration {
  return stored =>
    changeAt(stored, path, tree => {
      const { [id]: _, ...historyValue } = tree.historyValue;
      return { ...tree, historyValue };
    });
}

/**
 * Changes the context.
 *
 * @example
 * ```ts
 * mapContext((old: { total: number }) => ({ cents: old.total * 100 }));
 * ```
 */
export function mapContext<Old>(
  change: (context: Old) => object,
  { in: path = ROOT }: MigrationOptions = {},
): Migration {
  return stored => changeAt(stored, path, tree => ({ ...tree, context: change(tree.context as Old) }));
}

/**
 * Accepts that instances are in the initial children of states that got children, and in regions that were added. Their
 * entry actions do not run; `startMissingInvokes` and `startMissingTimers` start the rest.
 */
export function enterMissingStates(options: MigrationOptions = {}): Migration {
  return want('states', options);
}

/**
 * Starts what active states invoke and what never started, when an instance is loaded. `input` is called with the
 * context and an event `xstate.init`.
 */
export function startMissingInvokes(options: MigrationOptions = {}): Migration {
  return want('invokes', options);
}

/**
 * Arms every `after` of an active state that has no timer, with its full delay from when an instance is loaded. That
 * includes timers which have fired and left their state as it is.
 */
export function startMissingTimers(options: MigrationOptions = {}): Migration {
  return want('timers', options);
}

function want(kind: Wanted['kind'], { in: path = ROOT }: MigrationOptions): Migration {
  return stored => ({ ...stored, wants: [...stored.wants, { kind, in: path }] });
}

/** XState calls an `invoke` without an id `<index>.<state>`. */
function renameAutoId(id: string, rename: (state: string) => string): string {
  const { index, state } = /^(?<index>\d+)\.(?<state>.+)$/.exec(id)?.groups ?? {};
  return index === undefined || state === undefined ? id : `${index}.${rename(state)}`;
}

/** Changes the timers of `after` in the machines at a path; undefined leaves a timer as it is. */
function changeTimers(
  stored: StoredMachine,
  path: Path,
  change: (delay: string, state: string) => string | undefined,
): StoredMachine {
  const changed = stored.armed.map((timer): Armed => {
    const after = isAt(timer.source, path) ? readAfter(timer.id) : undefined;
    const type = after && change(after.delay, after.state);
    return type === undefined || type === timer.id ? timer : { ...timer, id: type, event: { type } };
  });
  return { ...stored, armed: changed };
}

function mapValues<T>(record: Readonly<Record<string, T>>, change: (value: T) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
