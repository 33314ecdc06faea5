// Ask: sends a command and waits for its reply, its failure or the timeout, whichever comes first.
import { TroupeError } from '../errors.ts';
import type { Alarm } from '../platform/platform.ts';
import type { IdempotencyRow } from '../store/records.ts';
import type { Drain } from './drain.ts';
import type { Input } from './input.ts';
import type { Kernel, Waiter } from './kernel.ts';
import type { Settlement } from './settle.ts';
import {
  accept,
  Outbound,
  storedReply,
  type Accepted,
  type Given,
  type MessageOptions,
  type Settle,
} from './message-input.ts';

export interface AskOptions extends MessageOptions {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * No reply came in time. The outcome is unknown: the command may still be handled. Ask again with `idempotencyKey` to
 * get its reply (K21).
 */
export class AskTimeoutError extends TroupeError {
  override readonly name: string = 'AskTimeoutError';
  /** The id of the command once it was accepted. */
  readonly messageId: string | undefined;
  readonly idempotencyKey: string | undefined;

  constructor(
    type: string,
    timeoutMs: number,
    ids: { readonly messageId: string | undefined; readonly idempotencyKey: string | undefined },
  ) {
    super(
      'ask-timeout',
      `No reply to ${type} within ${timeoutMs} ms; its outcome is unknown. Ask again with the same ` +
        'idempotencyKey to get its reply.',
      { retryable: true },
    );
    this.messageId = ids.messageId;
    this.idempotencyKey = ids.idempotencyKey;
  }
}

/** Sends `command` and resolves with its reply. */
export function ask(kernel: Kernel, command: Given, options: AskOptions): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const out = new Outbound(kernel, command, options.key);
    if (options.signal?.aborted) throw aborted(out, options.signal);
    kernel.submit(new AskInput(kernel, { ...options, out }, { resolve, reject }));
  });
}

class AskInput implements Input, Waiter {
  /** What a task asks for is work of the runtime itself. */
  readonly fromEdge: boolean;
  readonly #kernel: Kernel;
  readonly #out: Outbound;
  readonly #options: AskOptions;
  readonly #promise: Settle<unknown>;
  readonly #alarm: Alarm;
  readonly #timeoutMs: number;
  #accepted: (Accepted & { readonly known: IdempotencyRow | undefined }) | undefined = undefined;
  #onAbort: (() => void) | undefined = undefined;
  #over = false;

  constructor(kernel: Kernel, options: AskOptions & { readonly out: Outbound }, promise: Settle<unknown>) {
    this.#kernel = kernel;
    this.#out = options.out;
    this.#options = options;
    this.fromEdge = options.cause === undefined;
    this.#promise = promise;
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#alarm = kernel.platform.alarm(this.#timeoutMs, () => this.#timeOut());
    if (options.signal) this.#listen(options.signal);
  }

  get messageId(): string | undefined {
    return this.#accepted?.id;
  }

  apply(drain: Drain): void {
    this.#accepted = accept(drain, this.#out, this.#options);
  }

  committed(drain: Drain): void {
    const accepted = this.#accepted;
    if (!accepted || this.#over) return;
    const { position, known } = accepted;
    const { idempotency, deliveries, messages } = this.#kernel.store;
    // Read again: it may have been settled in the very drain that found the duplicate.
    const row = known && idempotency.get(known.key);
    if (row && row.outcome !== null) {
      this.settle(storedReply(row));
      return;
    }
    // Without a row of its own only open work tells that a reply is still to come.
    if (known && !row && !deliveries.isOpen(position)) {
      this.rejected(
        new TroupeError(
          'reply-unavailable',
          `${this.#out.contract.type} was handled, but its reply was not stored. Ask with an idempotencyKey of ` +
            'yours to keep replies.',
        ),
      );
      return;
    }
    if (known && messages.get(position) === undefined) {
      const { type } = this.#out.contract;
      const problem = `${type} with this idempotencyKey is delayed and not due yet. Ask again later.`;
      this.rejected(new TroupeError('reply-unavailable', problem, { retryable: true }));
      return;
    }
    // Most replies are here already. A map all of them pass through chains its outgrown tables in the old generation,
    // and these keep alive what asks leave behind.
    const settlement = drain.settled.get(position);
    const waiters = this.#kernel.waiters.get(position);
    if (settlement) this.settle(settlement);
    else if (waiters) waiters.push(this);
    else this.#kernel.waiters.set(position, [this]);
  }

  settle(settlement: Settlement): void {
    if (settlement.ok) {
      this.#end();
      this.#promise.resolve(settlement.value);
      return;
    }
    const { name, message, code } = settlement.error;
    const known = code === 'expired' || code === 'effect-already-done' ? code : 'handler-failed';
    this.rejected(new TroupeError(known, `${this.#out.contract.type} failed: ${name}: ${message}`));
  }

  rejected(error: TroupeError): void {
    if (this.#over) return;
    this.#end();
    this.#promise.reject(error);
  }

  #listen(signal: AbortSignal): void {
    this.#onAbort = () => this.#leave(aborted(this.#out, signal));
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  #timeOut(): void {
    const { idempotencyKey } = this.#options;
    this.#leave(
      new AskTimeoutError(this.#out.contract.type, this.#timeoutMs, { messageId: this.#accepted?.id, idempotencyKey }),
    );
  }

  #leave(error: TroupeError): void {
    const position = this.#accepted?.position;
    const waiters = position === undefined ? undefined : this.#kernel.waiters.get(position);
    if (position !== undefined && waiters) {
      const rest = waiters.filter(waiter => waiter !== this);
      if (rest.length > 0) this.#kernel.waiters.set(position, rest);
      else this.#kernel.waiters.delete(position);
    }
    this.rejected(error);
  }

  #end(): void {
    this.#over = true;
    this.#alarm.cancel();
    if (this.#onAbort) this.#options.signal?.removeEventListener('abort', this.#onAbort);
  }
}

function aborted({ contract }: Outbound, signal: AbortSignal): TroupeError {
  const cause: unknown = signal.reason;
  return new TroupeError('ask-aborted', `The ask of ${contract.type} was aborted; its outcome is unknown.`, { cause });
}
