// The states of a diagram: how they contain each other, which of them a state value means, and where arrows can go.
import type { AnyStateNode } from 'xstate';

/** An arrow as Mermaid can draw it. */
interface Route {
  /** The arrow starts at any state in here instead of at the source. */
  readonly anyIn?: AnyStateNode;
  readonly to: AnyStateNode;
  /** What the transition enters anew, where the arrow does not show it. */
  readonly restarts?: AnyStateNode;
}

/** Mermaid cannot draw an arrow between a composite state and its own inside: it has to stay inside. */
export function routeOf(source: AnyStateNode, target: AnyStateNode): Route {
  if (contains(source, target)) {
    const anyIn = regionTowards(source, target);
    if (anyIn !== target) return { anyIn, to: target };
    const [first] = initialOf(target);
    return first ? { anyIn, to: first } : { to: source, restarts: target };
  }
  let to = target;
  while (contains(to, source)) to = initialOf(to)[0] ?? childTowards(to, source);
  return to === target ? { to } : { to, restarts: target };
}

/** In document order. */
export function* nodesOf(node: AnyStateNode): Iterable<AnyStateNode> {
  yield node;
  for (const child of childrenOf(node)) yield* nodesOf(child);
}

export function childrenOf(node: AnyStateNode): AnyStateNode[] {
  return Object.values(node.states);
}

/** One for a compound state, none for others. */
export function initialOf(node: AnyStateNode): readonly AnyStateNode[] {
  return node.type === 'compound' ? node.initial.target : [];
}

/** Where a history state leads when there is no history, as far as its config says. */
export function defaultsOf(node: AnyStateNode): AnyStateNode[] {
  const { target } = node.config;
  if (node.type !== 'history' || target === undefined || !node.parent) return [];
  const found = target.startsWith('#')
    ? [...nodesOf(node.machine.root)].find(({ id }) => `#${id}` === target)
    : target.split('.').reduce<AnyStateNode | undefined>(childAt, node.parent);
  return found ? [found] : [];
}

/** The innermost states that a state value names; names the machine does not have are passed over. */
export function leavesOf(node: AnyStateNode | undefined, value: unknown): AnyStateNode[] {
  if (typeof value === 'string') return [childAt(node, value) ?? []].flat();
  if (node === undefined || typeof value !== 'object' || value === null) return [];
  const inner = Object.entries(value);
  return inner.length === 0 ? [node] : inner.flatMap(([key, next]) => leavesOf(childAt(node, key), next));
}

/** At which places of the list each state is entered, from 1. */
export function visitsOf(root: AnyStateNode, values: readonly unknown[]): Map<AnyStateNode, number[]> {
  const visits = new Map<AnyStateNode, number[]>();
  let before: readonly AnyStateNode[] = [];
  for (const [index, value] of values.entries()) {
    const leaves = leavesOf(root, value);
    for (const leaf of leaves) {
      if (!before.includes(leaf)) visits.set(leaf, [...(visits.get(leaf) ?? []), index + 1]);
    }
    before = leaves;
  }
  return visits;
}

function childAt(node: AnyStateNode | undefined, key: string): AnyStateNode | undefined {
  return node && Object.hasOwn(node.states, key) ? node.states[key] : undefined;
}

/** A state does not contain itself. */
function contains(outer: AnyStateNode, inner: AnyStateNode): boolean {
  return outer.path.length < inner.path.length && outer.path.every((key, depth) => inner.path[depth] === key);
}

/** The child of `outer` that is or contains `inner`. */
function childTowards(outer: AnyStateNode, inner: AnyStateNode): AnyStateNode {
  return childAt(outer, inner.path[outer.path.length] ?? '') ?? inner;
}

/** The outermost state from `outer` towards `inner` that is not parallel: the states of others are regions. */
function regionTowards(outer: AnyStateNode, inner: AnyStateNode): AnyStateNode {
  let region = outer;
  while (region.type === 'parallel' && region !== inner) region = childTowards(region, inner);
  return region;
}
