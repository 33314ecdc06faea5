// task(): asynchronous work outside the transaction as an invoked actor.
import type { ReadonlyDeep } from '../runtime/message/contract.ts';
import { TroupeError } from '../runtime/errors.ts';
import { toMs, type Duration } from '../runtime/message/duration.ts';
import { checkEffect } from '../runtime/message/effect-name.ts';
import { toRetryRule, type RetryPolicy } from '../runtime/delivery/retry.ts';
import { makeLeaf, type DurableLogic, type TaskArgs } from './leaf.ts';
import { checkOptions, toUndo, type Compensation } from './leaf-options.ts';

/** Options of a task step. */
export interface TaskStepOptions<Input, Output, UndoInput, Undone extends ReadonlyDeep<UndoInput> | undefined> {
  /** How long one attempt may take. Default: no limit. */
  readonly timeout?: Duration | undefined;
  /** Default: 5 attempts, 100 ms doubling up to 60 s, full jitter. */
  readonly retry?: RetryPolicy | undefined;
  /**
   * Names work that is done once per key of the saga, whoever asks for it. Where the app blocks a second time, the step
   * fails with `effect-already-done`.
   */
  readonly effect?: string | undefined;
  /** How to undo the step once it has completed; `false` says that there is nothing to undo. */
  readonly compensate?: Compensation<Input, Output, UndoInput, Undone> | false | undefined;
}

/**
 * Runs asynchronous work as an invoked actor, after the commit that entered the state: at least once, with retries. A
 * plain `fromPromise` that `setup({ actors })` names runs the same way, with the defaults.
 *
 * @example
 * ```ts
 * setup({ actors: { quote: task(({ input, signal }: TaskArgs<Item>) => prices.get(input.sku, { signal })) } });
 * ```
 *
 * @throws TroupeError `saga-refused`, `invalid-definition`, `invalid-duration`
 */
export function task<
  Input,
  Output,
  UndoInput = never,
  const Undone extends ReadonlyDeep<UndoInput> | undefined = undefined,
>(
  run: (args: TaskArgs<Input>) => Promise<Output> | Output,
  options: TaskStepOptions<Input, Output, UndoInput, Undone> = {},
): DurableLogic<Input, Output> {
  if (typeof run !== 'function') throw new TroupeError('saga-refused', 'task() needs a function.');
  const { timeout, retry, effect, compensate } = options;
  checkOptions('task()', options, ['timeout', 'retry', 'effect', 'compensate']);
  if (effect !== undefined) checkEffect(effect, 'task()');
  if (timeout !== undefined) toMs(timeout, 'task(): timeout');
  toRetryRule(retry, 'task()');
  return makeLeaf({
    kind: 'task',
    run,
    timeout,
    retry,
    effect,
    compensate: toUndo('task()', compensate),
  }) as DurableLogic<Input, Output>;
}
