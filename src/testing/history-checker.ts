// Says whether a history has an order in which each operation takes effect between its two ends: linearizability.
import { TroupeError } from '../runtime/errors.ts';
import { operationsOf, type History, type Operation } from './history.ts';
import { describeCounterExample } from './history-report.ts';
import { searchOrder } from './order-search.ts';

/** What the operations on one address mean, one at a time. */
export interface HistoryModel<State, Op, Result> {
  /** The state before the first operation; plain JSON, as every state. */
  init(partition: string): State;
  /**
   * The state after `op`, or `undefined` when `op` cannot have `result` in this state. Without a result nobody knows
   * what it was: the operation has an unknown end, or was ok without one.
   */
  step(state: State, op: Op, result: Result | undefined): State | undefined;
  /** The address: operations of different partitions never see each other. Default: one partition. */
  partition?(op: Op): string;
  /** Whether `op` changes no state, whatever the state is. Saves most of the work where many clients only look. */
  isRead?(op: Op): boolean;
}

/** Options of `checkLinearizable`. */
export interface LinearizableOptions {
  /** What a failed operation may have done: nothing (the default), or anything that an unknown one may have done. */
  readonly failed?: 'no-effect' | 'unknown' | undefined;
  /** States to look at for each partition before the verdict is `undecided`. Default 200,000. */
  readonly maxStates?: number | undefined;
}

/** The shortest beginning of a partition's history that has no order: all of it has one but for the last end. */
export interface CounterExample<Op = unknown, Result = unknown> {
  readonly partition: string;
  /** The longest order that was found, without the operation that is blocked. */
  readonly explained: readonly Operation<Op, Result>[];
  /** The state after `explained`. */
  readonly state: unknown;
  /** The operation that has no place: its result is impossible wherever it is put. */
  readonly blocked: Operation<Op, Result>;
  /** What overlaps with the end of `blocked` and is not in `explained`; placing any of it first did not help. */
  readonly pending: readonly Operation<Op, Result>[];
}

/** What `checkLinearizable` found. */
export interface LinearizableResult<Op = unknown, Result = unknown> {
  /** `undecided`: no order was found, and none ruled out, within `maxStates`. */
  readonly verdict: 'ok' | 'violated' | 'undecided';
  readonly partitions: number;
  readonly operations: number;
  /** States looked at, all partitions together. */
  readonly states: number;
  /** Where the search stopped, unless the verdict is `ok`; the smallest of all partitions. */
  readonly counterExample: CounterExample<Op, Result> | undefined;
  /** The verdict as text, the counter-example with its time lines. */
  readonly text: string;
}

/**
 * Checks each partition of a history for linearizability (Herlihy and Wing 1990), with the search of Wing and Gong
 * (1993) and what Lowe added to it ("Testing for linearizability", 2017): remembered states, and operations placed just
 * in time.
 *
 * An operation with an unknown end takes effect at any time after its invocation, or never; where the history records
 * crashes, before the next crash or never (strict linearizability, Aguilera and Frølund 2003).
 *
 * @throws TroupeError `invalid-options` for a limit that is no positive number, and for records that do not pair
 */
export function checkLinearizable<State, Op, Result>(
  history: History<Op, Result>,
  model: HistoryModel<State, Op, Result>,
  options: LinearizableOptions = {},
): LinearizableResult<Op, Result> {
  const { failed = 'no-effect', maxStates = 200_000 } = options;
  if (!(maxStates > 0)) {
    throw new TroupeError('invalid-options', `maxStates is ${maxStates}. Give checkLinearizable a positive number.`);
  }
  const operations = operationsOf(history).filter(({ end }) => end !== 'fail' || failed === 'unknown');
  const partitions = Map.groupBy(operations, ({ op }) => model.partition?.(op) ?? '');
  const stopped: { readonly isUndecided: boolean; readonly example: CounterExample<Op, Result> }[] = [];
  let states = 0;
  for (const [partition, members] of partitions) {
    const found = searchOrder(members, { model, state: model.init(partition), maxStates });
    states += found.states;
    const { stuck } = found;
    if (stuck !== undefined) stopped.push({ isUndecided: found.isUndecided, example: { partition, ...stuck } });
  }
  // A proof before a doubt, then the one with the least to read.
  const size = ({ explained, pending }: CounterExample<Op, Result>): number => explained.length + pending.length;
  const [worst] = stopped.toSorted(
    (a, b) => Number(a.isUndecided) - Number(b.isUndecided) || size(a.example) - size(b.example),
  );
  const counts = { partitions: partitions.size, operations: operations.length, states };
  if (worst === undefined) {
    const text = `Linearizable: ${counts.operations} operations, ${counts.partitions} partitions, ${states} states.`;
    return { verdict: 'ok', ...counts, counterExample: undefined, text };
  }
  const verdict = worst.isUndecided ? 'undecided' : 'violated';
  const text = describeCounterExample(worst.example, worst.isUndecided ? maxStates : undefined);
  return { verdict, ...counts, counterExample: worst.example, text };
}
