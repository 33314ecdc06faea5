// What the cases are played on: a machine that runs, seen from outside.
import type { AnyStateMachine, StateValue } from 'xstate';
import { toKey } from './events.ts';

export interface Subject {
  readonly isDone: boolean;
  /** The keys of the active states without children, sorted. */
  readonly configuration: readonly string[];
  send(name: string): void;
  /** Lets time pass; what falls due happens at its time. */
  advance(ms: number): void;
}

/** Makes the machine of a case, anew for each call: as each process would. */
export type MakeMachine = () => AnyStateMachine;

export function configurationOf(value: StateValue): string[] {
  return leavesOf(value).toSorted();
}

/** The ids of a script, as a configuration has them. */
export function configurationFrom(ids: readonly string[]): string[] {
  return ids.map(toKey).toSorted();
}

function leavesOf(value: StateValue): string[] {
  if (typeof value === 'string') return [value];
  return Object.entries(value).flatMap(([key, inner]) => {
    const leaves = leavesOf(inner ?? {});
    return leaves.length === 0 ? [key] : leaves;
  });
}
