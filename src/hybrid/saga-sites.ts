// Sites: where in a saga something happens, and whether two such things can happen in one run of it.
import type { AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { areCompatible, lineOf, transitionsOf, type Chart } from '../sagas/lint-chart.ts';
import { reachableBy } from '../sagas/lint-reach.ts';
import { nodesOf } from '../sagas/machine-parts.ts';

/** A state of one machine. */
interface Spot {
  readonly chart: Chart;
  readonly node: AnyStateNode;
  /** The states the machine may be in later. */
  readonly later: ReadonlySet<AnyStateNode>;
  /** The step by which the next spot is reached. */
  readonly by: string | undefined;
}

/** A state, with the states around its machine, from the machine of the first saga on. */
export type Site = readonly Spot[];

/** While a state is active. `by`: the step that leads on to a machine or a saga inside. */
export function siteIn(chart: Chart, node: AnyStateNode | undefined, by?: string): Spot {
  const place = node ?? chart.machine.root;
  return { chart, node: place, later: laterThan(place), by };
}

/** When a state is left by a transition. */
export function siteOf(chart: Chart, node: AnyStateNode, transition: AnyTransitionDefinition): Spot {
  return { chart, node, later: reachableBy(node, transition), by: undefined };
}

/** Whether one run can have both: neither is on a way that the other excludes. */
export function canShareRun(one: Site, other: Site): boolean {
  return compare(one, other, (a, b) => areCompatible(a.node, b.node) || a.later.has(b.node) || b.later.has(a.node));
}

/** Whether the first can come before the second, or beside it. */
export function canComeBefore(one: Site, other: Site): boolean {
  return compare(one, other, (a, b) => areCompatible(a.node, b.node) || a.later.has(b.node));
}

/** Looks where two sites part. */
function compare(one: Site, other: Site, isSo: (a: Spot, b: Spot) => boolean): boolean {
  for (let at = 0; at < Math.min(one.length, other.length); at++) {
    const [a, b] = [one[at], other[at]];
    if (!a || !b || a.chart !== b.chart) return true;
    if (a.node !== b.node || a.by !== b.by) return isSo(a, b);
  }
  return true;
}

const known = new WeakMap<AnyStateNode, ReadonlySet<AnyStateNode>>();

function laterThan(node: AnyStateNode): ReadonlySet<AnyStateNode> {
  const before = known.get(node);
  if (before) return before;
  const nodes = [...lineOf(node), ...nodesOf(node)];
  const found = new Set(
    nodes.flatMap(from => transitionsOf(from).flatMap(transition => [...reachableBy(from, transition)])),
  );
  known.set(node, found);
  return found;
}
