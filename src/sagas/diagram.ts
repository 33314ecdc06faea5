// Draws a machine as a Mermaid state diagram, with where an instance is and the way it came.
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { childrenOf, defaultsOf, initialOf, leavesOf, nodesOf, routeOf, visitsOf } from './diagram-states.ts';
import { escape, labelOf, remarksOf, transitionsOf } from './diagram-text.ts';

export interface DrawOptions {
  /** The state value that is highlighted. */
  readonly state?: unknown;
  /** The state values that were taken, oldest first; a state shows at which places of this list it was entered. */
  readonly visited?: readonly unknown[] | undefined;
}

/** One end of an arrow. */
interface End {
  readonly id: string;
  readonly parent: AnyStateNode | undefined;
}

/** Words that begin statements, and the id of the whole diagram. */
const KEYWORD =
  /^(?:acc(?:descr|title)|as|class|classdef|click|default|href|note|root|scale|state|statediagram|style)$/i;
/** The ids that Mermaid gives to `[*]`, after that of the composite state it is in. */
const PSEUDO_STATE = /_(?:end|start)$/;

/** What is filled has black text, also in a dark theme. */
const STYLES = {
  any: 'fill:none,stroke-dasharray:4 4',
  visited: 'fill:#dcefdc,stroke:#4a8f53,color:#000000',
  current: 'fill:#ffe08a,stroke:#b8860b,stroke-width:2px,color:#000000',
} as const;

/** Draws a machine as a Mermaid `stateDiagram-v2`, in the order of its config. Invoked logic is named, not opened. */
export function drawMachine(machine: AnyStateMachine, options: DrawOptions = {}): string {
  return ['stateDiagram-v2', ...new Drawing(machine.root, options).lines().map(indent)].join('\n');
}

class Drawing {
  readonly #root: AnyStateNode;
  readonly #current: ReadonlySet<AnyStateNode>;
  readonly #visits: ReadonlyMap<AnyStateNode, readonly number[]>;
  /** In document order. */
  readonly #ids = new Map<AnyStateNode, string>();
  readonly #taken = new Set<string>();
  /** What stands for any state, by the composite state it is in. */
  readonly #anyIds = new Map<AnyStateNode, string>();
  /** By the composite state among whose statements they are. */
  readonly #arrows = new Map<AnyStateNode | undefined, string[]>();

  constructor(root: AnyStateNode, { state, visited = [] }: DrawOptions) {
    this.#root = root;
    this.#current = new Set(leavesOf(root, state));
    this.#visits = visitsOf(root, visited);
    for (const node of nodesOf(root)) this.#ids.set(node, this.#name(node === root ? [root.key] : node.path));
    for (const node of this.#ids.keys()) this.#connect(node);
  }

  lines(): string[] {
    const nodes = [...this.#ids.keys()];
    const past = nodes.filter(node => this.#visits.has(node) && !this.#current.has(node));
    const present = nodes.filter(node => this.#current.has(node));
    return [
      ...this.#state(this.#root),
      ...(this.#arrows.get(undefined) ?? []),
      ...paint('any', [...this.#anyIds.values()]),
      ...paint('visited', past.map(this.#idOf)),
      ...paint('current', present.map(this.#idOf)),
    ];
  }

  #state(node: AnyStateNode): string[] {
    const id = this.#idOf(node);
    if (node.type === 'history') return [`state "H${node.history === 'deep' ? escape('*') : ''}" as ${id}`];
    const visits = this.#visits.get(node) ?? [];
    const remarks = [...(visits.length > 0 ? [`visited ${visits.join(', ')}`] : []), ...remarksOf(node)];
    const name = escape(node.key);
    if (node.type === 'atomic' || node.type === 'final') {
      return [`state "${name}" as ${id}`, ...remarks.map(remark => `${id} : ${remark}`)];
    }
    // A composite state has a title, but no room for lines below it.
    const title = remarks.length === 0 ? name : `${name} (${remarks.join(', ')})`;
    const inside = node.type === 'parallel' ? this.#regions(node) : this.#inside(node);
    return [`state "${title}" as ${id} {`, ...inside.map(indent), '}'];
  }

  #regions(node: AnyStateNode): string[] {
    const regions = childrenOf(node).map(child => [...this.#start(child, 'outside'), ...this.#state(child)]);
    return regions.flatMap((region, index) => (index === 0 ? region : ['--', ...region]));
  }

  /** Arrows first: the layout of Mermaid before 12 has to meet a composite state before those inside of it. */
  #inside(node: AnyStateNode): string[] {
    const anyId = this.#anyIds.get(node);
    return [
      ...this.#start(node, 'inside'),
      ...(this.#arrows.get(node) ?? []),
      ...(anyId === undefined ? [] : [`state "any state" as ${anyId}`]),
      ...childrenOf(node).flatMap(child => this.#state(child)),
    ];
  }

  /** The same layout fails at composite states in a region that no arrow enters, so their first arrow does. */
  #start(node: AnyStateNode, side: 'inside' | 'outside'): string[] {
    const isRegion = node.parent?.type === 'parallel';
    const isNested = childrenOf(node).some(child => childrenOf(child).length > 0);
    if ((side === 'outside') !== (isRegion && isNested)) return [];
    return initialOf(node).map(first => `[*] --> ${this.#idOf(first)}`);
  }

  #connect(node: AnyStateNode): void {
    const from = this.#endOf(node);
    if (node.type === 'final') this.#add(from, { id: '[*]', parent: node.parent });
    for (const target of defaultsOf(node)) this.#add(from, this.#endOf(target));
    for (const transition of transitionsOf(node)) {
      for (const target of transition.target ?? []) {
        const { anyIn, to, restarts } = routeOf(node, target);
        const label = labelOf(node, transition) + (restarts ? `, restarts ${escape(restarts.key)}` : '');
        this.#add(anyIn ? this.#anyOf(anyIn) : from, this.#endOf(to), ` : ${label}`);
      }
    }
  }

  /** A statement pulls the states it names into the composite state it is in; after all states it pulls none. */
  #add(from: End, to: End, label = ''): void {
    const local = from.parent === to.parent && from.parent?.type === 'compound';
    const place = local ? from.parent : undefined;
    this.#arrows.set(place, [...(this.#arrows.get(place) ?? []), `${from.id} --> ${to.id}${label}`]);
  }

  #anyOf(parent: AnyStateNode): End {
    const id = this.#anyIds.get(parent) ?? this.#name([...parent.path, 'any']);
    this.#anyIds.set(parent, id);
    return { id, parent };
  }

  #endOf(node: AnyStateNode): End {
    return { id: this.#idOf(node), parent: node.parent };
  }

  readonly #idOf = (node: AnyStateNode): string => this.#ids.get(node) ?? '';

  #name(path: readonly string[]): string {
    const word = path.join('_').replaceAll(/\W/g, '_');
    // `constructor` and its like are lost in the plain objects of Mermaid's layout.
    const isTaken = word === '' || word in Object.prototype || KEYWORD.test(word) || PSEUDO_STATE.test(word);
    const base = isTaken ? `${word}_` : word;
    let id = base;
    for (let count = 2; this.#taken.has(id); count += 1) id = `${base}_${count}`;
    this.#taken.add(id);
    return id;
  }
}

function paint(style: keyof typeof STYLES, ids: readonly string[]): string[] {
  return ids.length === 0 ? [] : [`classDef ${style} ${STYLES[style]}`, `class ${ids.join(',')} ${style}`];
}

function indent(line: string): string {
  return `  ${line}`;
}
