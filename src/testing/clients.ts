// Clients: callers of a test runtime, who outlive its processes and learn when one of them died on their call.
import { TroupeError } from '../runtime/errors.ts';
import type { Rig } from './rig.ts';

export class Clients {
  readonly #rig: Rig;
  readonly #waiting = new Set<(error: Error) => void>();

  constructor(rig: Rig) {
    this.#rig = rig;
  }

  /** The outcome of a call, or `crashed` where its process dies first. */
  call<T>(start: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const { process } = this.#rig.current;
      const end = (then: () => void): void => {
        if (!process.isAlive && !this.#mayStillSpeak()) return;
        if (this.#waiting.delete(reject)) then();
      };
      this.#waiting.add(reject);
      start().then(
        value => end(() => resolve(value)),
        (error: unknown) => end(() => reject(error instanceof Error ? error : new Error(String(error)))),
      );
    });
  }

  /** The outcome of a call that returns at once, or `crashed` where its process dies in it. */
  callNow<T>(start: () => T): T {
    const { process } = this.#rig.current;
    try {
      const value = start();
      if (process.isAlive || this.#mayStillSpeak()) return value;
    } catch (error) {
      if (process.isAlive) throw error;
    }
    throw crashed();
  }

  /** Every call that still waits is lost. */
  die(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const reject of waiting) reject(crashed());
  }

  #mayStillSpeak(): boolean {
    this.#rig.lastWords -= 1;
    return this.#rig.lastWords >= 0;
  }
}

function crashed(): TroupeError {
  const problem = 'The process died before this call was answered; its outcome is unknown.';
  return new TroupeError('crashed', `${problem} Call again, with the same idempotencyKey to have it done once.`, {
    retryable: true,
  });
}
