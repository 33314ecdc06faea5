// The stored record of one saga instance: its machine's snapshot, its armed timers and everything it has started.
import type { Json } from '../runtime/message/json.ts';
import type { Path } from './path.ts';
import type { StepEffect } from './step-message.ts';
import type { StoredSnapshot } from './stored-snapshot.ts';

/** One piece of work a saga started: a command, a task, a child saga, or the undo of one of them. */
export interface Call {
  /** Order of start. */
  readonly n: number;
  /** The step it undoes; null for a step. */
  readonly undoes: number | null;
  /** Where its actor sits in the tree, and the names in `setup({ actors })` on the way there. */
  readonly path: Path;
  readonly src: string;
  /** The spawn this belongs to. */
  readonly spawn: string;
  /** The command, or the name of the task or saga. */
  readonly type: string;
  /** Null once nothing can need it: the step is done and has no undo. */
  readonly data: Json;
  readonly attempt: number;
  /** `sent`: unsettled. A step that is `done` may become `undone`. `stopped`: a task that was taken back. */
  readonly status: 'sent' | 'done' | 'refused' | 'failed' | 'stopped' | 'undone' | 'undo-failed';
  /** The machine has gone on without it: stopped or timed out. What it still completes is undone. */
  readonly abandoned: boolean;
  readonly reply: Json;
}

/** An `after` or a delayed event that has not fired; the timer of the runtime only knows its token. */
export interface Armed {
  readonly token: string;
  /** The actor that armed it, and the one it is for. */
  readonly source: Path;
  readonly target: Path;
  /** What `cancel` names. */
  readonly id: string;
  /** When it fires, in ms since 1970, UTC. */
  readonly due: number;
  readonly event: Json;
}

/** How an instance is ending: nothing is terminal while a sent command is unsettled (K24). */
export interface Ending {
  readonly as: 'done' | 'failed' | 'cancelled';
  readonly undo: boolean;
}

/** How the instance stood while a step that failed was waiting: where it is driven again from. */
export interface Failing {
  readonly call: number;
  /** The other steps that were unsettled then. */
  readonly beside: readonly number[];
  readonly snapshot: Json;
  readonly armed: readonly Armed[];
}

/** Another saga that waits for the end: the type of what it sent, and the id of that. */
export interface Waiting {
  readonly type: string;
  readonly ticket: string;
}

/** What the turn after a migration does first. */
export interface Pending {
  readonly disarmed: readonly Armed[];
  readonly rearmed: readonly Armed[];
  readonly effects: readonly StepEffect[];
}

export interface SagaRecord {
  /** Steps taken; the number of the next one. */
  readonly seq: number;
  /** The last number given to a call or a timer. */
  readonly last: number;
  /** The fingerprint of the machine that wrote it. */
  readonly print: string;
  readonly snapshot: Json;
  readonly calls: readonly Call[];
  readonly armed: readonly Armed[];
  readonly ending: Ending | null;
  readonly output: Json;
  readonly error: Json;
  /** Commands of another saga whose reply is how this one ends. */
  readonly waiting: readonly Waiting[];
  /** The step of another saga that started this one. */
  readonly startedBy?: string | undefined;
  /** Messages that were put aside until the state changes. */
  readonly stashed: number;
  readonly failing: Failing | null;
  /** What a migration has left to do for the next turn; absent: nothing. */
  readonly pending?: Pending | undefined;
}

/** How an instance stands. */
export type SagaStatus = 'running' | 'done' | 'failed' | 'held' | 'cancelled' | 'compensated' | 'compensation-failed';

/** The token a reply comes back with: which call, which attempt. */
export function tokenOf({ n, attempt }: Pick<Call, 'n' | 'attempt'>): string {
  return `${n}.${attempt}`;
}

/** Whether the machine still waits for a step. */
export function isAwaited({ status, undoes, abandoned }: Call): boolean {
  return status === 'sent' && undoes === null && !abandoned;
}

/** The timer of the runtime behind an armed one; release 0.1.0 named it otherwise, and did not say when it is due. */
export function timerOf({ id, token, due }: Armed): string {
  return due === 0 ? `after:${id}` : `${id}#${token}`;
}

/** The record of an instance before its first message. */
export const NEW: SagaRecord = Object.freeze({
  seq: 0,
  last: 0,
  print: '',
  snapshot: null,
  calls: [],
  armed: [],
  ending: null,
  output: null,
  error: null,
  waiting: [],
  stashed: 0,
  failing: null,
});

const storedIn = ({ snapshot }: SagaRecord): StoredSnapshot | null => snapshot as unknown as StoredSnapshot | null;

/** The state value of the machine; null before its first. */
export const valueOf = (record: SagaRecord): Json => storedIn(record)?.value ?? null;

export const contextOf = (record: SagaRecord): Json => storedIn(record)?.context ?? null;
