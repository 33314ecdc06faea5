// One attempt of a task: the scope its body sees, its timeout, and the steps it remembers.
import type { TaskScope, TurnLog } from './behavior.ts';
import type { Subscription } from '../delivery/subscription.ts';
import { TroupeError } from '../errors.ts';
import type { AnyContract } from '../message/contract.ts';
import type { Envelope } from '../message/envelope.ts';
import { fromJsonText, toFrozenJson, toJsonText } from '../message/json.ts';
import type { Alarm } from '../platform/platform.ts';
import { ask } from './ask.ts';
import { Act } from './input.ts';
import type { Kernel } from './kernel.ts';
import { LoggedEnvelope } from './logged-envelope.ts';
import { toOutcome } from './task-end.ts';
import { DEFAULT_LANE } from './task-lanes.ts';
import type { Task, Tasks } from './tasks.ts';

export class TaskAttempt implements TaskScope {
  readonly task: Task;
  readonly attempt: number;
  /** Monotonic ms when the body was called. */
  startedMs = 0;
  readonly #kernel: Kernel;
  readonly #tasks: Tasks;
  readonly #controller = new AbortController();
  readonly #used = new Set<string>();
  #steps = new Map<string, string>();
  #state: unknown = undefined;
  #alarm: Alarm | undefined = undefined;
  #ids = 0;
  #open = true;
  #waiting = 0;
  #return: Promise<void> | undefined = undefined;

  constructor(kernel: Kernel, task: Task, tasks: Tasks) {
    this.#kernel = kernel;
    this.task = task;
    this.attempt = task.row.attempt;
    this.#tasks = tasks;
  }

  get key(): string {
    return this.task.instance.key;
  }

  get message(): Envelope {
    return new LoggedEnvelope(this.task.message, this.#kernel);
  }

  get state(): unknown {
    return this.#state;
  }

  get idempotencyKey(): string {
    return `${this.#kernel.idOf(this.task.message.position)}-${this.task.subscription.id}`;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get log(): TurnLog {
    const { logger } = this.#kernel;
    const fixed = { address: this.task.instance.address, attempt: this.attempt };
    const write =
      (level: 'info' | 'warn' | 'error') =>
      (fields: object | string, message?: string): void =>
        typeof fields === 'string' ? logger[level](fixed, fields) : logger[level]({ ...fixed, ...fields }, message);
    return { info: write('info'), warn: write('warn'), error: write('error') };
  }

  now(): number {
    return this.#kernel.clock.now();
  }

  random(): number {
    return this.#kernel.platform.random();
  }

  id(): string {
    this.#ids += 1;
    return `${this.idempotencyKey}-${this.#ids}`;
  }

  heartbeat(): void {
    this.#assertOpen();
    this.#armTimeout();
  }

  /** Remembers what `run` returned: a later attempt gets it without running it again. Resolves after its commit. */
  async step<T>(name: string, run: () => Promise<T> | T): Promise<T> {
    this.#assertOpen();
    this.#assertFresh(name);
    const stored = this.#steps.get(name);
    if (stored !== undefined) return (fromJsonText(stored) as readonly unknown[])[0] as T;
    const result: unknown = await run();
    this.#assertOpen();
    const frozen = result === undefined ? [] : [toFrozenJson(result, `step ${name}`)];
    await this.#store(name, toJsonText(frozen, `step ${name}`));
    return frozen[0] as T;
  }

  /** Waits in durable time: after a restart only the rest of it. */
  async sleep(name: string, delayMs: number): Promise<void> {
    this.#assertOpen();
    this.#assertFresh(name);
    const stored = this.#steps.get(name);
    const due = stored === undefined ? this.now() + delayMs : Number(stored);
    if (stored === undefined) await this.#store(name, String(due));
    await this.#wait(
      new Promise((resolve, reject) => {
        this.#kernel.wakes.add(due, () => resolve(undefined));
        this.signal.addEventListener('abort', () => reject(this.signal.reason as Error));
      }),
    );
  }

  /**
   * Sends a command under `<effect key>/<name>`: a later attempt gets the stored reply instead of a second execution.
   */
  async ask(name: string, command: AnyContract, data: unknown, timeoutMs: number | undefined): Promise<unknown> {
    this.#assertOpen();
    this.#assertFresh(name);
    const owner = this.#kernel.router.owner(command.type);
    const { instance, row } = this.task;
    const sameActor = owner?.handler.task !== undefined && owner.registration === instance.registration;
    const sameLane = sameActor && row.lane === DEFAULT_LANE;
    if (sameLane && (owner.registration.behavior.single || keyAt(owner, command, data) === this.key)) {
      throw new TroupeError(
        'ask-own-lane',
        `A task of ${instance.address} asks ${command.type} of its own lane and would wait for itself.`,
      );
    }
    const idempotencyKey = `${this.idempotencyKey}/${name}`;
    const source = instance.address;
    return this.#wait(
      ask(
        this.#kernel,
        { contract: command, data },
        {
          idempotencyKey,
          source,
          cause: this.task.message,
          timeoutMs,
          signal: this.signal,
        },
      ),
    );
  }

