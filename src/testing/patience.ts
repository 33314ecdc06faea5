// Patience: which tasks wait for something outside of their ctx, and how long a test waits for them in real time.
import { TroupeError } from '../runtime/errors.ts';
import { realMs } from '../runtime/platform/real-time.ts';
import type { Kernel } from '../runtime/turn/kernel.ts';
import type { Task } from '../runtime/turn/tasks.ts';

/** A body that has not come back to its ctx after so many macrotasks waits for the real world. */
const SPINS_OF_A_BODY = 32;
/** Less than what test frameworks give a test, so that it is told what it waited for. */
const DEFAULT_PATIENCE_MS = 4_000;

export class Patience {
  readonly #ms: number;
  readonly #names = new Set<string>();
  /** Attempts, by their signal, that are waited for no longer. */
  readonly #givenUp = new WeakSet<AbortSignal>();
  #spins = 0;
  #since = 0;

  constructor(ms: number = DEFAULT_PATIENCE_MS) {
    this.#ms = ms;
  }

  /** The tasks that were waited for really: `shipping/1 shipping.ship`. */
  get names(): readonly string[] {
    return [...this.#names];
  }

  /**
   * The tasks that wait outside of their ctx now; asked once per macrotask.
   *
   * @throws TroupeError `wait-timeout`, once for each attempt
   */
  outside({ tasks }: Kernel, waits: ReadonlySet<AbortSignal>): readonly Task[] {
    const outside = [...tasks.busy].filter(({ running }) => {
      return running && !waits.has(running.signal) && !this.#givenUp.has(running.signal);
    });
    this.#spins = outside.length === 0 ? 0 : this.#spins + 1;
    if (this.#spins < SPINS_OF_A_BODY) return outside;
    const now = realMs();
    if (this.#spins === SPINS_OF_A_BODY) this.#since = now;
    for (const task of outside) this.#names.add(nameOf(task));
    if (now - this.#since >= this.#ms) this.#giveUp(outside);
    return outside;
  }

  #giveUp(outside: readonly Task[]): void {
    this.#spins = 0;
    for (const { running } of outside) if (running) this.#givenUp.add(running.signal);
    const names = outside.map(nameOf).join(', ');
    const problem = `${names} waited ${this.#ms} ms of real time for something outside of its ctx.`;
    throw new TroupeError('wait-timeout', `${problem} Stub it, use ctx.sleep, or raise patience.`, { retryable: true });
  }
}

const nameOf = ({ instance, message }: Task): string => `${instance.address} ${message.type}`;
