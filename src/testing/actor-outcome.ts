// What one message at one actor came to, as the test that sent it reads it.
import { TroupeError } from '../runtime/errors.ts';
import type { AnyCommand, AnyContract, AnyEvent, DataOf } from '../runtime/message/contract.ts';
import type { Headers } from '../runtime/message/headers.ts';
import type { Json } from '../runtime/message/json.ts';
import type { TaskRecord, TestSleep } from './lone-task.ts';
import type { TestLogLine } from './lone-turn.ts';

/** A message an actor wants sent. */
export interface TestMessage {
  readonly type: string;
  readonly key: string;
  readonly data: unknown;
  /** Not handled any more after this time, in ms. */
  readonly ttlMs: number | undefined;
  /** Its own; it inherits those of the message it follows from as well. */
  readonly headers: Headers;
}

/** A message to be sent later. */
export interface TestTimer extends TestMessage {
  /** Undefined: nobody can cancel it, because it was delayed and not scheduled. */
  readonly id: string | undefined;
  readonly delayMs: number;
}

/** A task to be run after the commit. */
export interface TestStart {
  readonly type: string;
  readonly data: unknown;
}

/** An answer to a command of an earlier message. */
export interface TestReply {
  readonly ticket: string;
  readonly type: string;
  readonly reply: unknown;
}

/** What the turns of one message have left behind. */
export interface Recorded {
  readonly address: string;
  readonly type: string;
  readonly state: unknown;
  readonly handlers: readonly string[];
  readonly messages: readonly TestMessage[];
  readonly timers: readonly TestTimer[];
  readonly cancelled: readonly string[];
  readonly started: readonly TestStart[];
  readonly replies: readonly TestReply[];
  readonly stopped: boolean;
  readonly logs: readonly TestLogLine[];
  readonly answer: { readonly how: 'now' | 'later' | 'by a task'; readonly value: Json | undefined };
}

/** What one message came to. Nothing of it has happened: no message was sent, no timer armed, no task run. */
export class ActorOutcome<State = unknown, Reply = unknown> {
  /** Frozen. That of a new instance where the actor has stopped. */
  readonly state: State;
  /** The handlers that ran, by type or pattern; those that `where` or `key` kept out are missing. */
  readonly handlers: readonly string[];
  /** What was published and sent, in order. */
  readonly messages: readonly TestMessage[];
  /** What was scheduled, and what was sent or published with `delay`; without what was cancelled at once. */
  readonly timers: readonly TestTimer[];
  /** The ids given to `ctx.cancel`. */
  readonly cancelled: readonly string[];
  /** The tasks that begin, with their data. */
  readonly started: readonly TestStart[];
  /** What `ctx.reply` answered. */
  readonly replies: readonly TestReply[];
  /** Whether the reply comes with a later message. */
  readonly deferred: boolean;
  /** Whether `ctx.stop` was called. */
  readonly stopped: boolean;
  readonly logs: readonly TestLogLine[];
  readonly #of: Recorded;

  constructor(recorded: Recorded) {
    this.#of = recorded;
    this.state = recorded.state as State;
    this.handlers = recorded.handlers;
    this.messages = recorded.messages;
    this.timers = recorded.timers;
    this.cancelled = recorded.cancelled;
    this.started = recorded.started;
    this.replies = recorded.replies;
    this.deferred = recorded.answer.how === 'later';
    this.stopped = recorded.stopped;
    this.logs = recorded.logs;
  }

  /**
   * The reply to the command; `undefined` for an event.
   *
   * @throws TroupeError `reply-unavailable` where it comes later
   */
  get reply(): Reply {
    const { address, type, answer } = this.#of;
    if (answer.how === 'now') return answer.value as Reply;
    const remedy =
      answer.how === 'later'
        ? 'Assert deferred, and the replies of the message that answers.'
        : 'It is a task: use run(…) instead of when(…).';
    throw new TroupeError('reply-unavailable', `${address} has not answered ${type} yet. ${remedy}`);
  }

  /** The data of every `event` it published, without the delayed ones. Needs no `this`. */
  readonly published = <E extends AnyEvent>(event: E): readonly DataOf<E>[] => this.#dataOf(event);

  /** The data of every `command` it sent, without the delayed ones. Needs no `this`. */
  readonly sent = <C extends AnyCommand>(command: C): readonly DataOf<C>[] => this.#dataOf(command);

  #dataOf<C extends AnyContract>(contract: C): readonly DataOf<C>[] {
    return this.messages.filter(({ type }) => type === contract.type).map(({ data }) => data as DataOf<C>);
  }
}

/** What one task came to: its body has run, and then `done` or `failed`. */
export class TaskOutcome<State = unknown, Reply = unknown> extends ActorOutcome<State, Reply> {
  /** The results of `ctx.step` by name: give them to the next attempt. */
  readonly steps: Readonly<Record<string, unknown>>;
  /** The waits of the body, which took no real time. */
  readonly sleeps: readonly TestSleep[];
  readonly #asked: TaskRecord['asked'];

  constructor(recorded: Recorded, { steps, sleeps, asked }: TaskRecord) {
    super(recorded);
    this.steps = Object.fromEntries(steps);
    this.sleeps = sleeps;
    this.#asked = asked;
  }

  /** The data of every `command` the body asked. Needs no `this`. */
  readonly asked = <C extends AnyCommand>(command: C): readonly DataOf<C>[] =>
    this.#asked.filter(({ contract }) => contract === command).map(({ data }) => data as DataOf<C>);
}
