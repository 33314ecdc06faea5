// What both sides are compared by: everything that can be seen of a tree of actors after an act.

import type { Act } from './machine-spec.ts';

/** One actor of the tree, in the form in which XState persists it. */
export interface ActorView {
  readonly status: string;
  readonly value?: unknown;
  readonly context?: unknown;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly error?: unknown;
  readonly history?: unknown;
  readonly children?: Readonly<Record<string, ActorView>>;
}

export interface Observed {
  readonly tree: ActorView;
  /** Since the act before, of every actor: its path and the event. */
  readonly emitted: readonly unknown[];
  /** Custom actions and log entries since the act before. */
  readonly done: readonly unknown[];
  /** Paths of the children that wait for the harness, in the order of their start. */
  readonly leaves: readonly string[];
  /** What is armed: who sends what to whom, and when. */
  readonly timers: readonly string[];
  /** Whether the root took a transition for an event; for other acts undefined. */
  readonly handled: boolean | undefined;
}

/** One side of a comparison. */
export interface Run {
  readonly start: () => Observed;
  readonly act: (act: Act) => Observed;
  /** Tags of the root, sorted. */
  readonly tags: () => readonly string[];
}

interface Persisted {
  readonly status: string;
  readonly value?: unknown;
  readonly context?: unknown;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly error?: unknown;
  readonly historyValue?: Readonly<Record<string, readonly { readonly id: string }[]>>;
  readonly children?: Readonly<Record<string, { readonly snapshot: Persisted }>>;
}

/** What matters of a persisted snapshot; tokens are the step's own. */
export function viewOf(persisted: unknown): ActorView {
  // JSON has no undefined: a member that XState sets to it is one that is not there.
  return JSON.parse(JSON.stringify(actorOf(persisted as Persisted))) as ActorView;
}

function actorOf({ historyValue, children, error, ...rest }: Persisted): unknown {
  const { status, value, context, input, output } = rest;
  return {
    status,
    value,
    context,
    input,
    output,
    error: error === undefined ? undefined : messageOf(error),
    history: historyValue && sortedHistory(historyValue),
    children:
      children && Object.fromEntries(Object.entries(children).map(([id, { snapshot }]) => [id, actorOf(snapshot)])),
  };
}

/** Errors are compared by their message: what is stored of them is the step's own form. */
export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}

function sortedHistory(history: NonNullable<Persisted['historyValue']>): unknown {
  return Object.fromEntries(Object.entries(history).map(([id, nodes]) => [id, nodes.map(node => node.id).toSorted()]));
}

/** A member of a path, written as in a JSON pointer. */
export const escaped = (id: string): string => id.replaceAll('~', '~0').replaceAll('/', '~1');

/** How a durable child ends, on both sides. */
export function leafEnd(
  isOk: boolean,
  v: number,
): { status: 'done'; output: unknown } | { status: 'error'; error: unknown } {
  if (isOk) return { status: 'done', output: { v } };
  return { status: 'error', error: { name: 'Refused', message: `refused ${v}`, code: 'no' } };
}

export function timerName(source: string, target: string, type: string, due: number | undefined): string {
  return `${source} > ${target} ${type} at ${due}`;
}
