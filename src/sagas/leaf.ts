// Durable leaf logic: what command(), task() and saga() put into a machine's setup; stepped by the runtime, never live.
import type { ActorLogic, EventObject, Snapshot } from 'xstate';
import { TroupeError } from '../runtime/errors.ts';
import type { AnyCommand } from '../runtime/message/contract.ts';
import type { RetryPolicy } from '../runtime/delivery/retry.ts';
import type { Duration } from '../runtime/message/duration.ts';
import type { TurnLog } from '../runtime/turn/behavior.ts';
import type { Saga } from './saga.ts';

/** Logic that XState's `setup({ actors })` accepts and types. */
export type DurableLogic<Input, Output> = ActorLogic<
  Snapshot<Output> & { readonly input: Input | undefined },
  EventObject,
  Input
>;

/** How a completed step is undone, as data. `false` in its place: there is nothing to undo. */
export interface UndoDefinition {
  readonly send: AnyCommand;
  readonly data: (reply: never, data: never) => unknown;
  readonly retry: RetryPolicy | undefined;
}

/** A command step as data. */
export interface CommandDefinition {
  readonly kind: 'command';
  readonly contract: AnyCommand;
  readonly timeout: Duration | undefined;
  readonly retry: RetryPolicy | undefined;
  readonly doneIf: ((reply: never) => boolean) | undefined;
  readonly compensate: UndoDefinition | false | undefined;
}

/** What the body of a task step gets. */
export interface TaskArgs<Input> {
  readonly input: Input;
  /** The same at every attempt and after restarts: give it to the service you call. */
  readonly idempotencyKey: string;
  /** From 1. */
  readonly attempt: number;
  /** Aborted when the state is left, at a timeout, and when the runtime stops. */
  readonly signal: AbortSignal;
  readonly log: TurnLog;
}

/** A task step as data: asynchronous work outside the transaction, at least once. */
export interface TaskDefinition {
  readonly kind: 'task';
  readonly run: (args: TaskArgs<never>) => unknown;
  readonly timeout: Duration | undefined;
  readonly retry: RetryPolicy | undefined;
  readonly effect?: string | undefined;
  readonly compensate: UndoDefinition | false | undefined;
}

/** A child saga as data: an instance of its own, in its own row. */
export interface ChildDefinition {
  readonly kind: 'saga';
  readonly saga: Saga;
  readonly key: ((input: never) => string) | undefined;
  readonly timeout: Duration | undefined;
}

export type LeafDefinition = CommandDefinition | TaskDefinition | ChildDefinition;

/** How a leaf ended. */
export type ChildEnd =
  | { readonly ok: true; readonly output: unknown }
  | { readonly ok: false; readonly error: unknown };

/** The snapshot of a leaf between two messages; plain JSON. */
export interface LeafSnapshot {
  readonly status: 'active' | 'done' | 'error' | 'stopped';
  readonly input: unknown;
  /** Which spawn this is: a reply with another token is stale. */
  readonly token: string;
  readonly output?: unknown;
  readonly error?: unknown;
}

/** What a leaf needs of the tree it is part of; the tree is XState's `system`. */
export interface LeafHost {
  nextToken(): string;
  started(leaf: object, snapshot: LeafSnapshot): void;
  stopped(leaf: object, snapshot: LeafSnapshot): void;
}

interface LeafEvent extends EventObject {
  readonly end?: ChildEnd;
}

/** The members of XState's actor scope that a leaf uses. */
interface LeafScope {
  readonly self: object;
  readonly system: object;
}

/** Tells a leaf how it ended; only the step sends it. */
export const SETTLED = 'troupe.settled';

const LEAF: unique symbol = Symbol.for('troupe.leaf.1');

/** Makes logic that only remembers its input and how it ended. */
export function makeLeaf(definition: LeafDefinition | undefined): unknown {
  return {
    [LEAF]: definition,
    getInitialSnapshot: ({ system }: LeafScope, input: unknown): LeafSnapshot => ({
      status: 'active',
      input,
      token: hostOf(system).nextToken(),
    }),
    start: (snapshot: LeafSnapshot, { self, system }: LeafScope): void => hostOf(system).started(self, snapshot),
    transition: (snapshot: LeafSnapshot, event: LeafEvent, { self, system }: LeafScope): LeafSnapshot => {
      if (event.type === 'xstate.stop') {
        hostOf(system).stopped(self, snapshot);
        return { ...snapshot, status: 'stopped' };
      }
      if (event.type !== SETTLED || !event.end) return snapshot;
      const { end } = event;
      return end.ok
        ? { ...snapshot, status: 'done', output: end.output }
        : { ...snapshot, status: 'error', error: end.error };
    },
    getPersistedSnapshot: (snapshot: LeafSnapshot): LeafSnapshot => snapshot,
    restoreSnapshot: (snapshot: LeafSnapshot): LeafSnapshot => snapshot,
  };
}

/** The definition behind durable logic; undefined for any other logic. */
export function leafOf(logic: unknown): LeafDefinition | undefined {
  if (typeof logic !== 'object' || logic === null || !(LEAF in logic)) return undefined;
  return logic[LEAF] as LeafDefinition | undefined;
}

/** How a step of this kind is undone by a command; undefined where it is not, and of a child saga. */
export function undoOf(definition: LeafDefinition): UndoDefinition | undefined {
  return definition.kind === 'saga' || definition.compensate === false ? undefined : definition.compensate;
}

function hostOf(system: object): LeafHost {
  if ('nextToken' in system) return system as LeafHost;
  throw new TroupeError(
    'saga-refused',
    'Durable logic is stepped by the runtime. Run the machine in defineSaga, not in createActor.',
  );
}
