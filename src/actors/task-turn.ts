// The ctx of a task body: the kernel's scope with the surface's durations.
import type { AnyContract } from '../runtime/message/contract.ts';
import { toMs, type Duration } from '../runtime/message/duration.ts';
import type { Envelope } from '../runtime/message/envelope.ts';
import type { TaskScope, TurnLog } from '../runtime/turn/behavior.ts';

/** Untyped twin of `TaskContext`; the definition types it. */
export class TaskTurn {
  readonly #scope: TaskScope;

  constructor(scope: TaskScope) {
    this.#scope = scope;
  }

  get key(): string {
    return this.#scope.key;
  }

  get message(): Envelope {
    return this.#scope.message;
  }

  get attempt(): number {
    return this.#scope.attempt;
  }

  get state(): unknown {
    return this.#scope.state;
  }

  get idempotencyKey(): string {
    return this.#scope.idempotencyKey;
  }

  get signal(): AbortSignal {
    return this.#scope.signal;
  }

  get log(): TurnLog {
    return this.#scope.log;
  }

  now(): number {
    return this.#scope.now();
  }

  random(): number {
    return this.#scope.random();
  }

  id(): string {
    return this.#scope.id();
  }

  heartbeat(): void {
    this.#scope.heartbeat();
  }

  step<T>(name: string, run: () => Promise<T> | T): Promise<T> {
    return this.#scope.step(name, run);
  }

  async sleep(name: string, duration: Duration): Promise<void> {
    await this.#scope.sleep(name, toMs(duration, `sleep ${name}`));
  }

  async ask(
    name: string,
    command: AnyContract,
    data: unknown,
    options?: { readonly timeout?: Duration | undefined },
  ): Promise<unknown> {
    const timeoutMs = options?.timeout === undefined ? undefined : toMs(options.timeout, `ask ${name}: timeout`);
    return this.#scope.ask(name, command, data, timeoutMs);
  }
}
