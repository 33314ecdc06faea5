// The invariants of the user in one run: each is asked at its moments, and one that throws is broken.
import type { AskedCommand } from './client.ts';
import type { Invariant, InvariantCheck } from './invariants.ts';
import type { Commit } from './observer.ts';
import type { Problem } from './run-options.ts';
import { textOf } from './run-text.ts';
import type { TestRuntime } from './test-runtime.ts';

export class UserChecks {
  readonly #checks: readonly { readonly name: string; readonly check: InvariantCheck }[];
  readonly #fail: (problem: Problem) => void;

  constructor(invariants: readonly Invariant[], fail: (problem: Problem) => void) {
    this.#checks = invariants.map(({ name, begin }) => ({ name, check: begin() }));
    this.#fail = fail;
  }

  /** Messages were committed. */
  committed({ kernel, batch }: Commit): void {
    for (const message of batch.messages) {
      const { position, type, key, correlation, time } = message;
      const root = correlation ?? position;
      const correlationId = typeof root === 'string' ? root : kernel.idOf(root);
      const seen = { type, key, time, correlationId, data: kernel.data(message) };
      this.#consult(check => check.message?.(seen));
    }
  }

  /** What a commit has released has run. */
  step(runtime: TestRuntime): void {
    this.#consult(check => check.step?.(runtime));
  }

  /** Nothing is left to happen. */
  end(runtime: TestRuntime): void {
    this.#consult(check => check.end?.(runtime, runtime.now()));
  }

  /** A client asks; returns who is to be told the reply. */
  asks(asked: AskedCommand): (reply: unknown) => void {
    const told = this.#checks.map(({ check }) => check.asks?.(asked));
    return reply => told.forEach(tell => tell?.(reply));
  }

  /** One that throws is broken, and must not look like a failed commit. */
  #consult(ask: (check: InvariantCheck) => string | undefined): void {
    for (const { name, check } of this.#checks) {
      try {
        const problem = ask(check);
        if (problem !== undefined) this.#fail({ invariant: name, problem });
      } catch (error) {
        this.#fail({ invariant: name, problem: textOf(error) });
      }
    }
  }
}
