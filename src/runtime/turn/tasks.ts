// Tasks: asynchronous work outside the transaction, in lanes of one address, whose end is an ordinary message (KERNEL K18 to K20).
import type { Failure } from '../delivery/retry.ts';
import { backoffMs, toFailure } from '../delivery/retry.ts';
import type { Subscription } from '../delivery/subscription.ts';
import { TroupeError } from '../errors.ts';
import type { Json } from '../message/json.ts';
import { toFrozenJson, toJsonText } from '../message/json.ts';
import type { LoggedMessage, TaskRow } from '../store/store.ts';
import type { TaskEnd } from './decision.ts';
import type { Drain } from './drain.ts';
import { deadLetter } from './failure.ts';
import { Act } from './input.ts';
import type { Instance } from './instance.ts';
import type { Kernel } from './kernel.ts';
import { TaskAttempt } from './task-attempt.ts';

/** A task in memory: its row, its place in the lane, and the attempt that runs. */
export interface Task {
  row: TaskRow;
  readonly subscription: Subscription;
  readonly instance: Instance;
  readonly message: LoggedMessage;
  running: TaskAttempt | undefined;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown; readonly timedOut: boolean };

/** A task that crashed the process this often runs alone. */
const CRASHES_TO_RUN_ALONE = 2;
const ERROR_CHARS = 500;

export class Tasks {
  readonly #kernel: Kernel;
  readonly #lanes = new Map<Instance, Task[]>();
  readonly #slots = new Map<Subscription, number>();
  /** Their attempt is over and its end is not committed yet: they must not start again meanwhile. */
  readonly #ending = new Set<Task>();
  #running = 0;
  #alone: Task | undefined = undefined;
  #closed = false;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  get count(): number {
    let count = 0;
    for (const lane of this.#lanes.values()) count += lane.length;
    return count;
  }

  get running(): number {
    return this.#running;
  }

  of(instance: Instance): readonly Task[] {
    return this.#lanes.get(instance) ?? [];
  }

  /** Queues a task in this commit; its first attempt starts after it. */
  start(drain: Drain, instance: Instance, subscription: Subscription, message: LoggedMessage): void {
    const row: TaskRow = {
      id: this.#kernel.unique(),
      message: message.position,
      subscription: subscription.id,
      key: instance.key,
      incarnation: instance.incarnation,
      attempt: 1,
      crashes: 0,
      alone: 0,
      due: 0,
      failures: null,
    };
    if (instance.registration.behavior.stateful) drain.makeDirty(instance);
    this.#kernel.store.tasks.put(row);
    drain.afterCommit.push(() => this.enqueue({ row, subscription, instance, message, running: undefined }));
  }

  enqueue(task: Task): void {
    const lane = this.#lanes.get(task.instance);
    if (lane) lane.push(task);
    else this.#lanes.set(task.instance, [task]);
    this.#pump(task.instance);
  }

