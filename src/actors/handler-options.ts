// Options of handlers: which instance takes a message, which messages it wants, and how failures are retried.
import type { RetryPolicy } from '../runtime/delivery/retry.ts';
import type { AnyCommand, AnyEvent } from '../runtime/message/contract.ts';
import type { Duration } from '../runtime/message/duration.ts';

/** Options of one handler. */
export interface HandlerOptions<Data> {
  /** Which instance of this actor takes the message; default: the contract's key. */
  readonly key?: ((data: NoInfer<Data>) => string) | undefined;
  /** Deliver only what this accepts. */
  readonly where?: ((data: NoInfer<Data>) => boolean) | undefined;
  readonly retry?: RetryPolicy | undefined;
  /** Where a new subscription starts: with what comes (`now`, the default), with what is kept, or at a position. */
  readonly from?: 'now' | 'beginning' | number | undefined;
  /** Narrows what the actor declares to what this handler does. */
  readonly publishes?: readonly AnyEvent[] | undefined;
  readonly sends?: readonly AnyCommand[] | undefined;
  /** Names work that is done once per key, whoever asks for it; `effects` of the app says what follows if not. */
  readonly effect?: string | undefined;
  /** Several; all of them are taken or none. */
  readonly effects?: readonly string[] | undefined;
  /**
   * Skips the event where a running saga `orchestrates` a command of this actor, or one this handler sends, for the key
   * under which the handler takes the event. The trace says who has claimed it.
   */
  readonly yieldsTo?: 'orchestrator' | undefined;
}

/** Options of one task. */
export interface TaskOptions<Data> extends HandlerOptions<Data> {
  /** How long an attempt may go without an end or a heartbeat. Default 30 s. */
  readonly timeout?: Duration | undefined;
  /** How many run at once, over all instances. Default 64. */
  readonly concurrency?: number | undefined;
}

/** Why a task failed for good. */
export interface TaskFailure {
  readonly name: string;
  readonly message: string;
  readonly code?: string | undefined;
  readonly attempts: number;
  readonly timedOut: boolean;
}

/**
 * A task in two phases: `run` calls out, then `done` or `failed` finishes in a transaction. Write `run` first: `done`
 * takes its result type from it.
 */
export interface TaskSteps<Context, Scope, Data, Reply, Result> extends TaskOptions<Data> {
  readonly run: (ctx: Scope, data: Data) => Promise<Result>;
  readonly done: (ctx: Context, result: Result, data: Data) => Reply;
  readonly failed?: ((ctx: Context, failure: TaskFailure, data: Data) => Reply) | undefined;
}
