// saga(): starts another saga as an invoked actor, in a row of its own.
import { TroupeError } from '../runtime/errors.ts';
import { toMs, type Duration } from '../runtime/message/duration.ts';
import { childContracts, type ChildFailed } from './child-contracts.ts';
import { makeLeaf, type DurableLogic } from './leaf.ts';
import { checkOptions } from './leaf-options.ts';
import type { Saga, SagaTypes } from './saga.ts';

/** Options of a child saga. */
export interface ChildSagaOptions<Input> {
  /** The key of the child instance, by default one of its own; a taken one fails the step with the code `exists`. */
  readonly key?: ((input: Input) => string) | undefined;
  /** How long the machine waits for the child to end, in time the runtime is up; then the child is cancelled. */
  readonly timeout?: Duration | undefined;
}

/**
 * Starts another saga as an invoked actor: input is the child's input, output its output. The child has a row, a
 * history and timers of its own. Leaving the state cancels the child and undoes its completed steps; so does the
 * compensation of the parent after the child has ended. A child that ends otherwise than `done` reaches `onError` with
 * its status as `code` and with its output: `isChildFailed` tells.
 *
 * @example
 * ```ts
 * setup({ actors: { parcel: saga(delivery) } });
 * ```
 *
 * @throws TroupeError `saga-refused`, `invalid-duration`
 */
export function saga<T extends SagaTypes>(
  definition: Saga<T>,
  options: ChildSagaOptions<T['input']> = {},
): DurableLogic<T['input'], T['output']> {
  if (definition?.kind !== 'saga') {
    throw new TroupeError('saga-refused', 'saga() needs what defineSaga returned.');
  }
  const { key, timeout } = options;
  checkOptions(`saga(${definition.name})`, options, ['key', 'timeout']);
  if (timeout !== undefined) toMs(timeout, `saga(${definition.name}): timeout`);
  return makeLeaf({
    kind: 'saga',
    saga: definition as unknown as Saga,
    key: key as ((input: never) => string) | undefined,
    timeout,
  }) as DurableLogic<T['input'], T['output']>;
}

/** Narrows `event.error` of an `onError`: the child saga ended otherwise than `done`. */
export function isChildFailed<T extends SagaTypes>(
  definition: Saga<T>,
  error: unknown,
): error is ChildFailed<T['output']> {
  return (
    typeof error === 'object' &&
    error !== null &&
    'output' in error &&
    'command' in error &&
    error.command === childContracts(definition.name).start.type
  );
}
