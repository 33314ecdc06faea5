// Input: one thing from outside a drain that a drain applies: a message, the end of a task, an operator's act.
import type { TroupeError } from '../errors.ts';
import type { Drain } from './drain.ts';

export interface Input {
  /** New work from the edge: refused when the disk is full, while work of the runtime itself is kept. */
  readonly fromEdge: boolean;
  /** The id of the message it became, once it was applied. */
  readonly messageId: string | undefined;
  /** Runs inside the transaction. Throwing undoes nothing of the others and rejects this input. */
  apply(drain: Drain): void;
  /** The transaction of `drain` is durable. */
  committed(drain: Drain): void;
  /** It will never be applied, or nobody knows whether it was (`commit-unknown`). */
  rejected(error: TroupeError): void;
}

/** An operator's or the runtime's own act: `act` runs in the transaction, its result resolves after the commit. */
export class Act<Result> implements Input {
  readonly fromEdge = false;
  readonly messageId = undefined;
  readonly done: Promise<Result>;
  readonly #act: (drain: Drain) => Result;
  #resolve: (result: Result) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #result: Result | undefined = undefined;

  constructor(act: (drain: Drain) => Result) {
    this.#act = act;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  apply(drain: Drain): void {
    this.#result = this.#act(drain);
  }

  committed(): void {
    this.#resolve(this.#result as Result);
  }

  rejected(error: unknown): void {
    this.#reject(error);
  }
}
