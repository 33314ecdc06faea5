// The engine: what a saga relies on inside XState, typed, without the `any` of its own types.
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition, EventObject } from 'xstate';
import type { LeafSnapshot } from './leaf.ts';
import type { MachineSnapshot, Owner } from './stored-snapshot.ts';

/** An actor of XState, made by a machine, inside our system. */
export interface Ref extends Owner {
  readonly id: string;
  readonly src: unknown;
  readonly systemId: string | undefined;
  readonly logic: unknown;
  readonly _parent: Ref | undefined;
  readonly _actorScope: ActorScope;
  readonly system: unknown;
  getSnapshot(): LeafSnapshot | MachineSnapshot;
  start(): void;
  _send(event: EventObject): void;
  _stop(): void;
}

/** What XState hands to an executor: built-in actions resolve themselves, others are the user's functions. */
export interface Action {
  readonly type: string;
  readonly params: unknown;
  readonly info: { readonly context: unknown; readonly event: EventObject };
  readonly exec: ((info: Action['info'], params: unknown) => void) | undefined;
}

export interface ActorScope {
  actionExecutor: (action: Action) => void;
  emit: (event: EventObject) => void;
  logger: (...line: readonly unknown[]) => void;
}

/** A delayed event, as machines schedule it. */
export type Timer = [source: Ref, target: Ref | undefined, event: EventObject, delayMs: number, id?: string];

export type Inspected =
  | { readonly type: '@xstate.snapshot'; readonly actorRef: Ref; readonly snapshot: object }
  | { readonly type: '@xstate.actor'; readonly actorRef: Ref }
  | {
      readonly type: '@xstate.microstep';
      readonly actorRef: Ref;
      readonly snapshot: object;
      readonly _transitions: readonly AnyTransitionDefinition[];
    };

/** Machines type their scope by live actors; ours has the members they use. */
interface Engine {
  readonly idMap: ReadonlyMap<string, unknown>;
  getInitialSnapshot(scope: object, input: unknown): MachineSnapshot;
  transition(snapshot: MachineSnapshot, event: EventObject, scope: object): MachineSnapshot;
  restoreSnapshot(snapshot: unknown, scope: object): MachineSnapshot;
}

export const engineOf = (machine: AnyStateMachine): Engine => machine as unknown as Engine;
export const statesOf = (machine: AnyStateMachine): ReadonlyMap<string, unknown> => engineOf(machine).idMap;
export const childrenOf = (snapshot: object): Readonly<Record<string, Ref>> =>
  'children' in snapshot ? (snapshot.children as Readonly<Record<string, Ref>>) : {};

/** Whether an actor tells that it is over; one that runs may forward such an event of its child. */
export const isEndOf = (ref: Ref, { type }: EventObject): boolean =>
  ref.getSnapshot().status !== 'active' &&
  (type === `xstate.done.actor.${ref.id}` || type === `xstate.error.actor.${ref.id}`);

/**
 * XState takes eventless transitions in the order in which states were entered, which no snapshot keeps. In document
 * order they are the same in memory and after a restore.
 */
export function sortStates(snapshot: object): void {
  if ('_nodes' in snapshot) (snapshot._nodes as { readonly order: number }[]).sort((a, b) => a.order - b.order);
}

/** The active states of a machine's snapshot. */
export const activeIn = (snapshot: { readonly _nodes: unknown }): readonly AnyStateNode[] =>
  snapshot._nodes as readonly AnyStateNode[];
