// What handlers may do: the types of ctx, derived from what the actor declares.
import type {
  AnyCommand,
  AnyContract,
  CommandContract,
  DataOf,
  EventContract,
  ReadonlyDeep,
  ReplyOf,
} from '../runtime/message/contract.ts';
import type { Duration } from '../runtime/message/duration.ts';
import type { Envelope } from '../runtime/message/envelope.ts';
import type { TurnLog } from '../runtime/turn/behavior.ts';
import type { Actor } from './actor.ts';

/** How one message is sent. */
export interface SendOptions {
  /** The instance it concerns; default: the contract's key. */
  readonly key?: string | undefined;
  /** Keeps it out of the log until then. */
  readonly delay?: Duration | undefined;
  /** Not handled any more after this time. */
  readonly ttl?: Duration | undefined;
  /** Lower-case names; inherited by what follows from the message. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** When a scheduled command is sent. */
export interface TimerOptions extends Omit<SendOptions, 'delay'> {
  readonly after: Duration;
  /** One timer per id: arming again replaces it, and `ctx.cancel(id)` takes it back. */
  readonly id?: string | undefined;
}

/** Reads that every handler has. */
export interface HandlerContext {
  /** The key of this instance. */
  readonly key: string;
  readonly message: Envelope;
  /** From 1. */
  readonly attempt: number;
  /** Lines are written after the commit; those of a failed turn are marked `dropped`. */
  readonly log: TurnLog;
  /** The runtime's clock, ms since 1970. */
  now(): number;
  random(): number;
  /** Unique, and never repeated over restarts, restored backups or other files. */
  id(): string;
}

/** What a transactional handler may do: change state, send, publish, arm timers, start tasks, write SQL. */
export interface ActorContext<
  State = unknown,
  Publishes extends string = never,
  Sends extends string = never,
  Sql = never,
> extends HandlerContext {
  /** A draft: change it or replace it. It is kept when the turn commits. */
  state: State;
  /** The application's database inside this turn; only for actors that declare `sql`. */
  readonly sql: Sql;
  publish<Type extends Publishes, Input>(
    event: EventContract<Type, unknown, Input>,
    data: NoInfer<Input>,
    options?: SendOptions,
  ): void;
  send<Type extends Sends, Input>(
    command: CommandContract<Type, unknown, unknown, Input>,
    data: NoInfer<Input>,
    options?: SendOptions,
  ): void;
  /** Starts this actor's own task for `contract` at this instance, after the commit. */
  start<Input>(contract: AnyContract & ((data: Input) => unknown), data: NoInfer<Input>): void;
  /** Arms a durable timer that sends `command` to its owner; one per `id`. */
  schedule<Type extends Sends, Input>(
    command: CommandContract<Type, unknown, unknown, Input>,
    data: NoInfer<Input>,
    options: TimerOptions,
  ): void;
  cancel(timerId: string): void;
  /** Names the waiting asker; keep it in the state to answer with `reply` in a later turn. */
  readonly replyTicket: string;
  /** `return ctx.deferReply()` says that the reply comes later. Typed `never` so that it fits every reply. */
  deferReply(): never;
  reply<C extends AnyCommand>(command: C, ticket: string, reply: ReplyOf<C>): void;
  /** Ends this instance: its state and timers go, the next message starts a new one. */
  stop(): void;
}

/**
 * What an asynchronous handler may do: read, call out. It cannot write, which is the rule "persist or call out, never
 * both".
 */
export interface TaskContext<State = unknown> extends HandlerContext {
  /** As committed when the attempt began. */
  readonly state: Readonly<State>;
  /** Same over all attempts and restarts; give it to the outside world. */
  readonly idempotencyKey: string;
  /** Aborts when the attempt times out or the runtime stops. */
  readonly signal: AbortSignal;
  /** Says that the attempt is alive: its timeout starts anew. */
  heartbeat(): void;
  /** Remembers what `run` returns: a later attempt skips it. */
  step<T>(name: string, run: () => Promise<T> | T): Promise<T>;
  /** Waits in durable time: after a restart only the rest of it. */
  sleep(name: string, duration: Duration): Promise<void>;
  /** Sends a command and waits; a later attempt gets the stored reply instead of a second execution. */
  ask<Input, Reply>(
    name: string,
    command: CommandContract<string, unknown, Reply, Input>,
    data: NoInfer<Input>,
    options?: { readonly timeout?: Duration | undefined },
  ): Promise<Reply>;
}

/**
 * What a handler of `C` returns. Handlers are declared `<C, const Reply extends ReplyFor<C>>(…) => Reply`: TypeScript
 * widens literals
 * in a returned object when the return type mentions a parameter inferred in the same call, unless that parameter is
 * `const`.
 */
export type ReplyFor<C extends AnyContract> = ReadonlyDeep<ReplyOf<C>>;

/** The `ctx` of an actor's `.on` handlers. */
export type ContextOf<A> =
  A extends Actor<infer State, infer Publishes, infer Sends, infer Sql>
    ? ActorContext<State, Publishes, Sends, Sql>
    : never;

/** The type of a handler kept in another file: `HandlerOf<typeof base, typeof ChargePayment>`. */
export type HandlerOf<A, C extends AnyContract> = (ctx: ContextOf<A>, data: DataOf<C>) => ReplyFor<C>;
