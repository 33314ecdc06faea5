// command(): sends a command as an invoked actor; its reply is the step's output.
import { TroupeError } from '../runtime/errors.ts';
import { toMs, type Duration } from '../runtime/message/duration.ts';
import { toRetryRule, type RetryPolicy } from '../runtime/delivery/retry.ts';
import type { CommandContract, ReadonlyDeep } from '../runtime/message/contract.ts';
import { makeLeaf, type DurableLogic } from './leaf.ts';
import { checkOptions, toUndo, type Compensation } from './leaf-options.ts';
import type { StepError } from './step-error.ts';

/** Options of a command step. */
export interface CommandOptions<
  Data,
  Reply,
  Done extends Reply,
  UndoInput,
  Undone extends ReadonlyDeep<UndoInput> | undefined,
> {
  /** How long the machine waits for the reply, over all attempts, in time the runtime is up. None is taken back. */
  readonly timeout?: Duration | undefined;
  /** Sends the command again when it failed (not when it was refused). Default: once. */
  readonly retry?: RetryPolicy | undefined;
  /**
   * Which replies complete the step; any other goes to `onError` as a `CommandRefused`. Without it every reply goes
   * to `onDone`.
   */
  readonly doneIf?: ((reply: Reply) => reply is Done) | ((reply: Reply) => boolean) | undefined;
  /** How to undo the step once it has completed; `false` says that there is nothing to undo. */
  readonly compensate?: Compensation<Data, Done, UndoInput, Undone> | false | undefined;
}

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
  checkOptions(`command(${contract.type})`, options, ['timeout', 'retry', 'doneIf', 'compensate']);
  if (timeout !== undefined) toMs(timeout, `command(${contract.type}): timeout`);
  toRetryRule(retry, `command(${contract.type})`);
  return makeLeaf({
    kind: 'command',
    contract,
    timeout,
    retry,
    doneIf: doneIf as ((reply: never) => boolean) | undefined,
    compensate: toUndo(`command(${contract.type})`, compensate),
  }) as DurableLogic<Input, Done>;
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
