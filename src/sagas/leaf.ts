// Durable leaf logic: what command() puts into a machine's setup; stepped by the runtime, never live.
import type { ActorLogic, EventObject, Snapshot } from 'xstate';
import { TroupeError } from '../runtime/errors.ts';
import type { AnyCommand } from '../runtime/message/contract.ts';
import type { RetryPolicy } from '../runtime/delivery/retry.ts';
import type { Duration } from '../runtime/message/duration.ts';

/** Logic that XState's `setup({ actors })` accepts and types. */
export type DurableLogic<Input, Output> = ActorLogic<Snapshot<Output> & { readonly input: Input }, EventObject, Input>;

/** How a completed step is undone, as data. */
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
  readonly compensate: UndoDefinition | undefined;
}

/** The snapshot of a leaf between two messages; plain JSON. */
export interface LeafSnapshot {
  readonly status: 'active' | 'done' | 'error';
  readonly input: unknown;
  /** Which spawn this is: a reply with another token is stale. */
  readonly token?: string;
  readonly output?: unknown;
  readonly error?: unknown;
}

const LEAF: unique symbol = Symbol.for('troupe.leaf.1');

const refuse = (): never => {
  throw new TroupeError(
    'saga-refused',
    'Durable logic is stepped by the runtime. Run the machine in defineSaga, not in createActor.',
  );
};

/** Makes logic that only remembers its input and what it was told. */
export function makeLeaf(definition: CommandDefinition | undefined): unknown {
  return {
    [LEAF]: definition,
    transition: refuse,
    getInitialSnapshot: (_scope: unknown, input: unknown): LeafSnapshot => ({ status: 'active', input }),
    getPersistedSnapshot: (snapshot: LeafSnapshot): LeafSnapshot => snapshot,
    restoreSnapshot: (snapshot: LeafSnapshot): LeafSnapshot => snapshot,
  };
}

/** The definition behind durable logic; undefined for any other logic. */
export function leafOf(logic: unknown): CommandDefinition | undefined {
  if (typeof logic !== 'object' || logic === null || !(LEAF in logic)) return undefined;
  return logic[LEAF] as CommandDefinition;
}
