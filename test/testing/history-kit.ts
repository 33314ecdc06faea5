// Small models, random executions of them, and a verdict by trying every order there is.
import fc from 'fast-check';
import type { HistoryModel } from '../../src/testing/history-checker.ts';
import { operationsOf, recordHistory, type History, type Invocation } from '../../src/testing/history.ts';

export interface RegisterOp {
  readonly write?: number;
}

/** One number: a write has no result, a read has the number. */
export const register: HistoryModel<number, RegisterOp, number> = {
  init: () => 0,
  step: (state, { write }, result) => {
    if (write !== undefined) return write;
    return result === undefined || result === state ? state : undefined;
  },
  isRead: ({ write }) => write === undefined,
};

/** A list that an append makes longer: it has the new list as its result. */
export const list: HistoryModel<readonly number[], RegisterOp, readonly number[]> = {
  init: () => [],
  step: (state, { write }, result) => {
    const next = write === undefined ? state : [...state, write];
    return result === undefined || String(result) === String(next) ? next : undefined;
  },
};

/** Whether some order of some choice of operations is legal: the definition, one permutation after the other. */
export function hasOrder<State, Op, Result>(
  history: History<Op, Result>,
  model: HistoryModel<State, Op, Result>,
): boolean {
  const crashes = history.records.flatMap(({ type }, place) => (type === 'crash' ? [place] : []));
  const operations = operationsOf(history)
    .filter(({ end }) => end !== 'fail')
    .map(one => {
      const crash = crashes.find(place => place > one.invoked) ?? Infinity;
      return { ...one, last: one.end === 'ok' ? one.returned : crash };
    });
  type Timed = (typeof operations)[number];
  const permute = (state: State, order: readonly Timed[], rest: readonly Timed[]): boolean => {
    if (rest.every(({ end }) => end !== 'ok')) return true;
    return rest.some(one => {
      if (order.some(earlier => one.last < earlier.invoked)) return false;
      const next = model.step(state, one.op, one.result);
      const others = rest.filter(other => other !== one);
      return next !== undefined && permute(next, [...order, one], others);
    });
  };
  return permute(model.init(''), [], operations);
}

interface Step {
  readonly process: number;
  readonly write: number | undefined;
  readonly what: 'go on' | 'give up' | 'crash' | 'late' | 'lie';
}

/** What drives one execution: each step moves one process from idle to invoked to applied to returned. */
export const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record<Step>({
    process: fc.nat(2),
    write: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    what: fc.oneof(
      { weight: 8, arbitrary: fc.constant('go on' as const) },
      { weight: 1, arbitrary: fc.constantFrom('give up' as const, 'crash' as const, 'late' as const, 'lie' as const) },
    ),
  }),
  { minLength: 12, maxLength: 21, size: 'max' },
);

interface Running<Result> {
  readonly op: RegisterOp;
  readonly call: Invocation<Result>;
  result: Result | undefined;
  isApplied: boolean;
}

/** A real object, called by processes whose calls overlap; `lie` says what a step that lies returns. */
export class Execution<State, Result> {
  readonly history = recordHistory<RegisterOp, Result>();
  readonly #running = new Map<number, Running<Result>>();
  #abandoned: Running<Result>[] = [];
  #state: State;
  readonly #apply: (state: State, op: RegisterOp) => readonly [State, Result | undefined];
  readonly #lie: (result: Result | undefined, step: Step) => Result | undefined;

  constructor(
    state: State,
    apply: (state: State, op: RegisterOp) => readonly [State, Result | undefined],
    lie: (result: Result | undefined, step: Step) => Result | undefined = result => result,
  ) {
    this.#state = state;
    this.#apply = apply;
    this.#lie = lie;
  }

  run(all: readonly Step[]): History<RegisterOp, Result> {
    for (const step of all) {
      if (step.what === 'crash') this.#crash();
      else if (step.what === 'late') this.#applyOnce(this.#abandoned.pop());
      else this.#advance(step);
    }
    return this.history;
  }

  #crash(): void {
    this.history.crash();
    this.#running.clear();
    this.#abandoned = [];
  }

  #advance(step: Step): void {
    const { process, write, what } = step;
    const running = this.#running.get(process);
    if (running === undefined) {
      const op = write === undefined ? {} : { write };
      const call = this.history.invoke(`p${process}`, op);
      this.#running.set(process, { op, call, result: undefined, isApplied: false });
    } else if (what === 'give up') {
      running.call.unknown();
      this.#abandoned.push(running);
      this.#running.delete(process);
    } else if (!running.isApplied) this.#applyOnce(running);
    else {
      running.call.ok(what === 'lie' ? this.#lie(running.result, step) : running.result);
      this.#running.delete(process);
    }
  }

  #applyOnce(running: Running<Result> | undefined): void {
    if (running === undefined || running.isApplied) return;
    running.isApplied = true;
    [this.#state, running.result] = this.#apply(this.#state, running.op);
  }
}
