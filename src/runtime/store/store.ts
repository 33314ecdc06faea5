// Store port: what one drain reads and writes, and the one transaction that makes it atomic.
import type { Claims, Conversations, Effects } from './hybrid-ports.ts';
import type {
  DeadLetterRow,
  DeliveryRow,
  EpochRow,
  HoldRow,
  IdempotencyRow,
  InstanceCountRow,
  LoggedMessage,
  ScheduleRow,
  StateRow,
  SubscriptionRow,
  TaskRow,
  TimerRow,
  TurnRow,
} from './records.ts';

/** The hot rows of one drain, written together just before the commit. */
export interface Batch {
  readonly messages: readonly LoggedMessage[];
  readonly turns: readonly TurnRow[];
  readonly states: readonly StateRow[];
  readonly opened: readonly DeliveryRow[];
  readonly changed: readonly DeliveryRow[];
  readonly closed: readonly number[];
  readonly last: number;
  readonly time: number;
}

/** Whose turns: of these handlers, at this key. */
export interface TurnsAt {
  readonly subscriptions: readonly number[];
  readonly key: string;
  /** Of a saga, null before it has one; undefined: any message may have been for this key. */
  readonly conversation: number | string | null | undefined;
}

export interface Messages {
  get(position: number): LoggedMessage | undefined;
  /** Events and commands for whoever takes them, after `after` up to and including `upTo`, in order. */
  routedAfter(after: number, upTo: number, limit: number): LoggedMessage[];
  conversation(root: number | string, limit: number): LoggedMessage[];
  turnsOf(position: number): TurnRow[];
  /** In their order, those after the turn `after`. */
  turnsAt(at: TurnsAt, page: { readonly limit: number; readonly after: number }): TurnRow[];
  /** What `source` has sent because of messages of one conversation. */
  causedBy(root: number | string, by: { readonly source: string; readonly causes: readonly number[] }): LoggedMessage[];
  first(): number | undefined;
  list(limit: number, before: number): LoggedMessage[];
}

export interface States {
  get(address: string): StateRow | undefined;
  /** Rows whose address starts with `prefix`, which ends in '/', and comes after `after`. */
  list(prefix: string, limit: number, after: string): StateRow[];
  remove(id: number): void;
  /** Removes the rows whose address starts with `prefix`. */
  removeAll(prefix: string): void;
  lastId(): number;
  /** Addresses of living sagas that start with `prefix` and were written by an older version. */
  outdated(prefix: string, version: number): readonly string[];
  /** Instances by the name of their actor or saga and by status. Reads every row. */
  counts(): readonly InstanceCountRow[];
  /** Open deliveries, tasks and armed timers by the name of the actor or saga they are for. */
  waiting(): readonly { readonly name: string; readonly count: number }[];
}
export interface Deliveries {
  all(): DeliveryRow[];
  of(subscriptions: readonly number[], key: string): DeliveryRow[];
  ofSubscription(subscription: number): DeliveryRow[];
  ofMessages(positions: readonly number[]): DeliveryRow[];
  deferredOf(message: number): DeliveryRow | undefined;
  /** Whether a delivery or task of this message is still open. */
  isOpen(message: number): boolean;
  close(id: number): void;
}
export interface Subscriptions {
  all(): SubscriptionRow[];
  add(row: Omit<SubscriptionRow, 'id'>): SubscriptionRow;
  setCursor(id: number, cursor: number | null): void;
  setSeen(id: number, seen: number): void;
  rename(id: number, name: string, handler: string): void;
  remove(id: number): void;
}
export interface Timers {
  put(row: TimerRow): void;
  remove(name: string, key: string, timer: string): boolean;
  removeAll(name: string, key: string): void;
  get(name: string, key: string, timer: string): (TimerRow & { readonly fired: number }) | undefined;
  of(name: string, key: string): TimerRow[];
  /** What a conversation will send later: timers and delayed messages. */
  ofConversation(root: number | string): TimerRow[];
  due(now: number, limit: number): TimerRow[];
  markFired(name: string, key: string, timer: string): void;
  nextDue(): number | undefined;
  shiftUp(byMs: number): void;
  /** Removes the timers of a name, or the delayed commands of a type. */
  drop(name: string): void;
}
export interface Tasks {
  all(): TaskRow[];
  put(row: TaskRow): void;
  get(id: number): TaskRow | undefined;
  ofMessages(positions: readonly number[]): TaskRow[];
  remove(id: number): void;
  steps(task: number): Map<string, string>;
  putStep(task: number, name: string, result: string): void;
}
export interface DeadLetters {
  add(row: Omit<DeadLetterRow, 'id'>): number;
  get(id: number): DeadLetterRow | undefined;
  list(limit: number, before: number): DeadLetterRow[];
  /** The one that holds an instance since `time`: what its last attempt of a turn came to. */
  holding(name: string, key: string, time: number): DeadLetterRow | undefined;
  /** Whether these handlers have given up a message for this key. */
  isAt(subscriptions: readonly number[], key: string): boolean;
  remove(id: number): void;
  /** Those of one handler. */
  removeOf(subscription: number): void;
  count(): number;
}
export interface Idempotency {
  get(key: string): IdempotencyRow | undefined;
  add(key: string, position: number, time: number): void;
  /** A delayed message has entered the log. */
  place(key: string, position: number): void;
  settle(key: string, outcome: string, reply: string | null): void;
  count(): number;
}
export interface Holds {
  all(): HoldRow[];
  put(row: HoldRow): void;
  remove(name: string, key: string, handler: string): boolean;
}
export interface Schedules {
  all(): ScheduleRow[];
  put(row: ScheduleRow): void;
  remove(name: string): void;
}

