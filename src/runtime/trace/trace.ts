// Trace: the causation tree of a conversation, built from the log, the turns and what is still open.
import { fromJsonText } from '../message/json.ts';
import type { LoggedMessage, MessageKind } from '../store/records.ts';
import type { Store } from '../store/store.ts';

/** One turn that handled a message, or one attempt of a task it started. */
export interface TraceTurn {
  readonly address: string;
  readonly handler: string;
  /** From 1. */
  readonly attempt: number;
  /**
   * `done`, `failed`, `dead-letter`, `stashed`, `started`, `task-done`, `task-failed`, `expired`, `cancelled`, `held`,
   * `blocked`, `skipped` where a saga had claimed the work, or what a saga says.
   */
  readonly outcome: string;
  /** When it ended, in ms since 1970, UTC. */
  readonly at: number;
  /** How long the message waited for it; 0 for an attempt of a task. */
  readonly queueMs: number;
  readonly runMs: number;
  /** `name: message` of what it threw. */
  readonly error: string | undefined;
  /** What its actor or saga wanted remembered of it. */
  readonly detail: unknown;
}

/** Work a message still causes: a delivery that waits, is tried again or is put aside, a task, an owed reply. */
export interface TraceOpen {
  readonly address: string;
  readonly handler: string;
  readonly what: 'waiting' | 'stashed' | 'reply-owed' | 'task';
  /** Attempts that are over. */
  readonly attempts: number;
  /** When it goes on, in ms since 1970; 0: as soon as its turn comes. */
  readonly due: number;
}

/** One message with what handled it and what it caused. */
export interface TraceNode {
  readonly id: string;
  readonly position: number;
  readonly type: string;
  readonly kind: MessageKind;
  readonly key: string;
  /** The address that sent it, or `edge`. */
  readonly source: string;
  /** When it was accepted, in ms since 1970, UTC. */
  readonly time: number;
  /** How long a timer or a delay kept it back after the turn that wanted it. */
  readonly delayedMs: number;
  readonly turns: readonly TraceTurn[];
  readonly open: readonly TraceOpen[];
  readonly children: readonly TraceNode[];
}

/** A message of the conversation that is not due yet. */
export interface TraceTimer {
  /** The address that armed it; empty for a delayed message. */
  readonly address: string;
  readonly id: string;
  readonly type: string;
  readonly due: number;
}

/** A conversation. */
export interface Trace {
  readonly correlationId: string;
  /** What the database survives: `full`, `relaxed` or `memory`. */
  readonly durability: string;
  readonly roots: readonly TraceNode[];
  readonly timers: readonly TraceTimer[];
  /** True when the conversation has more messages than were read. */
  readonly truncated: boolean;
}

/** What a trace needs to know of one handler. */
export interface TracedSubscription {
  readonly handler: { readonly id: string };
  readonly registration: { readonly behavior: { readonly name: string } };
}

/** What a trace needs of a kernel. */
export interface TraceSource {
  readonly store: Store;
  idOf(position: number): string;
  positionOf(id: string): number | undefined;
  subscription(id: number): TracedSubscription | undefined;
}

const MOST_MESSAGES = 10_000;
const WHAT = { open: 'waiting', stashed: 'stashed', deferred: 'reply-owed' } as const;

export function readTrace(source: TraceSource, correlationId: string): Trace {
  const { store } = source;
  const root = source.positionOf(correlationId) ?? correlationId;
  const messages = store.messages.conversation(root, MOST_MESSAGES);
  return {
    correlationId,
    durability: store.info.durability,
    roots: new TreeBuilder(source, messages).roots(),
    timers: store.timers.ofConversation(root).map(({ name, key, timer, due, message }) => {
      const { type } = JSON.parse(message) as { readonly type: string };
      return { address: name === '' ? '' : `${name}/${key}`, id: timer, type, due };
    }),
    truncated: messages.length === MOST_MESSAGES,
  };
}

/** Builds from the last message to the first, so that no chain of messages is too long for the stack. */
class TreeBuilder {
  readonly #source: TraceSource;
  readonly #messages: readonly LoggedMessage[];
  readonly #turns = new Map<number, readonly TraceTurn[]>();
  readonly #open = new Map<number, TraceOpen[]>();
  readonly #children = new Map<number, TraceNode[]>();

  constructor(source: TraceSource, messages: readonly LoggedMessage[]) {
    this.#source = source;
    this.#messages = messages;
    for (const message of messages) this.#turns.set(message.position, this.#turnsOf(message));
    const positions = messages.map(({ position }) => position);
    for (const { message, subscription, key, status, attempts, due } of source.store.deliveries.ofMessages(positions)) {
      const what = WHAT[status];
      addTo(this.#open, message, { ...this.#names(subscription, key), what, attempts, due });
    }
    for (const { message, subscription, key, attempt, due } of source.store.tasks.ofMessages(positions)) {
      addTo(this.#open, message, { ...this.#names(subscription, key), what: 'task', attempts: attempt - 1, due });
    }
  }

  roots(): TraceNode[] {
    const roots: TraceNode[] = [];
    for (const message of this.#messages.toReversed()) {
      const node = this.#node(message);
      if (message.cause !== null && this.#turns.has(message.cause)) addTo(this.#children, message.cause, node);
      else roots.push(node);
    }
    return roots.toReversed();
  }

  #node(message: LoggedMessage): TraceNode {
    const { position, type, kind, key, source, time, cause } = message;
    return {
      id: this.#source.idOf(position),
      position,
      type,
      kind,
      key,
      source,
      time,
      delayedMs: delayOf(message, this.#turns.get(cause ?? 0) ?? []),
      turns: this.#turns.get(position) ?? [],
      open: this.#open.get(position) ?? [],
      children: (this.#children.get(position) ?? []).toReversed(),
    };
  }

  #turnsOf(message: LoggedMessage): readonly TraceTurn[] {
    return this.#source.store.messages.turnsOf(message.position).map(row => ({
      ...this.#names(row.subscription, row.key ?? message.key),
      attempt: row.attempt,
      outcome: row.outcome,
      at: row.at,
      queueMs: row.queueUs / 1000,
      runMs: row.runUs / 1000,
      error: row.error ?? undefined,
      detail: row.detail === null ? undefined : fromJsonText(row.detail),
    }));
  }

  #names(subscription: number, key: string): { readonly address: string; readonly handler: string } {
    const found = this.#source.subscription(subscription);
    const name = found?.registration.behavior.name ?? 'unknown';
    return { address: `${name}/${key}`, handler: found?.handler.id ?? 'unknown' };
  }
}

function addTo<T>(lists: Map<number, T[]>, position: number, item: T): void {
  const list = lists.get(position);
  if (list) list.push(item);
  else lists.set(position, [item]);
}

/** What a turn sends at once is accepted while it runs; what comes later was kept back by a timer. */
function delayOf(message: LoggedMessage, causing: readonly TraceTurn[]): number {
  if (message.kind === 'reply' || message.kind === 'end') return 0;
  const sender = causing.findLast(({ address }) => address === message.source);
  if (sender === undefined || message.time <= sender.at) return 0;
  return message.time - Math.round(sender.at - sender.runMs);
}
