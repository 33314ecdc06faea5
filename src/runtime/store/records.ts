// Records: the rows of the store as the runtime sees them.
import type { Json } from '../message/json.ts';

/**
 * What a message is for. `end` is the end of a task, `tick` a timer of the address itself; both are made by the
 * runtime.
 */
export type MessageKind = 'event' | 'command' | 'reply' | 'end' | 'tick';

/** One row of the log. `data` is parsed lazily after a restart; `text` is what is stored. */
export interface LoggedMessage {
  readonly position: number;
  readonly type: string;
  readonly version: number;
  readonly kind: MessageKind;
  readonly key: string;
  readonly source: string;
  readonly correlation: number | string | null;
  readonly cause: number | null;
  readonly time: number;
  readonly hops: number;
  readonly expires: number | null;
  readonly idempotencyKey: string | null;
  /** JSON of `[name, key, token]`: who gets the reply. */
  readonly replyTo: string | null;
  readonly headers: string | null;
  /** 1 where it is for one handler only, whatever others subscribe to: who reads the log passes it over. */
  readonly direct: 0 | 1;
  readonly text: string;
  /** The frozen payload in the contract's current version; set on first use. */
  data?: Json | undefined;
}

export interface TurnRow {
  readonly message: number;
  readonly turn: number;
  readonly subscription: number;
  readonly attempt: number;
  readonly key: string | null;
  readonly at: number;
  readonly queueUs: number;
  readonly runUs: number;
  readonly outcome: string;
  /** `name: message` of what a failed turn threw. */
  readonly error: string | null;
  /** JSON of what the behavior wants remembered of the turn. */
  readonly detail: string | null;
  /** The key of a saga whose conversation the message is not part of: what its history finds the turn by. */
  readonly visit: string | null;
}

export interface StateRow {
  readonly id: number;
  readonly address: string;
  readonly version: number;
  readonly incarnation: number;
  readonly status: string | null;
  readonly conversation: number | string | null;
  readonly updated: number;
  readonly data: string;
}

/** How many instances have one status. */
export interface InstanceCountRow {
  readonly name: string;
  readonly status: string | null;
  readonly instances: number;
}

/** `deferred`: handled, its reply comes in a later turn. `stashed`: put aside until a later turn wants it back. */
export type DeliveryStatus = 'open' | 'deferred' | 'stashed';

export interface DeliveryRow {
  readonly id: number;
  readonly message: number;
  readonly subscription: number;
  readonly key: string;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly crashes: number;
  readonly due: number;
  readonly timer: string | null;
  readonly generation: number | null;
  /** JSON list of past failures. */
  readonly failures: string | null;
}

export interface SubscriptionRow {
  readonly id: number;
  readonly name: string;
  readonly handler: string;
  readonly cursor: number | null;
  readonly seen: number;
}

export interface TimerRow {
  readonly name: string;
  readonly key: string;
  readonly timer: string;
  readonly generation: number;
  readonly due: number;
  readonly clock: 'wall' | 'up';
  /** JSON of the message it sends. */
  readonly message: string;
}

export interface TaskRow {
  readonly id: number;
  readonly message: number;
  readonly subscription: number;
  readonly key: string;
  readonly incarnation: number;
  readonly attempt: number;
  /** Unclean exits while it may have run. */
  readonly crashes: number;
  /** Starts alone that did not end: each stands for a crash that only this task can have caused. */
  readonly alone: number;
  readonly due: number;
  readonly failures: string | null;
  /** Tasks of one lane of an address run one after the other. */
  readonly lane: string;
}

export interface DeadLetterRow {
  readonly id: number;
  readonly message: number;
  readonly subscription: number;
  readonly name: string;
  readonly key: string;
  readonly reason: string;
  readonly attempts: number;
  readonly crashes: number;
  readonly time: number;
  /** The id its delivery had: a retry of a held instance takes its old place. */
  readonly delivery: number;
  readonly failures: string;
  /** Of a task in a lane of its own: a retry starts it there. */
  readonly lane: string | null;
}

/** The right of a saga to have a command's work done for a key (K25). */
export interface ClaimRow {
  readonly command: string;
  /** The key of the work, where the saga says so another than its own. */
  readonly key: string;
  /** Positions of the first message it applies to, and of the last; null while the saga lives. */
  readonly since: number;
  readonly ended: number | null;
  readonly saga: string;
  readonly sagaKey: string;
}

export interface IdempotencyRow {
  readonly key: string;
  readonly position: number;
  readonly time: number;
  readonly outcome: string | null;
  readonly reply: string | null;
}

/**
 * `running` and `done` hold a key, `failed` and `forgotten` have freed it; the others came second: they went on, did
 * not run, or became a dead letter.
 */
export type EffectState = 'running' | 'done' | 'failed' | 'forgotten' | 'repeated' | 'blocked' | 'dead-letter';

/** One occurrence of a named effect. */
export interface EffectRow {
  readonly id: number;
  readonly effect: string;
  /** Empty, or the conversation within which the effect happens once. */
  readonly scope: string;
  readonly key: string;
  readonly state: EffectState;
  readonly message: number;
  readonly subscription: number;
  readonly address: string;
  readonly time: number;
  /** JSON of the reply to the command it was done for; null where there is none yet. */
  readonly reply: string | null;
}

export interface HoldRow {
  readonly name: string;
  /** Empty: the whole actor, or the subscription in `handler`. */
  readonly key: string;
  readonly handler: string;
  readonly reason: string;
  readonly error: string | null;
  readonly since: number;
}

export interface ScheduleRow {
  readonly name: string;
  readonly pattern: string;
  readonly lastSlot: number | null;
  readonly nextDue: number | null;
  readonly position: number | null;
}

export interface EpochRow {
  readonly epoch: number;
  readonly incarnation: string;
  readonly first: number;
  readonly last: number;
  readonly opened: number;
  readonly time: number;
  readonly clean: number;
}
