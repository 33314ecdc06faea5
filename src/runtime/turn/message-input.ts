// Message input: one event or command on its way into the log, from the edge or from a task's ask.
import { TroupeError } from '../errors.ts';
import { acceptsOwnOutput, checkData, keyOf, type AnyContract } from '../message/contract.ts';
import { fromJsonText, toJsonText, type Json } from '../message/json.ts';
import type { IdempotencyRow, LoggedMessage } from '../store/records.ts';
import type { ReplyError } from './decision.ts';
import { noOwner, type Drain, type Draft } from './drain.ts';
import type { Input } from './input.ts';
import type { Kernel } from './kernel.ts';
import type { Settlement } from './settle.ts';

export interface MessageOptions {
  readonly key?: string | undefined;
  readonly delayMs?: number | undefined;
  readonly ttlMs?: number | undefined;
  readonly headers?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly source?: string | undefined;
  readonly cause?: LoggedMessage | undefined;
}

/** Where a message stands in the log. */
export interface Accepted {
  readonly id: string;
  readonly position: number;
  readonly correlationId: string;
  readonly duplicate: boolean;
}

const KEY_CHARS = 256;
const checkedContracts = new WeakSet<AnyContract>();

/** A message as the caller gave it. */
export interface Given {
  readonly contract: AnyContract;
  readonly data: unknown;
}

/** A message whose data was validated, copied and written as JSON when it was made. */
export class Outbound {
  readonly contract: AnyContract;
  readonly data: Json;
  readonly text: string;
  readonly key: string;

  constructor(kernel: Kernel, { contract, data: input }: Given, key?: string) {
    this.contract = contract;
    this.data = checkData(contract, input);
    this.text = toJsonText(this.data, 'data');
    this.key = key ?? keyOf(contract, this.data);
    if (!kernel.development || checkedContracts.has(contract)) return;
    acceptsOwnOutput(contract, this.data);
    checkedContracts.add(contract);
  }
}

/** Accepts one message: dedupes, appends, routes. Used in drains and in transactions of the application. */
export function accept(
  drain: Drain,
  out: Outbound,
  options: MessageOptions,
): Accepted & { readonly known: IdempotencyRow | undefined } {
  const { kernel } = drain;
  if (options.idempotencyKey !== undefined) {
    const known = findDuplicate(drain, options.idempotencyKey, out.contract);
    if (known) return { ...receiptOf(drain, known.position), duplicate: true, known };
    checkDedupeRoom(kernel, options.idempotencyKey);
  }
  const { contract } = out;
  kernel.router.assertSame(contract);
  if (contract.kind === 'command') checkOwner(kernel, out);
  const draft: Draft = {
    type: contract.type,
    version: contract.version,
    kind: contract.kind,
    key: out.key,
    source: options.source ?? 'edge',
    text: out.text,
    data: out.data,
    cause: options.cause,
    correlation: toCorrelation(kernel, options.correlationId),
    hops: 0,
    expires: options.ttlMs === undefined || options.delayMs !== undefined ? undefined : drain.now + options.ttlMs,
    idempotencyKey: options.idempotencyKey,
    headers: options.headers,
  };
  if (options.delayMs !== undefined) {
    const { delayMs, ttlMs } = options;
    const position = drain.reserve();
    const correlation = draft.correlation ?? position;
    kernel.timers.delay(drain, { ...draft, correlation }, { delayMs, ttlMs });
    if (options.idempotencyKey !== undefined) addKey(drain, options.idempotencyKey, position);
    const correlationId = correlationIdOf(kernel, correlation);
    return { id: kernel.idOf(position), position: 0, correlationId, duplicate: false, known: undefined };
  }
  const message = drain.append(draft);
  if (options.idempotencyKey !== undefined) addKey(drain, options.idempotencyKey, message.position);
  drain.route(message);
  return { ...receiptOf(drain, message.position, message), duplicate: false, known: undefined };
}

function checkOwner(kernel: Kernel, out: Outbound): void {
  const owner = kernel.router.owner(out.contract.type);
  if (!owner) throw noOwner(out.contract.type);
  kernel.assertRoom(owner, out);
}

function checkDedupeRoom(kernel: Kernel, key: string): void {
  if (key.length > KEY_CHARS) {
    throw new TroupeError(
      'invalid-options',
      `The idempotencyKey has ${key.length} characters; the limit is ${KEY_CHARS}. Use a hash of it.`,
    );
  }
  if (kernel.dedupeKeys < kernel.limits.dedupeKeys) return;
  throw new TroupeError(
    'dedupe-full',
    `${kernel.dedupeKeys} idempotency keys are kept, which is the limit. Shorten retention.dedupe or ` +
      'send without keys.',
  );
}

function addKey(drain: Drain, key: string, position: number): void {
  const { kernel } = drain;
  kernel.store.idempotency.add(key, position, drain.now);
  kernel.dedupeKeys += 1;
  drain.undo(() => (kernel.dedupeKeys -= 1));
}

/**
 * A key of the caller's, or the id of a message whose commit was unknown (K2). Decided before any turn (K12).
 */
function findDuplicate(drain: Drain, key: string, { type }: AnyContract): IdempotencyRow | undefined {
  const { kernel } = drain;
  const stored = kernel.store.idempotency.get(key);
  if (stored) return stored;
  const position = kernel.positionOf(key);
  if (position === undefined) return undefined;
  // The id of a message of another type is a key like any other: "charge once for this event".
  if ((drain.message(position)?.type ?? type) !== type) return undefined;
  return { key, position, time: 0, outcome: null, reply: null };
}

function toCorrelation(kernel: Kernel, id: string | undefined): number | string | undefined {
  return id === undefined ? undefined : (kernel.positionOf(id) ?? id);
}

function receiptOf(drain: Drain, position: number, message = drain.message(position)): Omit<Accepted, 'duplicate'> {
  const { kernel } = drain;
  const id = kernel.idOf(position);
  const root = message?.correlation ?? position;
  return { id, position, correlationId: root === position ? id : correlationIdOf(kernel, root) };
}

function correlationIdOf(kernel: Kernel, root: number | string): string {
  return typeof root === 'string' ? root : kernel.idOf(root);
}

/** The two ends of a caller's promise. */
export interface Settle<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/** Settles a caller's promise with a receipt. */
export class SendInput implements Input {
  readonly fromEdge = true;
  readonly #out: Outbound;
  readonly #options: MessageOptions;
  readonly #promise: Settle<Accepted>;
  #accepted: Accepted | undefined = undefined;

  constructor(out: Outbound, options: MessageOptions, promise: Settle<Accepted>) {
    this.#out = out;
    this.#options = options;
    this.#promise = promise;
  }

  get messageId(): string | undefined {
    return this.#accepted?.id;
  }

  apply(drain: Drain): void {
    const { id, position, correlationId, duplicate } = accept(drain, this.#out, this.#options);
    this.#accepted = { id, position, correlationId, duplicate };
  }

  committed(): void {
    if (this.#accepted) this.#promise.resolve(this.#accepted);
  }

  rejected(error: TroupeError): void {
    this.#promise.reject(error);
  }
}

/** Parses a stored reply. */
export function storedReply(row: IdempotencyRow): Settlement {
  const stored = row.reply === null ? undefined : fromJsonText(row.reply);
  return row.outcome === 'done' ? { ok: true, value: stored } : { ok: false, error: stored as unknown as ReplyError };
}