  /** Starts the head of a lane when it is due and there is a slot. */
  #pump(instance: Instance): void {
    const task = this.#lanes.get(instance)?.[0];
    if (!task || task.running || this.#ending.has(task) || this.#closed) return;
    const kernel = this.#kernel;
    const now = kernel.clock.now();
    const due = Math.max(task.row.due, task.subscription.breaker.restsUntil(now));
    if (due > now) {
      kernel.wakes.add(due, () => this.#pump(instance));
      return;
    }
    if (task.subscription.paused || instance.registration.paused || instance.hold || this.#isFull(task)) return;
    this.#begin(task);
  }

  #isFull(task: Task): boolean {
    if (this.#alone) return true;
    if (task.row.crashes >= CRASHES_TO_RUN_ALONE) return this.#running > 0;
    return (this.#slots.get(task.subscription) ?? 0) >= (task.subscription.handler.task?.concurrency ?? 1);
  }

  #begin(task: Task): void {
    const attempt = new TaskAttempt(this.#kernel, task, this);
    task.running = attempt;
    this.take(task);
    if (task.row.crashes < CRASHES_TO_RUN_ALONE) {
      this.#kernel.platform.defer(() => void attempt.run());
      return;
    }
    this.#alone = task;
    const row = { ...task.row, alone: task.row.alone + 1 };
    const act = new Act(() => this.#kernel.store.tasks.put(row));
    this.#kernel.submit(act);
    act.done.then(
      () => {
        task.row = row;
        void attempt.run();
      },
      () => attempt.abandon(),
    );
  }

  /** Occupies a slot; a task gives it back while it waits in `ask` or `sleep`. */
  take(task: Task): void {
    this.#running += 1;
    this.#slots.set(task.subscription, (this.#slots.get(task.subscription) ?? 0) + 1);
  }

  give(task: Task): void {
    this.#running -= 1;
    this.#slots.set(task.subscription, (this.#slots.get(task.subscription) ?? 1) - 1);
    this.#pumpAll();
  }

  #pumpAll(): void {
    for (const instance of this.#lanes.keys()) this.#pump(instance);
  }

  /** Something that held tasks back has changed. */
  refresh(): void {
    this.#pumpAll();
  }

  /** The attempt is over; what follows is decided in a commit. The first completion of the running attempt wins. */
  ended(attempt: TaskAttempt, outcome: Outcome): void {
    const { task } = attempt;
    if (task.running !== attempt) return;
    task.running = undefined;
    if (this.#alone === task) this.#alone = undefined;
    let end = outcome;
    if ('value' in outcome) {
      try {
        end = { value: outcome.value === undefined ? null : toFrozenJson(outcome.value, 'result') };
      } catch (error) {
        end = { error, timedOut: false };
      }
    }
    this.#ending.add(task);
    this.give(task);
    const runUs = Math.round((this.#kernel.clock.monotonic() - attempt.startedMs) * 1000);
    const act = new Act(drain => this.#finish(drain, task, { ...end, runUs }));
    this.#kernel.submit(act);
    act.done.catch((error: unknown) => {
      this.#ending.delete(task);
      this.#kernel.logger.error({ err: error, address: task.instance.address }, 'the end of a task was lost');
    });
  }

  #finish(drain: Drain, task: Task, outcome: Outcome & { readonly runUs: number }): void {
    const { kernel } = drain;
    const { row, subscription, instance, message } = task;
    drain.touch(instance);
    kernel.load(drain, instance);
    if (instance.incarnation !== row.incarnation) {
      const late = { address: instance.address, messageId: kernel.idOf(row.message) };
      drain.afterCommit.push(() => kernel.logger.info(late, 'late end of a task: its instance was stopped'));
      this.#remove(drain, task);
      return;
    }
    if ('value' in outcome) {
      this.#record(drain, task, { outcome: 'task-done', runUs: outcome.runUs });
      this.#remove(drain, task);
      this.#send(drain, task, { ok: true, result: outcome.value as Json });
      if (subscription.breaker.succeeded())
        drain.afterCommit.push(() => kernel.bus.emit('breaker-closed', { subscription: subscription.name }));
      return;
    }
    const { error, timedOut } = outcome;
    const failures = [
      ...(row.failures === null ? [] : (JSON.parse(row.failures) as Failure[])),
      toFailure(error, row.attempt, drain.now),
    ];
    const { rule } = subscription;
    const { name, message: text, code } = toFailure(error, row.attempt, drain.now);
    const isLast = row.attempt >= rule.attempts || rule.isFinal(error);
    const caught = subscription.handler.task?.catches ?? false;
    const said = isLast && !caught ? 'dead-letter' : 'task-failed';
    this.#record(drain, task, { outcome: said, runUs: outcome.runUs, error: `${name}: ${text}` });
    subscription.breaker.failed(drain.now);
    if (!isLast) {
      const due = drain.now + backoffMs(rule, row.attempt, kernel.platform.random());
      const next: TaskRow = { ...row, attempt: row.attempt + 1, due, alone: 0, failures: JSON.stringify(failures) };
      kernel.store.tasks.put(next);
      drain.afterCommit.push(() => {
        task.row = next;
        this.#ending.delete(task);
        this.#pump(instance);
      });
      return;
    }
    this.#remove(drain, task);
    if (caught) {
      this.#send(drain, task, { ok: false, failure: { name, message: text, code, attempts: row.attempt, timedOut } });
      return;
    }
    const delivery = kernel.makeDelivery(drain, subscription, message, instance.key);
    delivery.attempts = row.attempt;
    // The last start alone came back.
    delivery.crashes = Math.max(0, row.alone - 1);
    delivery.failures = failures;
    deadLetter(drain, delivery, message, timedOut ? 'timed-out' : 'attempts-exhausted', error);
  }

  /** An attempt is a row of the trace like a turn. */
  #record(
    drain: Drain,
    { row }: Task,
    { outcome, runUs, error }: { readonly outcome: string; readonly runUs: number; readonly error?: string },
  ): void {
    drain.turns.push({
      message: row.message,
      turn: this.#kernel.unique(),
      subscription: row.subscription,
      attempt: row.attempt,
      key: row.key,
      at: drain.now,
      queueUs: 0,
      runUs,
      outcome,
      error: error === undefined ? null : error.slice(0, ERROR_CHARS),
    });
  }

  /** Gives up a task whose process died on it alone too often. */
  giveUp(drain: Drain, task: Task): void {
    const { kernel } = drain;
    kernel.store.tasks.remove(task.row.id);
    const delivery = kernel.makeDelivery(drain, task.subscription, task.message, task.instance.key);
    delivery.attempts = task.row.attempt;
    delivery.crashes = task.row.alone;
    deadLetter(
      drain,
      delivery,
      task.message,
      'crashed',
      new TroupeError('handler-failed', 'The process died on this task alone too often.'),
    );
  }

  #remove(drain: Drain, task: Task): void {
    this.#kernel.store.tasks.remove(task.row.id);
    drain.afterCommit.push(() => {
      this.#ending.delete(task);
      const lane = this.#lanes.get(task.instance) ?? [];
      const rest = lane.filter(one => one !== task);
      if (rest.length > 0) this.#lanes.set(task.instance, rest);
      else this.#lanes.delete(task.instance);
      this.#pump(task.instance);
    });
  }

  #send(drain: Drain, task: Task, end: TaskEnd): void {
    const data = (end.ok ? end : { ...end, failure: dropUndefined(end.failure) }) as unknown as Json;
    const message = drain.append({
      type: `${task.message.type}.end`,
      version: 1,
      kind: 'end',
      key: task.instance.key,
      source: task.instance.address,
      text: toJsonText(data, 'result'),
      data,
      cause: task.message,
      hops: task.message.hops,
    });
    drain.deliver(task.subscription, task.instance.key, message);
  }

  /** Stops what runs: attempts are not counted, the tasks start again with the next runtime. */
  close(): void {
    this.#closed = true;
    for (const lane of this.#lanes.values()) for (const task of lane) task.running?.abandon();
  }

  /** For graceful stops: no new attempts, the running ones may finish. */
  drain(): void {
    this.#closed = true;
  }
}

function dropUndefined<T extends object>(value: T): T {
  return Object.freeze(Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined))) as T;
}
