// Options that command(), task() and saga() have in common.
import { TroupeError } from '../runtime/errors.ts';
import type { CommandContract, ReadonlyDeep } from '../runtime/message/contract.ts';
import type { RetryPolicy } from '../runtime/delivery/retry.ts';
import type { UndoDefinition } from './leaf.ts';

/** How a completed step is undone. */
export interface Compensation<Data, Done, UndoInput, Undone extends ReadonlyDeep<UndoInput> | undefined> {
  readonly send: CommandContract<string, unknown, unknown, UndoInput>;
  /** The undo command's data; `undefined`: nothing to undo. */
  readonly data: (reply: Done, data: Data) => Undone;
  /** Default: 5 attempts. */
  readonly retry?: RetryPolicy | undefined;
}

/** Refuses options that do not exist. */
export function checkOptions(what: string, options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find(option => !known.includes(option));
  if (unknown === undefined) return;
  throw new TroupeError('saga-refused', `${what} has an unknown option '${unknown}'. Use ${known.join(', ')}.`);
}

/** What the option `compensate` says, as data; the rest of what it may hold is left behind. */
export function toUndo(what: string, compensate: object | false | undefined): UndoDefinition | false | undefined {
  if (compensate === undefined || compensate === false) return compensate;
  const { send, data, retry }: Partial<UndoDefinition> = { ...compensate };
  if (typeof send === 'function' && typeof data === 'function') return { send, data, retry };
  throw new TroupeError(
    'saga-refused',
    `${what} has a compensate without a command or its data. Write { send, data }, or false: nothing to undo.`,
  );
}
