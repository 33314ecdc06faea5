// Decision: what one turn wants done; nothing of it happens before the commit.
import type { AnyContract } from '../message/contract.ts';
import type { Json } from '../message/json.ts';
import type { MessageKind } from '../store/records.ts';

/** A message to append, or to keep in a timer until it is due. */
export interface Outgoing {
  readonly contract: AnyContract;
  readonly data: Json;
  readonly text: string;
  readonly key: string;
  readonly delayMs: number | undefined;
  readonly ttlMs: number | undefined;
  readonly headers: string | undefined;
  /** Names the reply when it comes back to this address; undefined: nobody waits. */
  readonly token: string | undefined;
}

export interface TimerStart {
  readonly id: string;
  readonly delayMs: number;
  readonly clock: 'wall' | 'up';
  /** A command to send, or data for the address itself. */
  readonly send: Outgoing | { readonly tick: Json };
}

export interface TaskStart {
  /** The id of a handler of this behavior that has a task. */
  readonly handler: string;
  /** Of the message that stands for the task in the log. */
  readonly type: string;
  readonly version: number;
  readonly kind: MessageKind;
  readonly data: Json;
  readonly text: string;
  /** Tasks of one lane run one after the other; all that name none share one. */
  readonly lane?: string | undefined;
}

export interface DeferredReply {
  readonly ticket: string;
  readonly contract: AnyContract;
  readonly value: Json | undefined;
}

/** A failed reply: thrown at the asker, or `onError` of a saga. */
export interface ReplyError {
  readonly name: string;
  readonly message: string;
  readonly code: string;
}

/** How a task ended; the data of its end message. */
export type TaskEnd =
  | { readonly ok: true; readonly result: Json }
  | {
      readonly ok: false;
      readonly failure: {
        readonly name: string;
        readonly message: string;
        readonly code?: string | undefined;
        /** The `data` property of the error, where it is JSON. */
        readonly data?: Json | undefined;
        readonly attempts: number;
        readonly timedOut: boolean;
      };
    };

/** Built by a behavior, read once by the kernel. */
export class Decision {
  state: unknown = undefined;
  changed = false;
  /** The reply to the command being handled; ignored for events. */
  reply: Json | undefined = undefined;
  deferred = false;
  /** Ends this instance: its state and timers go, a later message starts a new incarnation. */
  stopped = false;
  /** Ends what the instance was, as `stopped` does, before anything else of this decision is kept. */
  restarted = false;
  /** Sagas: 'running' or how the instance ended; undefined leaves it as it is. */
  status: string | undefined = undefined;
  /** For the trace: what became of the message. */
  outcome: string | undefined = undefined;
  /** For the trace: what the behavior wants remembered of this turn. */
  detail: Json | undefined = undefined;
  outgoing: Outgoing[] | undefined = undefined;
  timers: TimerStart[] | undefined = undefined;
  cancelled: string[] | undefined = undefined;
  /** Lanes whose tasks end now, without an end message; what `starts` puts there comes after. */
  cancelledTasks: string[] | undefined = undefined;
  starts: TaskStart[] | undefined = undefined;
  replies: DeferredReply[] | undefined = undefined;
  /** Puts this message aside, unanswered, keeping everything else of the decision. */
  stash = false;
  /** Brings back what this instance has put aside so far, before everything that waits in its mailbox. */
  unstash = false;
  /** Discards this message to the dead letters with this reason, keeping everything else of the decision. */
  deadLetter: string | undefined = undefined;
}