/** What is open for one handler, the timers of a name, or the delayed commands of a type. */
export interface OpenWork {
  readonly name: string;
  /** Null for timers and delayed commands. */
  readonly handler: string | null;
  readonly what: 'deliveries' | 'tasks' | 'timers' | 'delayed';
  readonly count: number;
}

/** What a database holds for whom; every question is one read. */
export interface StoredWork {
  /** Of the actors, sagas and monitors whose handlers it remembers. */
  readonly names: readonly string[];
  readonly open: readonly OpenWork[];
  /** How many sagas of a name live. */
  running(name: string): number;
  /** Whether there are rows under both names that would be one if the first became the second. */
  clash(from: string, to: string): boolean;
}

/** How long the log waits for a subscription that is not in the app; one that is has been seen by the newest epoch. */
export const UNREGISTERED_MS = 604_800_000;

/** How long classes of rows are kept, in ms. */
export interface RetentionPolicy {
  readonly logMs: number;
  readonly dedupeMs: number;
  readonly tombstonesMs: number;
  /** Contracts with a `keep` of their own, by type. */
  readonly keepMs: Readonly<Record<string, number>>;
}

/** What a slice of housekeeping has come to. */
export interface Pruned {
  /** Whether there is more to do. */
  readonly more: boolean;
  /** How many idempotency keys are gone. */
  readonly keys: number;
}

export interface StoreInfo {
  readonly file: string;
  readonly durability: 'full' | 'relaxed' | 'memory';
  readonly powerSafe: boolean;
  readonly storeId: string;
  readonly sqlite: string;
  readonly ownsHandle: boolean;
}

/**
 * The store of one runtime. Everything between `begin` and `commit` is one transaction, and nothing is ever open
 * across event-loop ticks.
 */
export interface Store {
  readonly info: StoreInfo;
  readonly messages: Messages;
  readonly conversations: Conversations;
  readonly states: States;
  readonly deliveries: Deliveries;
  readonly subscriptions: Subscriptions;
  readonly timers: Timers;
  readonly tasks: Tasks;
  readonly deadLetters: DeadLetters;
  readonly idempotency: Idempotency;
  readonly effects: Effects;
  readonly claims: Claims;
  readonly holds: Holds;
  readonly schedules: Schedules;
  readonly epochs: readonly EpochRow[];
  /** Begins a write transaction; false when somebody else has the handle busy: come back on a later macrotask. */
  begin(): boolean;
  /**
   * Writes the batch, checks the epoch and commits. `written` is called when only the commit itself is left. Throws a
   * classified TroupeError.
   */
  commit(batch: Batch, written?: () => void): void;
  rollback(): void;
  readonly inTransaction: boolean;
  /**
   * Rows changed on this connection by others than this store since the last commit began; tells writes behind the
   * runtime's back.
   */
  foreignChanges(): number;
  /** What is open for whom. */
  work(): StoredWork;
  hasIncarnation(incarnation: string): boolean;
  openEpoch(incarnation: string, now: number): EpochRow;
  closeEpoch(now: number): void;
  /** Moves everything stored under one actor or saga name to another. */
  rename(from: string, to: string): void;
  /** One slice of housekeeping in its own transaction. */
  prune(policy: RetentionPolicy, now: number, slice: number): Pruned;
  /** Whether enough was committed since the last checkpoint to look at the WAL again. */
  readonly isCheckpointDue: boolean;
  checkpoint(idle: boolean): void;
  /** A consistent copy at `file`, verified by opening it. */
  backup(file: string): void;
  serialize(): Uint8Array;
  close(): void;
}
