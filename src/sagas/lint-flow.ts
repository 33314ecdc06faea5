// Lint of the flow: where a machine would rest for ever without being done.
import type { AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { areCompatible, childrenOf, doneOf, lineOf, transitionsOf, type Chart, type Start } from './lint-chart.ts';
import { reachableFrom } from './lint-reach.ts';
import type { Finding } from './lint-rules.ts';
import { logicKind, type LogicKind } from './logic-kind.ts';

/** Actors that may do something for a machine that itself does nothing any more. */
const LIVELY: ReadonlySet<LogicKind> = new Set(['machine', 'transition']);

export function* checkFlow(chart: Chart): Iterable<Finding> {
  if (chart.isOptional || maySpawn(chart)) return;
  yield* new Flow(chart).stuck(chart.machine.root);
}

export function* hintFlow(chart: Chart): Iterable<Finding> {
  const reached = reachableFrom(chart.machine.root);
  for (const node of chart.nodes) {
    if (node.type === 'history' || reached.has(node) || (node.parent && !reached.has(node.parent))) continue;
    const fix = 'Add a transition to it, or remove it.';
    yield { code: 'state-unreachable', path: chart.place(node), problem: 'is entered by no transition', fix };
  }
}

/** Whether what runs a nested machine can go on, or stop it, when that machine comes to no end. */
export function canDoWithout(chart: Chart, logic: unknown): boolean {
  const starts = chart.starts.filter(start => start.logic === logic);
  return chart.isOptional || starts.every(({ node, id }) => node === undefined || hasOtherWay(chart, node, id));
}

function hasOtherWay(chart: Chart, node: AnyStateNode, id: string | undefined): boolean {
  const own = ['done.actor', 'error.actor', 'snapshot'].map(kind => `xstate.${kind}.${id}`);
  const done = lineOf(node).map(doneOf);
  return chart.nodes
    .filter(other => areCompatible(other, node))
    .flatMap(other => transitionsOf(other).filter(moves))
    .some(({ eventType }) => ![...own, ...done].includes(eventType as string));
}

/** Spawned children outlive the states that the flow is made of; what nothing starts by name, a function spawns. */
function maySpawn(chart: Chart): boolean {
  const started = new Set(chart.starts.map(({ logic }) => logic));
  const others = [...chart.implementations('actors').values()].filter(logic => !started.has(logic));
  const spawned = chart.starts.filter(({ node }) => node === undefined).map(({ kind }) => kind);
  return [...spawned, ...others.map(logicKind)].some(kind => LIVELY.has(kind));
}

/** A forbidden transition (`on: { x: undefined }`) does nothing. */
function moves({ target, actions, reenter }: AnyTransitionDefinition): boolean {
  return (target?.length ?? 0) > 0 || actions.length > 0 || reenter;
}

/**
 * A configuration rests when none of its states has a transition. A machine in one that is not done never moves again,
 * whatever is sent to it; guards are taken to pass, so a state that might be left is never reported.
 */
class Flow {
  readonly #chart: Chart;
  readonly #reached: ReadonlySet<AnyStateNode>;

  constructor(chart: Chart) {
    this.#chart = chart;
    this.#reached = reachableFrom(chart.machine.root);
  }

  /** What is wrong inside a state, when everything around it can rest. */
  *stuck(node: AnyStateNode): Iterable<Finding> {
    if (this.#isAlive(node)) return;
    const path = this.#chart.place(node);
    if (node.type === 'atomic') {
      const fix = "Add a transition, or make it final (type: 'final').";
      yield { code: 'dead-end', path, problem: 'waits, and nothing leaves it: no event, delay, always or invoke', fix };
      return;
    }
    const children = this.#childrenOf(node);
    for (const child of children) {
      if (node.type === 'parallel' && !children.every(other => other === child || this.#rests(other))) continue;
      if (node.type === 'compound' && child.type !== 'final' && this.#restsDone(child)) yield this.#unfollowed(child);
      yield* this.stuck(child);
    }
  }

  #unfollowed(node: AnyStateNode): Finding {
    const fix = 'Add onDone to it.';
    return { code: 'stuck-when-done', path: this.#chart.place(node), problem: 'ends, and nothing follows', fix };
  }

  #childrenOf(node: AnyStateNode): readonly AnyStateNode[] {
    return childrenOf(node).filter(child => this.#reached.has(child));
  }

  /** Whether something may happen in a state, apart from its being done. */
  #isAlive(node: AnyStateNode): boolean {
    const runs = ({ node: at, kind }: Start): boolean => at === node && LIVELY.has(kind);
    const leads = (one: AnyTransitionDefinition): boolean => moves(one) && (one.eventType as string) !== doneOf(node);
    return transitionsOf(node).some(leads) || this.#chart.starts.some(runs);
  }

  #followsDone(node: AnyStateNode): boolean {
    return (node.transitions.get(doneOf(node)) ?? []).some(moves);
  }

  #rests(node: AnyStateNode): boolean {
    return this.#restsOpen(node) || this.#restsDone(node);
  }

  /** Whether it can come to rest before its end. */
  #restsOpen(node: AnyStateNode): boolean {
    if (node.type === 'final' || this.#isAlive(node)) return false;
    if (node.type === 'atomic') return true;
    const children = this.#childrenOf(node);
    return node.type === 'parallel'
      ? children.every(child => this.#rests(child)) && children.some(child => this.#restsOpen(child))
      : children.some(child => child.type !== 'final' && this.#rests(child));
  }

  /** Whether it can come to its end, with nothing that follows. */
  #restsDone(node: AnyStateNode): boolean {
    if (node.type === 'atomic' || this.#isAlive(node) || this.#followsDone(node)) return false;
    if (node.type === 'final') return true;
    const children = this.#childrenOf(node);
    return node.type === 'parallel'
      ? children.every(child => this.#restsDone(child))
      : children.some(child => child.type === 'final' && this.#restsDone(child));
  }
}
