// Machine parts: reading a machine's states, timers and named logic, by public members of XState only.
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { splitSources } from './path.ts';

/** Two copies of xstate in one process make `instanceof` useless. */
export function isMachine(logic: unknown): logic is AnyStateMachine {
  return typeof logic === 'object' && logic !== null && '__xstatenode' in logic;
}

/** A state and all states below it. */
export function nodesOf(node: AnyStateNode): readonly AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(child => nodesOf(child))];
}

/** XState's rule for the events of a transition: `a.*` takes `a` with anything behind it, or nothing. */
export function takes(descriptor: string, type: string): boolean {
  if (descriptor === type || descriptor === '*') return true;
  return descriptor.endsWith('.*') && `${type}.`.startsWith(descriptor.slice(0, -1));
}

/** The logic a machine runs under a name of its `setup({ actors })`. */
export function actorOf(machine: AnyStateMachine, src: string): unknown {
  const actors: Readonly<Record<string, unknown>> = machine.implementations.actors;
  return Object.hasOwn(actors, src) ? actors[src] : undefined;
}

/** The logic behind names joined from the root machine down. */
export function actorAt(machine: AnyStateMachine, sources: string): unknown {
  let logic: unknown = machine;
  for (const src of splitSources(sources)) logic = isMachine(logic) ? actorOf(logic, src) : undefined;
  return logic;
}

/** One `invoke` of a state. */
export interface Invoke {
  readonly id: string;
  readonly src: string;
  /** A value, or a function of context and event. */
  readonly input?: unknown;
  readonly systemId?: string | undefined;
  readonly onSnapshot?: unknown;
}

export function invokesOf(node: AnyStateNode): readonly Invoke[] {
  return node.invoke as unknown as readonly Invoke[];
}

/** One `after` of a state. */
export interface After {
  /** The type of the event its timer brings, which is also the timer's id. */
  readonly type: string;
  /** Milliseconds, or a name in `setup({ delays })`. */
  readonly delay: string | number;
}

export function aftersOf(node: AnyStateNode): readonly After[] {
  const delayed = node.after as unknown as readonly { readonly eventType: string; readonly delay: string | number }[];
  const delays = new Map(delayed.map(({ eventType, delay }) => [eventType, delay]));
  return [...delays].map(([type, delay]) => ({ type, delay }));
}

/** `xstate.after.<delay>.<state>`; a delay is a number or a name without dots. */
const AFTER = /^xstate\.after\.(?<delay>\d+(?:\.\d+)?|[^.]+)\.(?<state>.+)$/;

/** The delay and the state of a timer that belongs to an `after`; undefined for any other event type. */
export function readAfter(type: string): { readonly delay: string; readonly state: string } | undefined {
  const { delay, state } = AFTER.exec(type)?.groups ?? {};
  return delay === undefined || state === undefined ? undefined : { delay, state };
}

export function afterType(delay: string | number, state: string): string {
  return `xstate.after.${delay}.${state}`;
}
