// Edits: what an operator changes in one instance: its state, and whether the message that holds it is tried again.
import { TroupeError } from './errors.ts';
import { formatAddress, type Address } from './message/address.ts';
import { fromJsonText, toFrozenJson, toJsonText } from './message/json.ts';
import { findRegistration } from './operations.ts';
import { discardLetter, retryLetter } from './turn/dead-letters.ts';
import type { MessageKind } from './store/records.ts';
import { stateLimits } from './turn/draft.ts';
import type { Drain } from './turn/drain.ts';
import { releaseInstance } from './turn/holds.ts';
import { Act } from './turn/input.ts';
import type { Instance } from './turn/instance.ts';
import type { Kernel } from './turn/kernel.ts';

/** The state of an instance, and the status of a saga. */
export interface Edited {
  readonly state: unknown;
  readonly status: string | null;
}

/** Makes the new state of the old; of the stored one as it is, where the code of today cannot load it. */
export type Change = (state: unknown, status: string | null) => Edited;

/**
 * Replaces the state of an instance in a commit of its own; a held one stays held.
 *
 * @throws TroupeError `not-found`, `not-json`, `too-large`; what `change` throws, with nothing changed
 */
export async function replaceState(kernel: Kernel, address: Address, change: Change): Promise<void> {
  const registration = findRegistration(kernel, address.name);
  const failed = await submit(kernel, drain => {
    const instance = kernel.instances.get(registration, address.key);
    drain.touch(instance);
    const before = storedState(drain, instance);
    const edited = attempt(kernel, () => change(before, instance.status));
    if ('error' in edited) return edited;
    const state = toFrozenJson(edited.value.state, 'state', stateLimits);
    toJsonText(state, 'state', { ...stateLimits, bytes: kernel.limits.stateBytes });
    instance.state = state;
    instance.status = edited.value.status;
    instance.loaded = true;
    drain.makeDirty(instance);
    drain.afterCommit.push(() => kernel.logger.info({ address: instance.address }, 'state replaced'));
    return undefined;
  });
  if (failed) throw failed.error;
}

/** Loads an instance that exists; what cannot be loaded is read as it is stored. */
function storedState(drain: Drain, instance: Instance): unknown {
  const { kernel } = drain;
  const { address } = instance;
  const row = kernel.store.states.get(address);
  const isNew = instance.dirtyIn === drain.number;
  if (!row && !isNew) throw new TroupeError('not-found', `There is no ${address}. Check its key.`);
  try {
    kernel.load(drain, instance);
    return instance.state;
  } catch (error) {
    if (row) return fromJsonText(row.data);
    throw error;
  }
}

/** Runs what an operator has written: it must not use the runtime, and breaks nothing but itself. */
function attempt<T>(kernel: Kernel, run: () => T): { readonly value: T } | { readonly error: unknown } {
  kernel.inTurn = true;
  try {
    return { value: run() };
  } catch (error) {
    return { error };
  } finally {
    kernel.inTurn = false;
  }
}

/** The message that holds an instance. */
export interface HoldingMessage {
  readonly kind: MessageKind;
  readonly data: unknown;
  /** What started the task that ended, where it is the end of one; else the data itself. */
  readonly origin: unknown;
}

/** Undefined where the instance is not held by a message that failed. */
export function holdingMessage(kernel: Kernel, { name, key }: Address): HoldingMessage | undefined {
  const hold = kernel.instances.find(findRegistration(kernel, name), key)?.hold;
  const { deadLetters, messages } = kernel.store;
  const letter = hold?.reason === 'failed' ? deadLetters.holding(name, key, hold.since) : undefined;
  const message = letter && messages.get(letter.message);
  if (!message) return undefined;
  const { kind, cause } = message;
  const origin = kind === 'end' && cause !== null ? messages.get(cause) : message;
  return { kind, data: kernel.data(message), origin: origin && kernel.data(origin) };
}

/**
 * Lets a held instance go on, in one commit: with the message that holds it or without; where no message does, with
 * what waits.
 *
 * @throws TroupeError `not-found` where it is not held, or nothing can be discarded
 */
export async function releaseHeld(kernel: Kernel, { name, key }: Address, how: 'retry' | 'discard'): Promise<void> {
  const registration = findRegistration(kernel, name);
  await submit(kernel, drain => {
    const instance = kernel.instances.find(registration, key);
    if (!instance?.hold) throw new TroupeError('not-found', `${formatAddress(name, key)} is not held.`);
    const { reason, since } = instance.hold;
    const letter = reason === 'failed' ? kernel.store.deadLetters.holding(name, key, since) : undefined;
    if (letter) {
      if (how === 'retry') retryLetter(drain, letter);
      else discardLetter(drain, letter);
      return;
    }
    if (how === 'discard') {
      throw new TroupeError(
        'not-found',
        `${instance.address} is held (${reason}), and no dead letter holds it. Remove the cause, then retry.`,
      );
    }
    releaseInstance(drain, instance);
  });
}

function submit<T>(kernel: Kernel, act: (drain: Drain) => T): Promise<T> {
  const input = new Act(act);
  kernel.submit(input);
  return input.done;
}
