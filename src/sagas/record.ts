// The stored record of one saga instance: its machine's snapshot and every command it has sent.
import type { Json } from '../runtime/message/json.ts';
import type { Path } from './path.ts';

/** One command a saga sent: a step, or the undo of a step. */
export interface Call {
  /** Order of start. */
  readonly n: number;
  /** The step it undoes; null for a step. */
  readonly undoes: number | null;
  /** Where its actor sits in the machine, and the names in `setup({ actors })` on the way there. */
  readonly path: Path;
  readonly src: string;
  /** The spawn this belongs to. */
  readonly spawn: string;
  readonly type: string;
  readonly data: Json;
  readonly attempt: number;
  /** `sent`: unsettled. A step that is `done` may become `undone`. */
  readonly status: 'sent' | 'done' | 'refused' | 'failed' | 'undone' | 'undo-failed';
  /** The machine has gone on without it: stopped or timed out. What it still completes is undone. */
  readonly abandoned: boolean;
  readonly reply: Json;
}

/** How an instance is ending: nothing is terminal while a sent command is unsettled (K24). */
export interface Ending {
  readonly as: 'done' | 'failed' | 'cancelled';
  readonly undo: boolean;
}

export interface SagaRecord {
  /** Messages handled; numbers the steps. */
  readonly seq: number;
  readonly snapshot: Json;
  readonly calls: readonly Call[];
  /** Ids of armed `after` and delayed events. */
  readonly armed: readonly string[];
  readonly ending: Ending | null;
  readonly output: Json;
  readonly error: Json;
}

/** How an instance stands. */
export type SagaStatus = 'running' | 'done' | 'failed' | 'held' | 'cancelled' | 'compensated' | 'compensation-failed';

/** The token a reply comes back with: which call, which attempt. */
export function tokenOf({ n, attempt }: Pick<Call, 'n' | 'attempt'>): string {
  return `${n}.${attempt}`;
}
