// Stored machines: an instance as a migration sees it, and finding one's way in its tree of actors.
import type { StateValue } from 'xstate';
import { childPath, idsOf, ROOT, type Path } from './path.ts';
import type { Armed } from './record.ts';

/** A step of an instance: where its actor sits, and the names in `setup({ actors })` on the way there. */
export interface StoredCall {
  readonly n: number;
  readonly path: Path;
  readonly src: string;
  readonly status: string;
}

/** An actor below a machine. */
export interface StoredActor {
  readonly src: string;
  /** A `StoredTree` where the actor is a machine. */
  readonly snapshot: unknown;
}

/** A machine as XState stores it. */
export interface StoredTree {
  readonly status: string;
  readonly value: StateValue;
  readonly context: unknown;
  /** Remembered states, by the id of the history state. */
  readonly historyValue: Readonly<Record<string, readonly { readonly id: string }[]>>;
  readonly children: Readonly<Record<string, StoredActor>>;
}

/** What the new machine does to an instance that is loaded: what its states would have done on entry. */
export interface Wanted {
  readonly kind: 'states' | 'invokes' | 'timers';
  /** Of which machine of the tree. */
  readonly in: Path;
}

/** A stored instance as a migration receives and returns it: the persisted snapshot, its timers and its steps. */
export interface StoredMachine extends StoredTree {
  readonly armed: readonly Armed[];
  readonly calls: readonly StoredCall[];
  readonly wants: readonly Wanted[];
}

/** The snapshot of a machine; undefined for that of any other logic, and for what is no snapshot. */
export function readTree(snapshot: unknown): StoredTree | undefined {
  if (typeof snapshot !== 'object' || snapshot === null || !('value' in snapshot && 'status' in snapshot)) {
    return undefined;
  }
  return { historyValue: {}, children: {}, ...(snapshot as Pick<StoredTree, 'status' | 'value' | 'context'>) };
}

/** The type of the event a timer brings. */
export function eventTypeOf({ event }: Armed): string | undefined {
  if (typeof event !== 'object' || event === null || !('type' in event)) return undefined;
  return typeof event['type'] === 'string' ? event['type'] : undefined;
}

/** Whether a path is the one that is meant; the id `*` stands for any. */
export function isAt(path: Path, pattern: Path): boolean {
  const ids = idsOf(path);
  const wanted = idsOf(pattern);
  return ids.length === wanted.length && wanted.every((id, at) => id === '*' || id === ids[at]);
}

/** Whether a path leads from the one that is meant to an actor below it. */
export function isBelow(path: Path, pattern: Path): boolean {
  const ids = idsOf(path);
  const depth = idsOf(pattern).length;
  return ids.length > depth && isAt(ids.slice(0, depth).reduce(childPath, ROOT), pattern);
}

/** Changes the machines at a path; nothing where there is none. */
export function changeAt<T extends StoredTree>(tree: T, path: Path, change: (tree: StoredTree) => StoredTree): T {
  return changeBelow(tree, idsOf(path), change);
}

function changeBelow<T extends StoredTree>(
  tree: T,
  [id, ...rest]: readonly string[],
  change: (tree: StoredTree) => StoredTree,
): T {
  if (id === undefined) return { ...tree, ...change(tree) };
  const children = Object.entries(tree.children).map(([key, child]) => {
    const below = id === '*' || id === key ? readTree(child.snapshot) : undefined;
    return [key, below ? { ...child, snapshot: changeBelow(below, rest, change) } : child] as const;
  });
  return { ...tree, children: Object.fromEntries(children) };
}

/** The status of any actor's snapshot. */
export function statusOf(snapshot: unknown): unknown {
  return typeof snapshot === 'object' && snapshot !== null && 'status' in snapshot ? snapshot.status : undefined;
}

/** Tokens of steps that have not ended, with the paths of their actors. */
export function runningIn(
  tree: StoredTree,
  path: Path = ROOT,
): readonly { readonly path: Path; readonly token: string }[] {
  return Object.entries(tree.children).flatMap(([id, { snapshot }]) => {
    const own = childPath(path, id);
    const below = readTree(snapshot);
    if (below) return runningIn(below, own);
    if (statusOf(snapshot) !== 'active') return [];
    const { token } = snapshot as { readonly token?: unknown };
    return typeof token === 'string' ? [{ path: own, token }] : [];
  });
}
