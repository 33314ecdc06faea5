// A saga instance as a reader sees it.
import { matchesState, type StateValue } from 'xstate';
import { idsOf } from './path.ts';
import { programOf } from './program.ts';
import type { Call, SagaRecord, SagaStatus } from './record.ts';
import type { Saga, SagaTypes } from './saga.ts';
import { view, type MachineView } from './step.ts';
import type { StoredSnapshot } from './stored-snapshot.ts';
import { upgradeRecord } from './upgrade-record.ts';

/** One piece of work a saga started, for a reader. */
export interface SagaStep {
  /** The name in `setup({ actors })`; in a nested machine with the names on the way there, `stock/reserve`. */
  readonly name: string;
  /** The id of its `invoke` or `spawn`. */
  readonly id: string;
  /** The command, or the name of the task or of the command that starts a child saga. */
  readonly command: string;
  /** `stopped`: a task that was taken back before it ended. */
  readonly status: Call['status'];
  /** Sent to undo a step. */
  readonly isUndo: boolean;
  /** Why it failed, or the reply that was refused; undefined for others. */
  readonly error: unknown;
}

/** A timer of an instance. */
export interface SagaTimer {
  /** What `cancel` names; of an `after` its event type. */
  readonly id: string;
  /** When it fires, in ms since 1970, UTC. */
  readonly due: number;
}

/** One saga instance as it stands. */
export interface SagaInstance<T extends SagaTypes = SagaTypes> {
  readonly key: string;
  readonly status: SagaStatus;
  /** Whether it has ended, in whatever way. */
  readonly isOver: boolean;
  readonly state: T['state'];
  readonly context: T['context'];
  readonly output: T['output'] | undefined;
  /** Why it failed, where it did. */
  readonly error: unknown;
  readonly tags: ReadonlySet<T['tag']>;
  /** In order of start. */
  readonly steps: readonly SagaStep[];
  /** Names of the steps that were undone, in order of start. */
  readonly undone: readonly string[];
  readonly timers: readonly SagaTimer[];
  /** Messages that were put aside until the state changes. */
  readonly stashed: number;
  matches(state: T['state']): boolean;
}

/** An instance as the runtime stores it. */
export interface StoredInstance {
  readonly key: string;
  readonly status: string | null;
  readonly held: boolean;
  readonly state: unknown;
}

export function statusOf({ held, status }: StoredInstance): SagaStatus {
  return held ? 'held' : (status as SagaStatus);
}

export function show<T extends SagaTypes>(saga: Saga<T>, stored: StoredInstance): SagaInstance<T> {
  const { key, state, status } = stored;
  const record = upgradeRecord(state);
  const machine = look(saga, record);
  return {
    key,
    status: statusOf(stored),
    isOver: status !== 'running',
    state: machine.value,
    context: machine.context,
    output: record.output ?? undefined,
    error: record.error ?? undefined,
    tags: machine.tags,
    steps: record.calls.map(call => toStep(call)),
    undone: record.calls.filter(call => call.status === 'undone').map(({ src }) => src),
    timers: record.armed.map(({ id, due }) => ({ id, due })),
    stashed: record.stashed,
    matches: wanted => machine.matches(wanted),
  };
}

function toStep({ src, path, type, status, undoes, reply }: Call): SagaStep {
  const isFailed = status === 'failed' || status === 'refused';
  const id = idsOf(path).at(-1) ?? '';
  return {
    name: src,
    id,
    command: type,
    status,
    isUndo: undoes !== null,
    error: isFailed ? (reply ?? undefined) : undefined,
  };
}

/** An instance may stand in a state that its machine no longer has: it is shown as it is stored. */
function look(saga: Saga, { snapshot }: SagaRecord): MachineView {
  try {
    return view(programOf(saga).machine, snapshot);
  } catch {
    const { value, context } = snapshot as unknown as StoredSnapshot;
    return { value, context, tags: new Set(), matches: state => isInState(value, state) };
  }
}

/** Whether a stored value of a machine is in a state, which may name a parent of it only. */
export function isInState(value: unknown, state: unknown): boolean {
  return matchesState(state as StateValue, value as StateValue);
}
