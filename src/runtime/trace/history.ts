// History: what happened at one address, turn by turn, with what each turn was about and what it caused.
import type { Registration } from '../delivery/subscription.ts';
import { formatAddress } from '../message/address.ts';
import { fromJsonText } from '../message/json.ts';
import type { LoggedMessage, TurnRow } from '../store/records.ts';
import type { Kernel } from '../turn/kernel.ts';
import type { TraceNode } from './trace.ts';

/** A message as the history of an address tells it. */
export interface PastMessage extends Pick<TraceNode, 'id' | 'position' | 'type' | 'kind' | 'key' | 'source' | 'time'> {
  readonly causationId: string | undefined;
  readonly data: unknown;
}

/** One turn at the address, or one attempt of a task of it. */
export interface PastTurn {
  /** Increasing; to page on from. */
  readonly turn: number;
  readonly message: PastMessage;
  readonly handler: string;
  /** From 1. */
  readonly attempt: number;
  readonly outcome: string;
  /** `name: message` of what it threw. */
  readonly error: string | undefined;
  /** What its behavior wanted remembered of it. */
  readonly detail: unknown;
  /** When it ended, in ms since 1970, UTC. */
  readonly at: number;
  readonly runMs: number;
  /** What the address sent, published or told itself in it, as far as the log has it. */
  readonly caused: readonly PastMessage[];
}

/** Which part of a history. */
export interface HistoryOptions {
  /** Default 1,000. */
  readonly limit?: number | undefined;
  /** The `turn` of the last one read. */
  readonly after?: number | undefined;
}

const DEFAULT_LIMIT = 1_000;

/** The turns at an address in their order. For a saga the log is asked for its conversation, for an actor for all. */
export function readHistory(
  kernel: Kernel,
  registration: Registration,
  { key, limit, after }: At,
): readonly PastTurn[] {
  const { store } = kernel;
  const { name, kind } = registration.behavior;
  const handlers = new Map(
    store.subscriptions.all().flatMap(row => (row.name === name ? [[row.id, row.handler] as const] : [])),
  );
  const address = formatAddress(name, key);
  const conversation = kind === 'saga' ? (store.states.get(address)?.conversation ?? null) : undefined;
  const rows = store.messages.turnsAt(
    { subscriptions: [...handlers.keys()], key, conversation },
    { limit: limit ?? DEFAULT_LIMIT, after: after ?? 0 },
  );
  const messages = new Map(rows.flatMap(({ message }) => toEntry(store.messages.get(message))));
  const caused = causedAt(kernel, address, [...messages.values()]);
  const isHere = (row: TurnRow, message: LoggedMessage): boolean =>
    handlers.has(row.subscription) && (row.key ?? message.key) === key;
  return rows.flatMap(row => {
    const message = messages.get(row.message);
    if (!message) return [];
    const turns = store.messages.turnsOf(row.message).filter(one => isHere(one, message));
    return {
      turn: row.turn,
      message: tell(kernel, message),
      handler: handlers.get(row.subscription) ?? 'unknown',
      attempt: row.attempt,
      outcome: row.outcome,
      error: row.error ?? undefined,
      detail: row.detail === null ? undefined : fromJsonText(row.detail),
      at: row.at,
      runMs: row.runUs / 1000,
      caused: (caused.get(row.message) ?? [])
        .filter(one => causerOf(one, turns)?.turn === row.turn)
        .map(one => tell(kernel, one)),
    };
  });
}

interface At extends HistoryOptions {
  readonly key: string;
}

function toEntry(message: LoggedMessage | undefined): (readonly [number, LoggedMessage])[] {
  return message ? [[message.position, message]] : [];
}

/** What an address sent because of messages, by the message; it is in the conversation of its cause. */
function causedAt(
  { store }: Kernel,
  source: string,
  causes: readonly LoggedMessage[],
): ReadonlyMap<number, readonly LoggedMessage[]> {
  const conversations = Map.groupBy(causes, ({ correlation, position }) => correlation ?? position);
  const all = [...conversations].flatMap(([root, messages]) =>
    store.messages.causedBy(root, { source, causes: messages.map(({ position }) => position) }),
  );
  return Map.groupBy(all, ({ cause }) => cause ?? 0);
}

/**
 * A message may have several turns at one address: attempts, one that put it aside, those of several handlers. What a
 * timer brought is younger than all of them.
 */
function causerOf({ time }: LoggedMessage, turns: readonly TurnRow[]): TurnRow | undefined {
  const kept = turns.filter(({ outcome }) => outcome !== 'failed');
  return kept.find(({ at }) => at >= time) ?? kept.at(-1);
}

function tell(kernel: Kernel, message: LoggedMessage): PastMessage {
  const { position, type, kind, key, source, time, cause } = message;
  const causationId = cause === null ? undefined : kernel.idOf(cause);
  return {
    id: kernel.idOf(position),
    position,
    type,
    kind,
    key,
    source,
    time,
    causationId,
    data: kernel.data(message),
  };
}
