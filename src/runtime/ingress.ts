// Ingress: how application code publishes, sends, asks, and commits messages together with its own tables.
import type { Database } from 'better-sqlite3';
import { TroupeError } from './errors.ts';
import { checkKey } from './message/address.ts';
import { toMs, type Duration } from './message/duration.ts';
import type { AnyContract, CommandContract, EventContract } from './message/contract.ts';
import { checkHeaders } from './message/headers.ts';
import { ask } from './turn/ask.ts';
import { accept, Outbound, SendInput, type MessageOptions } from './turn/message-input.ts';
import type { Kernel } from './turn/kernel.ts';

/** Where a message stands in the log; resolves when it is durable. A delayed message has position 0 until it is due. */
export interface Receipt {
  readonly id: string;
  readonly position: number;
  readonly correlationId: string;
  readonly duplicate: boolean;
}

/** How one message enters. */
export interface IngressOptions {
  /** The instance it concerns; default: the contract's key. */
  readonly key?: string | undefined;
  readonly delay?: Duration | undefined;
  readonly ttl?: Duration | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** A second message with the same key is a duplicate, for the dedupe window (7 days). */
  readonly idempotencyKey?: string | undefined;
  /** Joins a conversation, or names one of yours. */
  readonly correlationId?: string | undefined;
}

/** How long a reply is waited for. */
export interface AskOptions extends Omit<IngressOptions, 'delay'> {
  /** Default 30 s. */
  readonly timeout?: Duration | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The part of a runtime that application code should ask for. */
export interface Bus {
  publish<Input>(
    event: EventContract<string, unknown, Input>,
    data: NoInfer<Input>,
    options?: IngressOptions,
  ): Promise<Receipt>;
  send<Input>(
    command: CommandContract<string, unknown, unknown, Input>,
    data: NoInfer<Input>,
    options?: IngressOptions,
  ): Promise<Receipt>;
  ask<Input, Reply>(
    command: CommandContract<string, unknown, Reply, Input>,
    data: NoInfer<Input>,
    options?: AskOptions,
  ): Promise<Reply>;
}

/** One transaction of plain application code: its tables and its messages commit together. */
export interface Transaction {
  readonly sql: Database;
  publish<Input>(event: EventContract<string, unknown, Input>, data: NoInfer<Input>, options?: IngressOptions): void;
  send<Input>(
    command: CommandContract<string, unknown, unknown, Input>,
    data: NoInfer<Input>,
    options?: IngressOptions,
  ): void;
}

/** Refuses an async function where a transaction must end before the event loop turns. */
export type Sync<T> = T extends PromiseLike<unknown> ? 'a transaction is synchronous: await before it, not in it' : T;

/** One message on its way in. */
export interface Incoming<Options extends IngressOptions = IngressOptions> {
  readonly contract: AnyContract;
  readonly data: unknown;
  readonly options: Options | undefined;
}

type Kind = 'event' | 'command';

const plain = (database: Database): Database => database;

export function receive(kernel: Kernel, kind: Kind, { contract, data, options }: Incoming): Promise<Receipt> {
  return new Promise((resolve, reject) => {
    const verb = kind === 'event' ? 'publish' : 'send';
    assertOutside(kernel, verb);
    assertKind(kind, contract, verb);
    const { key, ...rest } = toMessageOptions(options);
    kernel.submit(new SendInput(new Outbound(kernel, { contract, data }, key), rest, { resolve, reject }));
  });
}

export function receiveAsk(kernel: Kernel, incoming: Incoming<AskOptions>): Promise<unknown> {
  try {
    return askOnce(kernel, incoming);
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new TypeError(String(error)));
  }
}

function askOnce(kernel: Kernel, { contract, data, options }: Incoming<AskOptions>): Promise<unknown> {
  assertOutside(kernel, 'ask');
  assertKind('command', contract, 'ask');
  const { timeout, signal, ...rest } = options ?? {};
  const timeoutMs = timeout === undefined ? undefined : toMs(timeout, 'timeout');
  const more = toMessageOptions(rest);
  if (more.delayMs !== undefined) {
    throw new TroupeError('invalid-options', 'ask has no delay: whoever asks waits. Use send with a delay.');
  }
  return ask(kernel, { contract, data }, { ...more, timeoutMs, signal });
}

export function transact<T>(kernel: Kernel, work: (tx: Transaction) => T): T {
  assertOutside(kernel, 'transaction');
  return kernel.scheduler.transact(drain => {
    let isOpen = true;
    const assertOpen = (): void => {
      if (isOpen) return;
      throw new TroupeError('ctx-closed', 'tx was used after its transaction. Keep values, not tx.');
    };
    const send = (kind: Kind, { contract, data, options }: Incoming): void => {
      assertOpen();
      assertKind(kind, contract, kind === 'event' ? 'publish' : 'send');
      const { key, ...rest } = toMessageOptions(options);
      accept(drain, new Outbound(kernel, { contract, data }, key), rest);
    };
    const tx: Transaction = {
      get sql() {
        assertOpen();
        return kernel.applicationSql.inTransaction(plain);
      },
      publish: (contract, data, options) => send('event', { contract, data, options }),
      send: (contract, data, options) => send('command', { contract, data, options }),
    };
    kernel.inTurn = true;
    try {
      const result = work(tx);
      if (result instanceof Promise) throw refusePromise(result);
      return result;
    } finally {
      isOpen = false;
      kernel.inTurn = false;
    }
  });
}

function refusePromise(result: Promise<unknown>): TroupeError {
  result.catch(() => {});
  return new TroupeError(
    'async-handler',
    'A transaction got an async function. It is synchronous: await before it, not in it.',
  );
}

function assertOutside(kernel: Kernel, what: string): void {
  if (!kernel.inTurn) return;
  throw new TroupeError(
    'inside-turn',
    `runtime.${what} was called inside a turn or transaction. Use ctx.publish, ctx.send or tx there.`,
  );
}

function assertKind(kind: 'event' | 'command', contract: AnyContract, verb: string): void {
  const given: unknown = contract;
  const type = typeof given === 'function' && 'kind' in given ? given.kind : undefined;
  if (type === kind) return;
  if (type === undefined) {
    throw new TroupeError(
      'invalid-message',
      `${verb} needs a contract. Pass what defineEvent or defineCommand returned.`,
    );
  }
  throw new TroupeError(
    'invalid-message',
    `${verb} takes ${kind}s, and ${contract.type} is a ${contract.kind}. publish takes events, send and ` +
      'ask take commands.',
  );
}

function toMessageOptions(options: IngressOptions | undefined): MessageOptions {
  if (options === undefined) return {};
  const { key, delay, ttl, headers, idempotencyKey, correlationId, ...unknown } = options;
  for (const name in unknown) {
    throw new TroupeError(
      'invalid-options',
      `A message has no option '${name}'. Use key, delay, ttl, headers, idempotencyKey or correlationId.`,
    );
  }
  return {
    key: key === undefined ? undefined : checkKey(key, 'The key'),
    delayMs: delay === undefined ? undefined : toMs(delay, 'delay'),
    ttlMs: ttl === undefined ? undefined : toMs(ttl, 'ttl'),
    headers: headers === undefined ? undefined : JSON.stringify(checkHeaders(headers)),
    idempotencyKey: idempotencyKey === undefined ? undefined : checkKey(idempotencyKey, 'The idempotencyKey'),
    correlationId: correlationId === undefined ? undefined : checkKey(correlationId, 'The correlationId'),
  };
}
