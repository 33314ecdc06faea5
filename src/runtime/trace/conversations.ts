// Conversations: how each stands, whether a saga conducts it or it goes from event to event.
import { TroupeError } from '../errors.ts';
import { isMonitorName, parseAddress } from '../message/address.ts';
import type { AnyContract } from '../message/contract.ts';
import { checkQuery } from './query.ts';
import type { ConversationRow, ConversationStatus } from '../store/hybrid-ports.ts';
import type { Store } from '../store/store.ts';

export type { ConversationStatus } from '../store/hybrid-ports.ts';

/** What of a conversation is open: it goes on by itself. */
export interface ConversationWork {
  readonly waiting: number;
  /** Deliveries that have failed and are tried again. */
  readonly retrying: number;
  readonly stashed: number;
  readonly tasks: number;
  /** Timers and delayed messages; those of monitors are not counted. */
  readonly timers: number;
  readonly repliesOwed: number;
}

/** A saga that a conversation has started. */
export interface ConversationSaga {
  readonly name: string;
  readonly key: string;
  /** `running`, or how it has ended. */
  readonly status: string;
}

/** What a monitor expects of a conversation. */
export interface ConversationMonitor {
  readonly name: string;
  readonly key: string;
  readonly status: 'open' | 'overdue' | 'completed';
  readonly since: number;
  readonly due: number;
  /** When its outcome was accepted. */
  readonly completedAt: number | undefined;
}

/** All messages with one correlation id, and how they stand. Times are ms since 1970, UTC. */
export interface Conversation {
  readonly correlationId: string;
  /** Of the first message that the log still has. */
  readonly type: string;
  readonly key: string;
  /**
   * `failed`: it has a dead letter, or a saga of it failed. `overdue`: a monitor's outcome has not come. `running`:
   * something is open, or a saga lives. `completed`: a saga has ended or a monitor has its outcome. `quiet`: nothing
   * moves, and nothing says that it is over.
   */
  readonly status: ConversationStatus;
  readonly startedAt: number;
  /** When its newest message was accepted. */
  readonly lastAt: number;
  readonly open: ConversationWork;
  readonly deadLetters: number;
  readonly sagas: readonly ConversationSaga[];
  readonly monitors: readonly ConversationMonitor[];
}

/** Which conversations to list. */
export interface ConversationListOptions {
  readonly status?: ConversationStatus | undefined;
  /** Default 100, at most 1000. */
  readonly limit?: number | undefined;
  /** The correlation id of the last one of the page before. */
  readonly after?: string | undefined;
}

/** What the operations need of a kernel. */
export interface ConversationSource {
  readonly store: Store;
  idOf(position: number): string;
  positionOf(id: string): number | undefined;
}

interface StoredPart {
  readonly address: string;
  readonly status: string;
  readonly data: { readonly since: number; readonly due: number; readonly outcome: { readonly at: number } | null };
}

const STATUSES: readonly ConversationStatus[] = ['quiet', 'running', 'overdue', 'completed', 'failed'];
const QUERY = { options: ['status', 'limit', 'after'], words: ['status', STATUSES], most: 1000 } as const;

/** Looking at conversations; `runtime.conversations`. */
export class Conversations {
  readonly #source: ConversationSource;

  constructor(source: ConversationSource) {
    this.#source = source;
  }

  /** The conversation with this correlation id, or of the message with this id; undefined where the log has none. */
  get(id: string): Conversation | undefined {
    const row = this.#source.store.conversations.get(this.#rootOf(id));
    return row && this.#show(row);
  }

  /**
   * The newest conversation with a message of this contract and key. Without an index: looks through the log, the
   * newest message first.
   *
   * @throws TroupeError `invalid-options`
   */
  of(contract: AnyContract, key: string): Conversation | undefined {
    const root = this.#source.store.conversations.having(typeOf(contract), key);
    return root === undefined ? undefined : this.get(this.#nameOf(root));
  }

  /**
   * The correlation id of the newest conversation with a message of this contract and key; found as by `of`.
   *
   * @throws TroupeError `invalid-options`, `not-found`
   */
  idOf(contract: AnyContract, key: string): string {
    const root = this.#source.store.conversations.having(typeOf(contract), key);
    if (root !== undefined) return this.#nameOf(root);
    throw new TroupeError(
      'not-found',
      `The log has no ${contract.type} of ${key}. Check the key, and how long the log is kept.`,
    );
  }

  /**
   * The newest first, at most `limit` (default 100); `after` pages on, `status` filters.
   *
   * @throws TroupeError `invalid-options`, `not-found` where the log no longer has the conversation to page on from
   */
  list(options: ConversationListOptions = {}): readonly Conversation[] {
    checkQuery('conversations.list', options, QUERY);
    const { status, limit = 100, after } = options;
    const before = after === undefined ? Number.MAX_SAFE_INTEGER : this.#firstOf(after);
    return this.#source.store.conversations.list(status, { limit, before }).map(row => this.#show(row));
  }

  #firstOf(id: string): number {
    const root = this.#rootOf(id);
    // Retention may take a conversation between two pages; where it stood is still known.
    const first = this.#source.store.conversations.get(root)?.first ?? root;
    if (typeof first === 'number') return first;
    throw new TroupeError('not-found', `The log has no conversation ${id}. List from the start.`);
  }

  #rootOf(id: string): number | string {
    const { store } = this.#source;
    const position = this.#source.positionOf(id);
    return position === undefined ? id : (store.messages.get(position)?.correlation ?? position);
  }

  #nameOf(root: number | string): string {
    return typeof root === 'string' ? root : this.#source.idOf(root);
  }

  #show(row: ConversationRow): Conversation {
    const { root, type, key, status, startedAt, lastAt, deadLetters } = row;
    const { waiting, retrying, stashed, tasks, timers, owed: repliesOwed } = row;
    const parts = (JSON.parse(row.instances) as StoredPart[]).map(part => ({ ...part, ...parseAddress(part.address) }));
    return {
      correlationId: this.#nameOf(root),
      type,
      key,
      status,
      startedAt,
      lastAt,
      open: { waiting, retrying, stashed, tasks, timers, repliesOwed },
      deadLetters,
      sagas: parts
        .filter(({ name }) => !isMonitorName(name))
        .map(part => ({ name: part.name, key: part.key, status: part.status })),
      monitors: parts.filter(({ name }) => isMonitorName(name)).map(part => toMonitor(part)),
    };
  }
}

function toMonitor(part: StoredPart & { readonly name: string; readonly key: string }): ConversationMonitor {
  const { name, key, status, data } = part;
  const shown = status === 'running' ? 'open' : (status as 'overdue' | 'completed');
  return { name, key, status: shown, since: data.since, due: data.due, completedAt: data.outcome?.at };
}

/** A name in the place of the contract would find nothing, like a key that never was. */
function typeOf(contract: unknown): string {
  if (typeof contract === 'function' && 'type' in contract) return String(contract.type);
  throw new TroupeError(
    'invalid-options',
    'A conversation is found by a contract and a key. Pass what defineEvent or defineCommand returned, then the key.',
  );
}