  async run(): Promise<void> {
    const { task } = this;
    if (!this.#open) return;
    const handler = task.subscription.handler.task;
    try {
      this.#state = this.#kernel.peekState(task.instance.registration, task.instance.key);
    } catch (error) {
      this.#close();
      this.#tasks.putBack(this, error);
      return;
    }
    try {
      this.#steps = this.#kernel.store.tasks.steps(task.row.id);
      this.#armTimeout();
      this.startedMs = this.#kernel.clock.monotonic();
      this.#kernel.bus.emit('task-started', {
        address: task.instance.address,
        type: task.message.type,
        attempt: this.attempt,
      });
      const value = await handler?.run(this, this.#kernel.data(task.message));
      this.#close();
      this.#tasks.ended(this, toOutcome(value));
    } catch (error) {
      this.#close();
      this.#tasks.ended(this, { ok: false, error, timedOut: false });
    }
  }

  /** The runtime stops: this attempt never counts. */
  abandon(): void {
    this.#leave(new TroupeError('stopped', 'The runtime stops; the task starts again with the next one.'));
  }

  /** A turn of its address has ended the task. */
  cancel(): void {
    const { instance, message } = this.task;
    const problem = `${instance.address} has cancelled its task ${message.type}. Stop what it does; it reaches nobody.`;
    this.#leave(new TroupeError('task-cancelled', problem));
  }

  /** What the body still does reaches nobody. */
  #leave(reason: TroupeError): void {
    this.#close();
    this.task.running = undefined;
    this.#controller.abort(reason);
  }

  #store(name: string, text: string): Promise<void> {
    const act = new Act(() => {
      this.#assertOpen();
      this.#kernel.store.tasks.putStep(this.task.row.id, name, text);
    });
    this.#kernel.submit(act);
    return act.done;
  }

  async #wait<T>(promise: Promise<T>): Promise<T> {
    this.#waiting += 1;
    if (this.#waiting === 1) {
      this.#alarm?.cancel();
      this.#tasks.leave(this.task);
    }
    try {
      return await promise;
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0 && this.#open) await this.#comeBack();
    }
  }

  /** Once for all branches of a body that wait at the same time. */
  async #comeBack(): Promise<void> {
    this.#return ??= this.#tasks.comeBack(this.task);
    await this.#return;
    this.#return = undefined;
    if (!this.#open) return;
    if (this.#waiting > 0) this.#tasks.leave(this.task);
    else this.#armTimeout();
  }

  #armTimeout(): void {
    this.#alarm?.cancel();
    if (this.#waiting > 0) return;
    const timeoutMs = this.task.subscription.handler.task?.timeoutMs ?? Infinity;
    if (timeoutMs === Infinity) return;
    this.#alarm = this.#kernel.platform.alarm(timeoutMs, () => this.#timeOut(timeoutMs));
  }

  #timeOut(timeoutMs: number): void {
    const { instance, message } = this.task;
    const error = taskTimeout(message.type, instance.address, timeoutMs);
    this.#close();
    this.#controller.abort(error);
    this.#tasks.ended(this, { ok: false, error, timedOut: true });
  }

  #close(): void {
    this.#open = false;
    this.#alarm?.cancel();
  }

  #assertOpen(): void {
    if (!this.#open || this.task.isCancelled) {
      throw new TroupeError(
        'ctx-closed',
        'This attempt of the task is over (timed out, cancelled or stopped); its ctx is dead.',
      );
    }
  }

  #assertFresh(name: string): void {
    if (this.#used.has(name)) {
      throw new TroupeError(
        'invalid-options',
        `The step name '${name}' is used twice in one attempt. Give each step, sleep and ask a name of its own.`,
      );
    }
    this.#used.add(name);
  }
}

/** Why an attempt is over that gave no sign of life. */
export function taskTimeout(type: string, address: string, timeoutMs: number): TroupeError {
  return new TroupeError(
    'task-timeout',
    `The task ${type} of ${address} gave no sign for ${timeoutMs} ms. Raise its timeout, or call ctx.heartbeat() ` +
      'while it works.',
    { retryable: true },
  );
}

function keyAt({ handler }: Subscription, command: AnyContract, data: unknown): string {
  return handler.key ? handler.key(data as never) : command.key(data);
}
