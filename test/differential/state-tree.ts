// The states of a machine as a tree, and which of them a transition may lead to.
import type { StateSpec } from './machine-spec.ts';

export interface StateNode {
  readonly spec: StateSpec;
  readonly parent: StateNode | undefined;
  readonly path: readonly string[];
  /** Ids of children that are there whenever this state is active. */
  readonly reach: ReadonlySet<string>;
}

export const isHistory = ({ kind }: StateSpec): boolean => kind === 'shallow' || kind === 'deep';

/** A state and all around it, the root first. */
export const lineOf = (node: StateNode | undefined): StateNode[] => (node ? [...lineOf(node.parent), node] : []);

/** Whether two states can be active together: they part in a parallel state. A history state can lead anywhere. */
export function areCompatible(one: StateNode, other: StateNode): boolean {
  if (isHistory(one.spec) || isHistory(other.spec)) return false;
  const [left, right] = [lineOf(one), lineOf(other)];
  const fork = left.findIndex((node, index) => node !== right[index]);
  return fork > 0 && right[fork] !== undefined && left[fork - 1]?.spec.kind === 'parallel';
}

/**
 * Targets for which XState enters what it has not left, or the other way round: the root from within it, and a history
 * state from within its parent, which the same transition makes remember something else.
 */
export function entersTwice({ spec, parent }: StateNode, from: StateNode): boolean {
  if (!parent) return from.parent !== undefined;
  if (!isHistory(spec) || !lineOf(from).includes(parent)) return false;
  return from !== parent || parent.spec.kind === 'parallel';
}
