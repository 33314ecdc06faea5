// Rehearsal: runs the turns and tasks of one message at a lone actor and folds what they decide.
import { toFailure } from '../runtime/delivery/retry.ts';
import type { Subscription } from '../runtime/delivery/subscription.ts';
import { formatAddress } from '../runtime/message/address.ts';
import type { AnyContract } from '../runtime/message/contract.ts';
import type { Headers } from '../runtime/message/headers.ts';
import { toFrozenJson } from '../runtime/message/json.ts';
import type { LoggedMessage } from '../runtime/store/records.ts';
import type { Decision, Outgoing, TaskEnd } from '../runtime/turn/decision.ts';
import { taskTimeout } from '../runtime/turn/task-attempt.ts';
import { toFailedEnd, toOutcome, type Outcome } from '../runtime/turn/task-end.ts';
import type { Recorded, TestMessage, TestReply, TestStart, TestTimer } from './actor-outcome.ts';
import type { LoneActor, Meeting, Standing } from './lone-actor.ts';
import { LoneTask, type Answer, type TaskRecord } from './lone-task.ts';
import { KeptLog, LoneTurn, type Surroundings, type TestLogLine } from './lone-turn.ts';
import { randomStream, type Random } from './seeded-random.ts';

/** How the tasks of a message are run. */
export interface RunOptions {
  /** Results of `ctx.step` that an earlier attempt has left: these steps are not run again. */
  readonly steps?: Readonly<Record<string, unknown>> | undefined;
  /** What the body gets as `ctx.signal`. */
  readonly signal?: AbortSignal | undefined;
  /** Does not run the body: its last attempt gave no sign for its timeout. */
  readonly timesOut?: boolean | undefined;
}

export class Rehearsal {
  readonly #actor: LoneActor;
  readonly #meeting: Meeting;
  readonly #random: Random;
  readonly #ran: string[] = [];
  readonly #messages: TestMessage[] = [];
  #timers: TestTimer[] = [];
  readonly #cancelled: string[] = [];
  readonly #started: TestStart[] = [];
  readonly #replies: TestReply[] = [];
  readonly #logs: TestLogLine[] = [];
  readonly #log = new KeptLog(this.#logs);
  #state: unknown;
  #position: number;
  #stopped = false;
  #passedMs = 0;
  #answer: Recorded['answer'] = { how: 'now', value: undefined };

  constructor(actor: LoneActor, meeting: Meeting, state: unknown) {
    this.#actor = actor;
    this.#meeting = meeting;
    this.#state = state === undefined ? actor.behavior.initial(meeting.key) : state;
    this.#position = meeting.message.position;
    this.#random = randomStream(actor.seed, `message ${this.#position}`);
  }

  get standing(): Standing {
    return { key: this.#meeting.key, state: this.#state, position: this.#position };
  }

  get recorded(): Recorded {
    return {
      address: formatAddress(this.#actor.name, this.#meeting.key),
      type: this.#meeting.message.type,
      state: this.#state,
      handlers: this.#ran,
      messages: this.#messages,
      timers: this.#timers,
      cancelled: this.#cancelled,
      started: this.#started,
      replies: this.#replies,
      stopped: this.#stopped,
      logs: this.#logs,
      answer: this.#answer,
    };
  }

  /** Runs the handlers of the message in order; tasks are only noted. All or nothing. */
  turns(): void {
    const { handlers, message } = this.#meeting;
    this.#actor.inTransaction(() => {
      for (const subscription of handlers) {
        this.#ran.push(subscription.handler.id);
        if (subscription.handler.task) this.#begin(message);
        else this.#turn(subscription, message, this.#meeting.attempt);
      }
    });
  }

  /** Runs the tasks of the message in order, each with the turn that ends it. */
  async tasks(options: RunOptions, answers: ReadonlyMap<AnyContract, Answer>): Promise<TaskRecord> {
    const steps = Object.entries(options.steps ?? {});
    const record: TaskRecord = {
      steps: new Map(
        steps.map(([name, value]) => [name, value === undefined ? value : toFrozenJson(value, `step ${name}`)]),
      ),
      sleeps: [],
      asked: [],
    };
    for (const subscription of this.#meeting.handlers) {
      if (!subscription.handler.task) continue;
      this.#ran.push(subscription.handler.id);
      const task = new LoneTask(this.#actor, this.#meeting, {
        ...this.#around(subscription, this.#meeting.attempt),
        signal: options.signal ?? new AbortController().signal,
        pass: ms => void (this.#passedMs += ms),
        record,
        answers,
      });
      const outcome = options.timesOut === true ? this.#timeOut(subscription) : await this.#attempt(subscription, task);
      this.#end(subscription, outcome);
    }
    return record;
  }

