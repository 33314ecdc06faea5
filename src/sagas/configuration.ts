// Configuration: the states of a machine that a stored state value stands for.
import type { AnyStateMachine, AnyStateNode, StateValue } from 'xstate';

/** What a stored value means to a machine. */
export interface Configuration {
  readonly active: ReadonlySet<AnyStateNode>;
  /** Active states the value does not name: XState takes them for entered, and nothing of them ever ran. */
  readonly assumed: ReadonlySet<AnyStateNode>;
  /** Ids of states the value names and the machine does not have. */
  readonly unknown: readonly string[];
  /** States with several active children that can have one only. */
  readonly ambiguous: readonly AnyStateNode[];
}

/** Reads a value the way XState restores it, without a look-up that throws. */
export function configurationOf({ root }: AnyStateMachine, value: StateValue): Configuration {
  const reader = new Reader();
  reader.read(root, value);
  return reader;
}

class Reader implements Configuration {
  readonly active: Set<AnyStateNode> = new Set();
  readonly assumed: Set<AnyStateNode> = new Set();
  readonly unknown: string[] = [];
  readonly ambiguous: AnyStateNode[] = [];

  read(node: AnyStateNode, value: StateValue): void {
    this.active.add(node);
    const named = typeof value === 'string' ? { [value]: {} } : value;
    for (const [key, below] of Object.entries(named)) {
      const child = Object.hasOwn(node.states, key) ? node.states[key] : undefined;
      if (child && child.type !== 'history') this.read(child, below ?? {});
      else this.unknown.push(`${node.id}.${key}`);
    }
    if (node.type === 'parallel') this.#assumeRegions(node);
    else if (Object.keys(named).length > 1) this.ambiguous.push(node);
    else if (node.type === 'compound' && Object.keys(named).length === 0) this.#assumeInitial(node);
  }

  #assume(node: AnyStateNode): void {
    this.active.add(node);
    this.assumed.add(node);
    if (node.type === 'parallel') this.#assumeRegions(node);
    else if (node.type === 'compound') this.#assumeInitial(node);
  }

  #assumeRegions(node: AnyStateNode): void {
    for (const region of Object.values(node.states)) {
      if (region.type !== 'history' && !this.active.has(region)) this.#assume(region);
    }
  }

  #assumeInitial(node: AnyStateNode): void {
    for (const target of node.initial.target ?? []) {
      if (target.type === 'history') continue;
      for (let above = target.parent; above && above !== node; above = above.parent) {
        this.active.add(above);
        this.assumed.add(above);
      }
      this.#assume(target);
    }
  }
}

/** The value that names every active state. */
export function valueOf(node: AnyStateNode, active: ReadonlySet<AnyStateNode>): StateValue {
  const children = Object.values(node.states).filter(child => active.has(child));
  const [only] = children;
  if (only && node.type === 'compound' && Object.keys(only.states).length === 0) return only.key;
  return Object.fromEntries(children.map(child => [child.key, valueOf(child, active)]));
}
