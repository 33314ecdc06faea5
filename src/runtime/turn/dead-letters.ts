// Dead letters: listing them, and retrying, editing or discarding one.
import type { Failure } from '../delivery/retry.ts';
import { TroupeError } from '../errors.ts';
import { checkData, keyOf } from '../message/contract.ts';
import { toJsonText } from '../message/json.ts';
import type { DeadLetterRow, LoggedMessage } from '../store/records.ts';
import { releaseClaims } from './claims.ts';
import type { Drain } from './drain.ts';
import { releaseInstance } from './holds.ts';
import { Act } from './input.ts';
import type { Instance } from './instance.ts';
import type { Kernel } from './kernel.ts';
import { beginTask } from './task-start.ts';

/** A message that was given up, with everything that happened to it. */
export interface DeadLetter {
  readonly id: number;
  readonly messageId: string;
  readonly type: string;
  /** Whose: `name/key`. */
  readonly address: string;
  readonly handler: string;
  /** `attempts-exhausted`, `timed-out`, `crashed`, `filter-failed`, `stash-full`, `dropped`,
   * `effect-already-done`, or what a saga says. */
  readonly reason: string;
  readonly attempts: number;
  readonly crashes: number;
  readonly time: number;
  readonly failures: readonly Failure[];
  readonly data: unknown;
}

export class DeadLetters {
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** The newest first, at most `limit` (default 100); `before` pages on from an id. */
  list(
    options: { readonly limit?: number | undefined; readonly before?: number | undefined } = {},
  ): readonly DeadLetter[] {
    const { limit = 100, before = Number.MAX_SAFE_INTEGER } = options;
    return this.#kernel.store.deadLetters.list(limit, before).map(row => this.#show(row));
  }

  get(id: number): DeadLetter | undefined {
    const row = this.#kernel.store.deadLetters.get(id);
    return row && this.#show(row);
  }

  /** Handles the message again, with the same effect key and fresh attempts; a held instance goes on with it. */
  async retry(id: number): Promise<void> {
    await this.#act(id, retryLetter);
  }

  /** Replaces the data by a new message, caused by the old one, for the same handler. */
  async edit(id: number, data: unknown): Promise<void> {
    await this.#act(id, (drain, row) => {
      const message = messageOf(drain, row);
      const contract = this.#kernel.router.contract(message.type);
      if (!contract) {
        throw new TroupeError(
          'unknown-definition',
          `No contract ${message.type} in this app: its data cannot be checked.`,
        );
      }
      const checked = checkData(contract, data);
      const { type, kind, source } = message;
      // A task that a turn has started has the key of its instance, whatever its data.
      const key = message.direct === 1 ? message.key : keyOf(contract, checked);
      const text = toJsonText(checked, 'data');
      const draft = { type, kind, key, source, text, data: checked, version: contract.version, cause: message };
      handleAgain(drain, row, drain.append({ ...draft, hops: 0, direct: true }));
      remove(drain, row);
    });
  }

  /** Forgets the message; a held instance goes on without it. */
  async discard(id: number): Promise<void> {
    await this.#act(id, discardLetter);
  }

  #act(id: number, act: (drain: Drain, row: DeadLetterRow) => void): Promise<void> {
    const kernel = this.#kernel;
    const input = new Act(drain => {
      const row = kernel.store.deadLetters.get(id);
      if (!row) throw new TroupeError('not-found', `There is no dead letter ${id}.`);
      act(drain, row);
    });
    kernel.submit(input);
    return input.done;
  }

  #show(row: DeadLetterRow): DeadLetter {
    const kernel = this.#kernel;
    const message = kernel.store.messages.get(row.message);
    const { id, name, key, reason, attempts, crashes, time } = row;
    return {
      id,
      messageId: kernel.idOf(row.message),
      type: message?.type ?? 'unknown',
      address: `${name}/${key}`,
      handler: kernel.subscription(row.subscription)?.handler.id ?? 'unknown',
      reason,
      attempts,
      crashes,
      time,
      failures: JSON.parse(row.failures) as Failure[],
      data: message === undefined ? undefined : kernel.data(message),
    };
  }
}

/** Handles the message of a dead letter again, in this commit; an instance it holds goes on with it. */
export function retryLetter(drain: Drain, row: DeadLetterRow): void {
  handleAgain(drain, row, messageOf(drain, row));
  remove(drain, row);
}

/** Forgets a dead letter in this commit; an instance it holds goes on without it. */
export function discardLetter(drain: Drain, row: DeadLetterRow): void {
  const { kernel } = drain;
  const registration = kernel.registration(row.name);
  const instance = registration && kernel.instances.get(registration, row.key);
  if (instance && isHeldBy(drain, instance, row)) releaseInstance(drain, instance);
  remove(drain, row);
  if (instance && kernel.subscription(row.subscription)?.handler.claims) releaseClaims(drain, instance);
}

/** Whether this dead letter holds the instance: an older one has nothing to do with its hold. */
function isHeldBy({ kernel }: Drain, { hold }: Instance, { id, name, key }: DeadLetterRow): boolean {
  return hold?.reason === 'failed' && kernel.store.deadLetters.holding(name, key, hold.since)?.id === id;
}

function messageOf(drain: Drain, row: DeadLetterRow): LoggedMessage {
  const message = drain.message(row.message);
  if (message) return message;
  throw new TroupeError('not-found', `The message of dead letter ${row.id} is gone. Discard it.`);
}

function remove(drain: Drain, { id }: DeadLetterRow): void {
  const { kernel } = drain;
  kernel.store.deadLetters.remove(id);
  kernel.deadLetters -= 1;
  drain.undo(() => (kernel.deadLetters += 1));
}

function handleAgain(drain: Drain, row: DeadLetterRow, message: LoggedMessage): void {
  const { kernel } = drain;
  const subscription = kernel.subscription(row.subscription);
  if (!subscription) {
    throw new TroupeError(
      'unknown-definition',
      `${row.name} no longer handles ${message.type}. Put the handler back, or discard the dead letter.`,
    );
  }
  // Which instance it concerns was never known.
  if (row.reason === 'filter-failed') {
    drain.offer(subscription, message);
    return;
  }
  const instance = kernel.instances.get(subscription.registration, row.key);
  if (row.lane !== null) {
    drain.touch(instance);
    kernel.load(drain, instance);
    beginTask(drain, { instance, subscription, message, lane: row.lane });
    return;
  }
  if (!isHeldBy(drain, instance, row)) {
    drain.deliver(message, { subscription, key: row.key });
    return;
  }
  const delivery = { ...kernel.makeDelivery(drain, message, { subscription, key: row.key }), id: row.delivery };
  drain.created.push(delivery);
  releaseInstance(drain, instance);
}
