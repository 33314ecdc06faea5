// Ports of what joins both styles: how conversations stand, the effect ledger and claims.
import type { ClaimRow, EffectRow, EffectState } from './records.ts';

/** How a conversation stands; in this order, the first that is true. */
export type ConversationStatus = 'failed' | 'overdue' | 'running' | 'completed' | 'quiet';

/** A conversation as counted; `instances` is JSON of the sagas and monitors that belong to it. */
export interface ConversationRow {
  readonly root: number | string;
  /** The position of its first message. */
  readonly first: number;
  readonly type: string;
  readonly key: string;
  readonly startedAt: number;
  readonly lastAt: number;
  readonly status: ConversationStatus;
  readonly waiting: number;
  readonly retrying: number;
  readonly stashed: number;
  readonly owed: number;
  readonly tasks: number;
  readonly timers: number;
  readonly deadLetters: number;
  readonly instances: string;
}

export interface Conversations {
  get(root: number | string): ConversationRow | undefined;
  /** Those that began before the position `before`, the newest first. */
  list(
    status: ConversationStatus | undefined,
    page: { readonly limit: number; readonly before: number },
  ): ConversationRow[];
  /** The newest that has a message of this type and key. */
  having(type: string, key: string): number | string | undefined;
}
/** Which occurrences of effects; what is undefined does not matter. */
export interface EffectFilter {
  readonly effect?: string | undefined;
  readonly key?: string | undefined;
  readonly state?: EffectState | undefined;
}
/** An occurrence that came second, and the one it repeats. */
export interface RepeatedEffect {
  readonly first: EffectRow;
  readonly second: EffectRow;
}
export interface Effects {
  /** Who does it or has done it. */
  holder(of: Pick<EffectRow, 'effect' | 'scope' | 'key'>): EffectRow | undefined;
  has(of: Pick<EffectRow, 'effect' | 'state' | 'message' | 'subscription'>): boolean;
  add(row: Omit<EffectRow, 'id' | 'reply'>): void;
  /** What runs for this message at this handler is over. */
  end(message: number, subscription: number, state: EffectState): void;
  /** Keeps the reply to the command it was done for. */
  reply(message: number, subscription: number, reply: string): void;
  /** Frees a key in all scopes; how many held it. */
  forget(effect: string, key: string): number;
  /** Handlers whose tasks hold keys, whatever the code of today says of them. */
  heldByTasks(): readonly number[];
  list(filter: EffectFilter, limit: number): EffectRow[];
  repeats(filter: EffectFilter, limit: number): readonly RepeatedEffect[];
}

/** Who a claim belongs to. */
export type Claimer = Pick<ClaimRow, 'saga' | 'sagaKey'>;

export interface Claims {
  /** Keeps a claim, unless the same instance has it already; one since the same message lives again. */
  take(claim: ClaimRow): void;
  /** Whose claim on a command's work for a key applies to the message at `position`; the oldest. */
  at(command: string, key: string, position: number): Claimer | undefined;
  /** Ends what an instance claims. */
  end(by: Claimer, position: number): void;
  /** An instance that goes on claims again, since `position`, what it has claimed before. */
  revive(by: Claimer, position: number): void;
  /** Living instances of a saga that do not claim a command yet claim it, under their own key. */
  adopt(kind: Pick<ClaimRow, 'saga' | 'command'>, since: number): void;
  /** Which sagas claim which commands now. */
  kinds(): readonly Pick<ClaimRow, 'saga' | 'command'>[];
  endKind(kind: Pick<ClaimRow, 'saga' | 'command'>, position: number): void;
  /** Living claims of instances that have not started, and for which none of these handlers has a message in hand. */
  unstarted(subscriptions: readonly number[]): readonly ClaimRow[];
}
