// Compensation: undoes what completed, in reverse order of start, one after the other, and tells how an instance ended.
import type { Json } from '../runtime/message/json.ts';
import type { Calls } from './calls.ts';
import { childContracts, type ChildOutcome, type StartChild, type UndoChild } from './child-contracts.ts';
import { undoOf } from './leaf.ts';
import type { Call, Ending, SagaStatus } from './record.ts';

export class Compensation {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /**
   * Starts the next undo in reverse order of start. Returns how the instance ended once nothing is unsettled and
   * nothing is left to undo (K24).
   */
  proceed(ending: Ending | null): SagaStatus | undefined {
    for (;;) {
      const isUndoing = this.#calls.all.some(
        call => call.undoes !== null && call.status === 'sent' && !this.#isTaken(call),
      );
      const next = isUndoing ? undefined : this.#nextToUndo(ending);
      if (!next) return isUndoing || !ending || this.#calls.isUnsettled ? undefined : this.#statusOf(ending);
      this.undo(next);
    }
  }

  #nextToUndo(ending: Ending | null): Call | undefined {
    const isEnding = ending?.undo === true && !this.#calls.isUnsettled;
    return this.#calls.all.findLast(
      call =>
        call.undoes === null && call.status === 'done' && (call.abandoned || isEnding) && this.#calls.isUndoable(call),
    );
  }

  /** The undo of a child that still runs: it takes back, and nothing has to wait for it. */
  #isTaken(undo: Call): boolean {
    return this.#calls.get(undo.undoes ?? 0)?.status === 'sent';
  }

  /** Starts one undo; a step with nothing to undo is undone at once. */
  undo(call: Call): void {
    const { src, path, spawn, n } = call;
    const leaf = this.#calls.host.program.leaf(src);
    const step = { undoes: n, path, src, spawn };
    if (leaf.kind === 'saga') {
      const { key, by } = call.data as unknown as StartChild;
      this.#calls.send(step, childContracts(leaf.saga.name).undo, { key, by, compensate: true } satisfies UndoChild);
      return;
    }
    const how = undoOf(leaf);
    const data: unknown = how?.data(call.reply as never, call.data as never);
    if (!how || data === undefined) this.#calls.update(one => one.n === n, { status: 'undone' });
    else this.#calls.send(step, how.send, data);
  }

  #statusOf({ as, undo }: Ending): SagaStatus {
    if (this.#calls.all.some(({ status }) => status === 'undo-failed')) return 'compensation-failed';
    if (!undo) return as;
    return as === 'done' || this.#calls.all.some(({ status }) => status === 'undone') ? 'compensated' : as;
  }

  /** An undo has its reply. */
  undone(call: Call, reply: Json): undefined {
    const { status } = (reply ?? {}) as { readonly status?: ChildOutcome['status'] };
    const isChild = this.#calls.host.program.leaf(call.src).kind === 'saga';
    // A child that has completed ends as compensated; one that is not there any more has not.
    const hasCompleted = this.#calls.get(call.undoes ?? 0)?.status === 'done';
    const isFailed = isChild && (status === 'compensation-failed' || (hasCompleted && status !== 'compensated'));
    this.#calls.update(one => one.n === call.n, { status: isFailed ? 'failed' : 'done', reply });
    // The key was taken: the child of another is not ours to undo.
    if (isChild && status === 'exists') return;
    this.#calls.update(one => one.n === call.undoes, { status: isFailed ? 'undo-failed' : 'undone' });
  }
}
