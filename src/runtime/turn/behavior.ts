// Behavior: the only port between the kernel and what runs on it; actors and sagas compile to it.
import type { Database } from 'better-sqlite3';
import type { RetryPolicy } from '../delivery/retry.ts';
import type { AnyContract } from '../message/contract.ts';
import type { Envelope } from '../message/envelope.ts';
import type { MessageKind } from '../store/records.ts';
import type { Decision } from './decision.ts';

/** What a task body may use; the kernel makes it, the actor layer types it. */
export interface TaskScope {
  readonly key: string;
  readonly message: Envelope;
  readonly attempt: number;
  readonly state: unknown;
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
  readonly log: TurnLog;
  now(): number;
  random(): number;
  id(): string;
  heartbeat(): void;
  step<T>(name: string, run: () => Promise<T> | T): Promise<T>;
  sleep(name: string, delayMs: number): Promise<void>;
  ask(name: string, command: AnyContract, data: unknown, timeoutMs: number | undefined): Promise<unknown>;
}

export interface TaskHandler {
  readonly timeoutMs: number;
  readonly concurrency: number;
  /** Whether the behavior handles a task that failed for good; if not, its message becomes a dead letter. */
  readonly catches: boolean;
  run(scope: TaskScope, data: unknown): Promise<unknown>;
}

/**
 * One subscription of a behavior: which messages it takes, by contract or by pattern, and how. With neither it is
 * never routed to: what an address sends itself, or a task that turns start by its id.
 */
export interface Handler {
  /** Stable name, unique in the behavior; stored with open work. */
  readonly id: string;
  readonly contract: AnyContract | undefined;
  readonly pattern: string | undefined;
  readonly key: ((data: never) => string) | undefined;
  readonly where: ((data: never) => boolean) | undefined;
  readonly retry: RetryPolicy | undefined;
  readonly from: 'now' | 'beginning' | number;
  readonly task: TaskHandler | undefined;
  /** Names of the work it does, which the effect ledger keeps (K26). */
  readonly effects?: readonly string[] | undefined;
  /** What a message claims that starts an instance here. */
  readonly claims?: readonly ClaimRule[] | undefined;
  /** Commands: an event is skipped where an instance has claimed one of them for the key. */
  readonly yieldsTo?: readonly string[] | undefined;
}

/** A command whose work an instance claims with the message that starts it (K25). */
export interface ClaimRule {
  readonly command: string;
  /** The key of the work, from the data of the message; undefined: the key of the instance. */
  readonly key: ((data: never) => string) | undefined;
}

/** Where a handler writes log lines: fields, a message, or both. */
export interface TurnLog {
  info(fields: object | string, message?: string): void;
  warn(fields: object | string, message?: string): void;
  error(fields: object | string, message?: string): void;
}

/** Everything a behavior may read while it handles one message. */
export interface Turn {
  readonly handler: Handler;
  /** What the message is for; `end` and `tick` are made by the runtime. */
  readonly kind: MessageKind;
  /** The payload of the message. */
  readonly data: unknown;
  readonly envelope: Envelope;
  /** What a task was started by, when the message is the task's end; else the message itself. */
  readonly origin: Envelope;
  readonly key: string;
  readonly state: unknown;
  readonly status: string | null;
  readonly attempt: number;
  /** Whether the log may hold older messages that this behavior has not been given yet. */
  readonly isBehind: boolean;
  /** Unique per message and handler, the same at every attempt (K1). */
  readonly effectKey: string;
  readonly log: TurnLog;
  now(): number;
  random(): number;
  id(): string;
  /** The database inside this turn's savepoint; `make` builds what the application wants of it, once per runtime. */
  sql<T>(make: (database: Database) => T): T;
}

/** The handler id of what an address sends itself: replies and ticks. */
export const SELF = 'self';

/** What an instance waits for: the answer to something it has started, or one of these events. */
export type Awaited =
  | {
      readonly kind: 'step';
      readonly step: string;
      readonly isUndo: boolean;
      /** An address, or the reply to a command. */
      readonly what: string;
    }
  | { readonly kind: 'event'; readonly types: readonly string[] }
  | {
      readonly kind: 'outcome';
      readonly types: readonly string[];
      readonly due: number;
      readonly isOverdue: boolean;
      readonly correlationId: string;
    };

export interface Behavior {
  readonly kind: 'actor' | 'saga' | 'monitor';
  readonly name: string;
  readonly renamedFrom: string | undefined;
  readonly handlers: readonly Handler[];
  readonly single: boolean;
  readonly publishes: readonly AnyContract[];
  readonly sends: readonly AnyContract[];
  readonly usesSql: boolean;
  /** Instances keep no row when there is no state. */
  readonly stateful: boolean;
  readonly version: number;
  readonly retryOrder: 'block' | 'skip-ahead';
  readonly onExhausted: 'continue' | 'hold';
  /** The commands its instances claim while they run. */
  readonly claims?: readonly string[] | undefined;
  /** The frozen JSON state of a new instance. */
  initial(key: string): unknown;
  /**
   * A stored state, written by code of version `from`, as the code of today understands it. Throws when it cannot; the
   * instance is then held.
   */
  restore(state: unknown, from: number): unknown;
  /** What an instance with this state waits for; without it nothing is known. */
  readonly awaits?: ((state: unknown) => readonly Awaited[]) | undefined;
  handle(turn: Turn): Decision;
}
