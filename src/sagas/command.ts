// command(): sends a command as an invoked actor; its reply is the step's output.
import { TroupeError } from '../runtime/errors.ts';
import { toMs, type Duration } from '../runtime/message/duration.ts';
import { toRetryRule, type RetryPolicy } from '../runtime/delivery/retry.ts';
import type { CommandContract, ReadonlyDeep } from '../runtime/message/contract.ts';
import { makeLeaf, type DurableLogic, type UndoDefinition } from './leaf.ts';

/** How a completed step is undone. */
export interface Compensation<Data, Done, UndoInput, Undone> {
  readonly send: CommandContract<string, unknown, unknown, UndoInput>;
  /** The undo command's data; `undefined`: nothing to undo. */
  readonly data: (reply: Done, data: Data) => Undone;
  readonly retry?: RetryPolicy | undefined;
}

/** Options of a command step. */
export interface CommandOptions<Data, Reply, Done extends Reply, UndoInput, Undone> {
  /** How long the machine waits for the reply, in time the runtime is up. The command itself is not taken back. */
  readonly timeout?: Duration | undefined;
  /** Sends the command again when it failed (not when it was refused). Default: once. */
  readonly retry?: RetryPolicy | undefined;
  /**
   * Which replies complete the step; any other goes to `onError` as a `CommandRefused`. Without it every reply goes
   * to `onDone`.
   */
  readonly doneIf?: ((reply: Reply) => reply is Done) | ((reply: Reply) => boolean) | undefined;
  /** How to undo the step once it has completed. */
  readonly compensate?: Compensation<Data, Done, UndoInput, Undone> | undefined;
}

const OPTIONS = ['timeout', 'retry', 'doneIf', 'compensate'];

/**
 * Sends a command as an invoked actor: input is the command's data, output its reply.
 *
 * @example
 * ```ts
 * setup({ actors: { charge: command(ChargePayment, { timeout: '30s', doneIf: (reply) => reply.ok }) } });
 * ```
 *
 * @throws TroupeError `saga-refused`, `invalid-duration`
 */
export function command<
  Data,
  Reply,
  Input,
  Done extends Reply = Reply,
  UndoInput = never,
  const Undone extends ReadonlyDeep<UndoInput> | undefined = undefined,
>(
  contract: CommandContract<string, Data, Reply, Input>,
  options: CommandOptions<Data, Reply, Done, UndoInput, Undone> = {},
): DurableLogic<Input, Done> {
  const { timeout, retry, doneIf, compensate } = options;
  if (typeof contract !== 'function' || contract.kind !== 'command') {
    throw new TroupeError('saga-refused', 'command() needs what defineCommand returned.');
  }
  for (const option of Object.keys(options)) {
    if (OPTIONS.includes(option)) continue;
    throw new TroupeError(
      'saga-refused',
      `command(${contract.type}) has an unknown option '${option}'. Use ${OPTIONS.join(', ')}.`,
    );
  }
  if (timeout !== undefined) toMs(timeout, `command(${contract.type}): timeout`);
  toRetryRule(retry, `command(${contract.type})`);
  const undo = compensate && { send: compensate.send, data: compensate.data, retry: compensate.retry };
  return makeLeaf({
    kind: 'command',
    contract,
    timeout,
    retry,
    doneIf: doneIf as ((reply: never) => boolean) | undefined,
    compensate: undo as UndoDefinition | undefined,
  }) as DurableLogic<Input, Done>;
}

/** Why a step failed, as it reaches `onError`: plain JSON, so that it may be kept in the context. */
export interface StepError {
  readonly name: string;
  readonly message: string;
  readonly code: string;
  readonly command: string;
}

/** A refused reply as it reaches `onError`. */
export interface CommandRefused<Reply = unknown> extends StepError {
  readonly reply: Reply;
}

/** Narrows `event.error` of an `onError`: the reply that `doneIf` refused. */
export function isRefused<Reply>(
  contract: CommandContract<string, unknown, Reply, never>,
  error: unknown,
): error is CommandRefused<Reply> {
  return (
    typeof error === 'object' &&
    error !== null &&
    'reply' in error &&
    'command' in error &&
    error.command === contract.type
  );
}
