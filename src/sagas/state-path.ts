// State paths: moving a state inside a stored value, by the id it has in the machine.
import type { StateValue } from 'xstate';

interface Tree {
  readonly [key: string]: Tree;
}

/** The keys below the machine that a state's id stands for. */
export function keysOf(id: string): readonly string[] {
  return id.split('.').slice(1);
}

/** The id after a state was renamed, for the state itself and for what is below it. */
export function renameId(id: string, from: string, to: string): string {
  if (id === from) return to;
  return id.startsWith(`${from}.`) ? to + id.slice(from.length) : id;
}

/** Moves an active state, and what is active below it, to another place; any other value stays as it is. */
export function moveState(value: StateValue, from: readonly string[], to: readonly string[]): StateValue {
  if (from.length === 0) return value;
  const tree = toTree(value);
  const moved = find(tree, from);
  return moved ? toValue(insert(remove(tree, from), to, moved)) : value;
}

function toTree(value: StateValue): Tree {
  if (typeof value === 'string') return { [value]: {} };
  return Object.fromEntries(Object.entries(value).map(([key, below]) => [key, toTree(below ?? {})]));
}

function toValue(tree: Tree): StateValue {
  const [[key, below] = [], ...others] = Object.entries(tree);
  if (key !== undefined && others.length === 0 && Object.keys(below ?? {}).length === 0) return key;
  return Object.fromEntries(Object.entries(tree).map(([key, below]) => [key, toValue(below)]));
}

function find(tree: Tree, path: readonly string[]): Tree | undefined {
  let found: Tree | undefined = tree;
  for (const key of path) found = found && Object.hasOwn(found, key) ? found[key] : undefined;
  return found;
}

/** Takes a state out, and what stands empty above it: nothing else was active there. */
function remove(tree: Tree, [key = '', ...rest]: readonly string[]): Tree {
  const { [key]: below = {}, ...others } = tree;
  const left = rest.length === 0 ? {} : remove(below, rest);
  return Object.keys(left).length === 0 ? others : { ...others, [key]: left };
}

function insert(tree: Tree, [key, ...rest]: readonly string[], subtree: Tree): Tree {
  if (key === undefined) return { ...tree, ...subtree };
  const below = Object.hasOwn(tree, key) ? (tree[key] ?? {}) : {};
  return { ...tree, [key]: insert(below, rest, subtree) };
}
