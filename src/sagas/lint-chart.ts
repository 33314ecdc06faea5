// The chart: a machine as the lint reads it, with the path of every state, action and actor.
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { logicKind, type LogicKind } from './logic-kind.ts';

/** An action where it is written. */
export interface ActionSite {
  readonly path: string;
  readonly action: unknown;
}

/** An invoke or a `spawnChild`. */
export interface Start {
  readonly path: string;
  /** The state that invokes; undefined for what is spawned: it outlives states. */
  readonly node: AnyStateNode | undefined;
  /** As written: undefined when it is missing or computed. */
  readonly id: string | undefined;
  readonly hasId: boolean;
  readonly src: unknown;
  readonly kind: LogicKind;
  readonly logic: unknown;
}

/** A built-in action of XState: its `type` and options are properties of a function. */
export type BuiltIn = Readonly<Record<string, unknown>>;

/** What XState resolves itself and the step turns into effects. */
const BUILT_IN = new Set(
  ['assign', 'raise', 'sendTo', 'cancel', 'emit', 'log', 'enqueueActions', 'spawnChild', 'stopChild'].map(
    name => `xstate.${name}`,
  ),
);

export class Chart {
  readonly machine: AnyStateMachine;
  /** The saga, then the names of the actors that lead to this machine: `checkout/stock`. */
  readonly name: string;
  /** Nested, under a machine that can go on when this one comes to no end. */
  readonly isOptional: boolean;
  readonly nodes: readonly AnyStateNode[];
  readonly actions: readonly ActionSite[];
  readonly starts: readonly Start[];

  constructor(machine: AnyStateMachine, name: string, { isOptional = false }: { readonly isOptional?: boolean } = {}) {
    this.machine = machine;
    this.name = name;
    this.isOptional = isOptional;
    this.nodes = [...nodesOf(machine.root)];
    this.actions = [...this.#actions()];
    this.starts = [...this.#invokes(), ...this.#spawns()];
  }

  /** The path of a state. */
  place(node: AnyStateNode): string {
    return [this.name, ...node.path].join('.');
  }

  /** The path of a transition. */
  way(node: AnyStateNode, transition: AnyTransitionDefinition): string {
    return `${this.place(node)} -> ${labelOf(node, transition)}`;
  }

  /** Implementations by name: what `setup` and `provide` were given. */
  implementations(of: 'actions' | 'actors' | 'delays' | 'guards'): ReadonlyMap<string, unknown> {
    return new Map(Object.entries(this.machine.implementations[of] as Readonly<Record<string, unknown>>));
  }

  *#actions(): Iterable<ActionSite> {
    for (const node of this.nodes) {
      const place = this.place(node);
      for (const action of node.entry as unknown[]) {
        if (!isArming(action)) yield { path: `${place} -> entry`, action };
      }
      for (const action of node.exit as unknown[]) yield { path: `${place} -> exit`, action };
      for (const action of initialActionsOf(node)) yield { path: `${place} -> initial`, action };
      for (const transition of transitionsOf(node)) {
        for (const action of transition.actions as readonly unknown[]) {
          yield { path: this.way(node, transition), action };
        }
      }
    }
    for (const [name, action] of this.implementations('actions')) {
      if (builtIn(action)) yield { path: `${this.name} -> action ${name}`, action };
    }
  }

  *#invokes(): Iterable<Start> {
    for (const node of this.nodes) {
      const configs = listOf(node.config.invoke) as readonly { readonly src: unknown; readonly id?: string }[];
      for (const [index, { src, id }] of configs.entries()) {
        const path = `${this.place(node)} -> invoke ${id ?? (typeof src === 'string' ? src : index + 1)}`;
        // The id that XState gives where there is none.
        const known = id ?? node.invoke[index]?.id;
        yield { path, node, id: known, hasId: id !== undefined, ...this.#resolve(src) };
      }
    }
  }

  *#spawns(): Iterable<Start> {
    for (const { path, action } of this.actions) {
      const { type, src, id } = optionsOf(action);
      if (type !== 'xstate.spawnChild') continue;
      const known = typeof id === 'string' ? id : undefined;
      const name = known ?? (typeof src === 'string' ? src : 'child');
      const hasId = id !== undefined;
      yield { path: `${path} -> spawnChild ${name}`, node: undefined, id: known, hasId, ...this.#resolve(src) };
    }
  }

  #resolve(src: unknown): Pick<Start, 'src' | 'logic' | 'kind'> {
    const logic = typeof src === 'string' ? this.implementations('actors').get(src) : src;
    return { src, logic, kind: logicKind(logic) };
  }
}

/** Tells a machine of XState v5, of whichever copy of xstate. */
export function isMachine(value: unknown): value is AnyStateMachine {
  return logicKind(value) === 'machine';
}

/** Every transition of a state: by event, after a delay, always, and of what it invokes. */
export function transitionsOf(node: AnyStateNode): readonly AnyTransitionDefinition[] {
  return [...[...node.transitions.values()].flat(), ...(node.always ?? [])];
}

/** The event that says a state has come to its end. */
export function doneOf(node: AnyStateNode): string {
  return `xstate.done.state.${node.id}`;
}

/** The states inside a state that it can be in. */
export function childrenOf(node: AnyStateNode): readonly AnyStateNode[] {
  return (Object.values(node.states) as AnyStateNode[]).filter(({ type }) => type !== 'history');
}

/** A state, its parent, and so on. */
export function lineOf(node: AnyStateNode): readonly AnyStateNode[] {
  return node.parent ? [node, ...lineOf(node.parent)] : [node];
}

/** Whether two states can be active at once: one holds the other, or they lie in two regions of a parallel state. */
export function areCompatible(one: AnyStateNode, other: AnyStateNode): boolean {
  const line = lineOf(other);
  const common = lineOf(one).find(node => line.includes(node));
  return common === one || common === other || common?.type === 'parallel';
}

/** The built-in action a value is; undefined for anything else. */
export function builtIn(action: unknown): BuiltIn | undefined {
  if (typeof action !== 'function' || !('resolve' in action) || !('type' in action)) return undefined;
  return BUILT_IN.has(action.type as string) ? (action as unknown as BuiltIn) : undefined;
}

/** The options of a built-in action; empty for anything else. */
export function optionsOf(action: unknown): BuiltIn {
  return builtIn(action) ?? {};
}

export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as unknown[]) : [value];
}

function* nodesOf(node: AnyStateNode): Iterable<AnyStateNode> {
  yield node;
  for (const child of Object.values(node.states) as AnyStateNode[]) yield* nodesOf(child);
}

function initialActionsOf(node: AnyStateNode): readonly unknown[] {
  return node.type === 'compound' ? node.initial.actions : [];
}

/** The delayed raise that XState adds to the entry of a state with `after`. */
function isArming(action: unknown): boolean {
  return String(optionsOf(action)['id']).startsWith('xstate.after.');
}

function labelOf(node: AnyStateNode, transition: AnyTransitionDefinition): string {
  const type = transition.eventType as string;
  if (type === '') return 'always';
  if ('delay' in transition) return `after ${String(transition.delay)}`;
  if (type === doneOf(node)) return 'onDone';
  for (const { id } of node.invoke as readonly { readonly id: string }[]) {
    if (type === `xstate.done.actor.${id}`) return `onDone of ${id}`;
    if (type === `xstate.error.actor.${id}`) return `onError of ${id}`;
    if (type === `xstate.snapshot.${id}`) return `onSnapshot of ${id}`;
  }
  return `on ${type}`;
}
