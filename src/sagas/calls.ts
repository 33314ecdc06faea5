// The calls of one instance: the list of what it has started, as one turn changes it.
import type { AnyCommand } from '../runtime/message/contract.ts';
import { undoOf } from './leaf.ts';
import type { Program } from './program.ts';
import { tokenOf, type Call } from './record.ts';
import type { SagaDecision } from './saga-decision.ts';

/** What calls use of the turn. */
export interface CallsHost {
  readonly program: Program;
  readonly wants: SagaDecision;
  readonly key: string;
  random(): number;
  /** Numbers calls and timers of the instance. */
  number(): number;
}

/** Settled calls with nothing to undo are kept this long, for readers. */
const KEPT_CALLS = 100;

export class Calls {
  readonly host: CallsHost;
  #all: readonly Call[];

  constructor(all: readonly Call[], host: CallsHost) {
    this.#all = all;
    this.host = host;
  }

  get all(): readonly Call[] {
    return this.#all;
  }

  /** What is stored: all that is unsettled, may have to be undone or was at the end, and the last of the rest. */
  kept(isEnding: boolean): readonly Call[] {
    if (this.#all.length <= KEPT_CALLS) return this.#all;
    const isNeeded = (call: Call): boolean =>
      call.status === 'sent' ||
      call.status === 'undo-failed' ||
      (call.status === 'undone' && isEnding) ||
      (call.status === 'done' && call.undoes === null && this.isUndoable(call));
    const others = new Set(this.#all.filter(call => !isNeeded(call)).slice(-KEPT_CALLS));
    return this.#all.filter(call => isNeeded(call) || others.has(call));
  }

  get isUnsettled(): boolean {
    return this.#all.some(({ status }) => status === 'sent');
  }

  get(n: number): Call | undefined {
    return this.#all.find(one => one.n === n);
  }

  /** Whether completed work of its kind can be taken back. */
  isUndoable({ src }: Call): boolean {
    const leaf = this.host.program.leaf(src);
    return leaf.kind === 'saga' || undoOf(leaf) !== undefined;
  }

  /** Sends a command whose reply comes back to the call; returns the number of the call. */
  send(
    of: Pick<Call, 'undoes' | 'path' | 'src' | 'spawn'> & { readonly n?: number },
    contract: AnyCommand,
    data: unknown,
  ): number {
    const n = of.n ?? this.host.number();
    const sent = this.host.wants.send(contract, data, tokenOf({ n, attempt: 1 }));
    this.add({ ...of, n, type: contract.type, data: sent });
    return n;
  }

  add(call: Pick<Call, 'n' | 'undoes' | 'path' | 'src' | 'spawn' | 'type' | 'data'>): void {
    const fresh = { ...call, attempt: 1, status: 'sent', abandoned: false, reply: null } as const;
    this.#all = [...this.#all, Object.freeze(fresh)];
  }

  update(which: (call: Call) => boolean, change: Partial<Call>): void {
    this.#all = this.#all.map(call => (which(call) ? Object.freeze({ ...call, ...change }) : call));
  }
}
