// Reach: the states of a machine that some transition enters, whatever its guards say.
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { childrenOf, doneOf, lineOf, listOf, transitionsOf } from './lint-chart.ts';

/** The states a machine can be in. */
export function reachableFrom(root: AnyStateNode): ReadonlySet<AnyStateNode> {
  const reach = new Reach();
  reach.enter(root);
  return reach.states;
}

/** The states a machine can be in after a transition of a state, at once or later. */
export function reachableBy(node: AnyStateNode, transition: AnyTransitionDefinition): ReadonlySet<AnyStateNode> {
  const reach = new Reach();
  for (const entered of targetsOf(node, transition)) reach.enter(entered);
  // Regions beside it go on from wherever they are.
  for (const region of regionsAround(node, [])) reach.enter(region);
  return reach.states;
}

class Reach {
  readonly states = new Set<AnyStateNode>();
  readonly #entered = new Set<AnyStateNode>();
  /** States whose `onDone` waits for an end that nothing has reached yet. */
  readonly #unfinished = new Set<AnyStateNode>();

  /** Enters a state with what is entered by default inside it. */
  enter(node: AnyStateNode): void {
    const pending = [node];
    for (let next = pending.pop(); next; next = pending.pop()) {
      if (this.#entered.has(next)) continue;
      this.#entered.add(next);
      pending.push(...this.#pass(next), ...entryOf(next), ...this.#finished());
    }
  }

  /** Is in a state, which need not have been entered by its initial child; says what is entered from there. */
  #pass(node: AnyStateNode): readonly AnyStateNode[] {
    if (this.states.has(node)) return [];
    this.states.add(node);
    if (node.transitions.has(doneOf(node))) this.#unfinished.add(node);
    const entered = enteredBy(node, type => type !== doneOf(node));
    return node.parent ? [...entered, ...this.#pass(node.parent)] : entered;
  }

  #finished(): readonly AnyStateNode[] {
    const finished = [...this.#unfinished].filter(node => this.#canEnd(node));
    for (const node of finished) this.#unfinished.delete(node);
    return finished.flatMap(node => enteredBy(node, type => type === doneOf(node)));
  }

  #canEnd(node: AnyStateNode): boolean {
    if (node.type === 'final') return this.states.has(node);
    const children = childrenOf(node);
    return node.type === 'parallel'
      ? children.every(child => this.#canEnd(child))
      : children.some(child => child.type === 'final' && this.states.has(child));
  }
}

/** What the transitions of a state enter: their targets, and the other regions around these. */
function enteredBy(node: AnyStateNode, isTaken: (type: string) => boolean): readonly AnyStateNode[] {
  return transitionsOf(node)
    .filter(({ eventType }) => isTaken(eventType as string))
    .flatMap(transition => targetsOf(node, transition));
}

function targetsOf(node: AnyStateNode, { target = [], reenter }: AnyTransitionDefinition): readonly AnyStateNode[] {
  const targets = target as readonly AnyStateNode[];
  const stays = staysAround(node, targets, reenter);
  return targets.flatMap(one => [one, ...regionsAround(one, [...targets, ...stays])]);
}

/** The states that a transition neither leaves nor enters: those above its domain, as XState computes that. */
function staysAround(node: AnyStateNode, targets: readonly AnyStateNode[], reenter: boolean): readonly AnyStateNode[] {
  if (!reenter && targets.every(one => lineOf(one).includes(node))) return lineOf(node);
  const [first, ...rest] = targets;
  const others = [...rest, node];
  const above = first ? lineOf(first).slice(1) : [];
  const domain = above.find(state => others.every(one => one !== state && lineOf(one).includes(state)));
  // All regions of a parallel domain are entered again.
  const outer = domain?.type === 'parallel' ? domain.parent : domain;
  return outer ? lineOf(outer) : [];
}

/** The regions beside a state that are entered by default with it: those that hold none of `others`. */
function regionsAround(node: AnyStateNode, others: readonly AnyStateNode[]): readonly AnyStateNode[] {
  const held = new Set(others.flatMap(lineOf));
  return lineOf(node).flatMap(({ parent }) =>
    parent?.type === 'parallel' && !others.includes(parent)
      ? childrenOf(parent).filter(region => !held.has(region))
      : [],
  );
}

/** What is entered with a state. */
function entryOf(node: AnyStateNode): readonly AnyStateNode[] {
  switch (node.type) {
    case 'compound':
      return node.initial.target;
    case 'parallel':
      return childrenOf(node);
    case 'history':
      return historyDefault(node);
    case 'atomic':
    case 'final':
      return [];
  }
}

/** Where a history state leads while there is no history yet. */
function historyDefault({ parent, machine, config }: AnyStateNode): readonly AnyStateNode[] {
  if (!parent) return [];
  const targets = listOf(config.target) as readonly string[];
  return targets.length === 0 ? [parent] : targets.map(target => follow(machine, parent, target));
}

function follow(machine: AnyStateMachine, from: AnyStateNode, target: string): AnyStateNode {
  if (target.startsWith('#')) return machine.getStateNodeById(target);
  let found = from;
  for (const key of target.split('.')) found = (found.states as Record<string, AnyStateNode>)[key] ?? found;
  return found;
}