  async #attempt({ handler }: Subscription, task: LoneTask): Promise<Outcome> {
    try {
      return toOutcome(await handler.task?.run(task, this.#actor.data(this.#meeting.message)));
    } catch (error) {
      return { ok: false, error, timedOut: false };
    } finally {
      task.close();
    }
  }

  #timeOut({ handler }: Subscription): Outcome {
    const { address, type } = this.recorded;
    return { ok: false, error: taskTimeout(type, address, handler.task?.timeoutMs ?? 0), timedOut: true };
  }

  /** A failure that the definition does not catch is the test's to see. */
  #end(subscription: Subscription, outcome: Outcome): void {
    if (!outcome.ok && subscription.handler.task?.catches !== true) throw outcome.error;
    const { attempt } = this.#meeting;
    const end: TaskEnd = outcome.ok
      ? outcome.end
      : toFailedEnd(toFailure(outcome.error, attempt, this.#now()), outcome.error, outcome.timedOut);
    this.#position += 1;
    const message = this.#actor.endOf(this.#meeting, end, this.#position);
    this.#actor.inTransaction(() => this.#turn(subscription, message, 1));
  }

  #begin({ type, kind, data }: LoggedMessage): void {
    this.#started.push({ type, data });
    if (kind === 'command') this.#answer = { how: 'by a task', value: undefined };
  }

  #turn(subscription: Subscription, message: LoggedMessage, attempt: number): void {
    const turn = new LoneTurn(this.#actor, [message, this.#meeting.message], this.#around(subscription, attempt));
    this.#keep(this.#actor.inTurn(() => this.#actor.behavior.handle(turn)));
  }

  #around(subscription: Subscription, attempt: number): Surroundings {
    const now = (): number => this.#now();
    const { key } = this.#meeting;
    return { subscription, key, state: this.#state, attempt, random: this.#random, log: this.#log, now };
  }

  #now(): number {
    return this.#actor.now + this.#passedMs;
  }

  /** The order is that of the kernel: cancel before arm, stop at the end. */
  #keep(decision: Decision): void {
    const { changed, state, deferred, reply, stopped, starts = [], replies = [] } = decision;
    if (changed) this.#state = state;
    this.#arm(decision);
    for (const { type, data } of starts) this.#started.push({ type, data });
    for (const { ticket, contract, value } of replies) {
      this.#replies.push({ ticket, type: contract.type, reply: value });
    }
    this.#answer = { how: deferred ? 'later' : 'now', value: reply };
    if (stopped) this.#stop();
  }

  #arm({ cancelled = [], timers = [], outgoing = [] }: Decision): void {
    for (const id of cancelled) this.#disarm(id);
    this.#cancelled.push(...cancelled);
    for (const { id, delayMs, send } of timers) {
      this.#disarm(id);
      if (!('tick' in send)) this.#timers.push({ ...toMessage(send), id, delayMs });
    }
    for (const out of outgoing) {
      if (out.delayMs === undefined) this.#messages.push(toMessage(out));
      else this.#timers.push({ ...toMessage(out), id: undefined, delayMs: out.delayMs });
    }
  }

  #disarm(id: string): void {
    this.#timers = this.#timers.filter(timer => timer.id !== id);
  }

  #stop(): void {
    this.#stopped = true;
    this.#state = this.#actor.behavior.initial(this.#meeting.key);
    this.#timers = this.#timers.filter(timer => timer.id === undefined);
  }
}

function toMessage({ contract, key, data, ttlMs, headers }: Outgoing): TestMessage {
  const own = headers === undefined ? {} : (JSON.parse(headers) as Headers);
  return { type: contract.type, key, data, ttlMs, headers: own };
}
