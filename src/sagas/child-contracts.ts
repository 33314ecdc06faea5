// The commands by which one saga starts another and takes it back; the reply to a start is how the child ended.
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { defineReservedCommand, type AnyCommand } from '../runtime/message/contract.ts';
import type { Json } from '../runtime/message/json.ts';
import { digest } from '../runtime/platform/digest.ts';
import type { SagaStatus } from './record.ts';
import type { StepError } from './step-error.ts';

export interface StartChild {
  readonly key: string;
  /** Which step starts it: the same when it is undone. */
  readonly by: string;
  readonly input: Json;
}

export interface UndoChild {
  readonly key: string;
  readonly by: string;
  /** Whether completed steps are undone. */
  readonly compensate: boolean;
}

/** The reply to a start: how the child ended, or that its key was taken by another. */
export interface ChildOutcome {
  readonly status: SagaStatus | 'exists';
  readonly output: Json;
  readonly error: Json;
}

/** A child saga that ended otherwise than `done`, as it reaches `onError`; its status is the `code`. */
export interface ChildFailed<Output = unknown> extends StepError {
  /** Null where the child came to no end of its own: cancelled, failed, or its key was taken. */
  readonly output: Output | null;
}

export interface ChildContracts {
  readonly start: AnyCommand;
  readonly undo: AnyCommand;
}

/** A child has the name of its step for a key, with the attempt behind it, and keys have 256 characters. */
const MOST_NAME_CHARS = 240;

/** By the name of the saga: definitions of one saga share them. */
const known = new Map<string, ChildContracts>();

/** Both ends are ours: nothing to check. */
const anything: StandardSchemaV1<{ readonly key: string }> = {
  '~standard': { version: 1, vendor: 'troupe', validate: value => ({ value: value as { readonly key: string } }) },
};

export function childContracts(saga: string): ChildContracts {
  const contracts = known.get(saga) ?? make(saga.replaceAll('_', '__').replaceAll('.', '_d'));
  known.set(saga, contracts);
  return contracts;
}

/** Which step of which instance: unique in the runtime. */
export function nameOfStep(saga: string, key: string, n: number): string {
  const name = `${saga}/${key}/${n}`;
  return name.length <= MOST_NAME_CHARS ? name : `${saga}/${digest(name)}/${n}`;
}

export function toChildFailure(command: string, { status, output, error }: ChildOutcome): ChildFailed {
  const message = status === 'exists' ? 'Its key is taken.' : `It ended as ${status}.`;
  const data = error === null ? {} : { data: error };
  return { name: 'ChildSagaFailed', message, code: status, command, output, ...data };
}

function make(segment: string): ChildContracts {
  const options = { data: anything, key: ({ key }: { readonly key: string }): string => key };
  return {
    start: defineReservedCommand(`troupe.saga.${segment}.start`, options),
    undo: defineReservedCommand(`troupe.saga.${segment}.undo`, options),
  };
}
