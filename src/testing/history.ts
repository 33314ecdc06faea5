// What clients asked and were told, written down one JSON line at a time, so that it outlives a killed process.
import { TroupeError } from '../runtime/errors.ts';
import { toFrozenJson } from '../runtime/message/json.ts';

/**
 * One line of a history, in the vocabulary of Jepsen (`unknown` is its `info`): a process invokes an operation, which
 * is ok, fails, or has an unknown end. `crash` stands for itself: what ran the operations went down.
 */
export interface HistoryRecord<Op = unknown, Result = unknown> {
  /** The number of the operation in its recording: the same when it is invoked and when it ends. */
  readonly index: number;
  /** Who asked. */
  readonly process: string;
  readonly type: 'invoke' | 'ok' | 'fail' | 'unknown' | 'crash';
  readonly op?: Op;
  /** The result of `ok`, the message of `fail`. */
  readonly value?: Result | string;
}

/** What happened, in the order of real time. */
export interface History<Op = unknown, Result = unknown> {
  readonly records: readonly HistoryRecord<Op, Result>[];
}

/** An operation that was invoked; it has an unknown end until one of these is called. */
export interface Invocation<Result> {
  ok(result?: Result): void;
  /** It took no effect, and never will. */
  fail(error: unknown): void;
  /** It may have taken effect, may still do so, or never will. */
  unknown(): void;
}

/** Options of `recordHistory`. */
export interface RecordHistoryOptions {
  /** Gets each record as text that ends in a line break, before the call that records it returns; for `readHistory`. */
  readonly append?: ((text: string) => void) | undefined;
}

/** Records a history while it happens. */
export class HistoryRecorder<Op = unknown, Result = unknown> implements History<Op, Result> {
  readonly #records: HistoryRecord<Op, Result>[] = [];
  readonly #append: (text: string) => void;
  #invoked = 0;

  constructor(options: RecordHistoryOptions = {}) {
    this.#append = options.append ?? (() => {});
  }

  get records(): readonly HistoryRecord<Op, Result>[] {
    return this.#records;
  }

  /**
   * Records that `process` begins an operation. Call it before the operation starts.
   *
   * @throws TroupeError `not-json` when the operation cannot be written down
   */
  invoke(process: string, op: Op): Invocation<Result> {
    const operation = { index: this.#invoked, process, op };
    this.#invoked += 1;
    this.#write({ ...operation, type: 'invoke' });
    let isOver = false;
    const end = (type: 'ok' | 'fail' | 'unknown', value?: unknown): void => {
      if (isOver) {
        const problem = `Operation ${operation.index} of ${process} ended twice. End each invocation once.`;
        throw new TroupeError('invalid-options', problem);
      }
      isOver = true;
      this.#write({ ...operation, type, ...(value === undefined ? {} : { value: value as Result }) });
    };
    return {
      ok: result => end('ok', result),
      fail: error => end('fail', error instanceof Error ? error.message : String(error)),
      unknown: () => end('unknown'),
    };
  }

  /**
   * Records that what runs the operations crashed: from here on, an operation whose end is unknown either took effect
   * before, or never will. Leave it out where that is not promised.
   */
  crash(): void {
    this.#write({ index: -1, process: '', type: 'crash' });
  }

  #write(record: HistoryRecord<Op, Result>): void {
    const written = toFrozenJson(record, 'record') as unknown as HistoryRecord<Op, Result>;
    // An empty line first, behind the end of a line that a kill may have torn: it says that a recording starts.
    const start = this.#records.length === 0 ? '\n\n' : '';
    this.#append(`${start}${JSON.stringify(written)}\n`);
    this.#records.push(written);
  }
}

/** Starts a history. */
export function recordHistory<Op = unknown, Result = unknown>(
  options: RecordHistoryOptions = {},
): HistoryRecorder<Op, Result> {
  return new HistoryRecorder(options);
}

/**
 * Reads what recorders appended, one recording after the other. The last line of a recording may be torn: it is left
 * out, which loses nothing but an operation that never started or the end of one, which is unknown then.
 *
 * @throws TroupeError `invalid-options` for any other line that is not a record
 */
export function readHistory<Op = unknown, Result = unknown>(text: string): History<Op, Result> {
  const records: HistoryRecord<Op, Result>[] = [];
  const lines = text.split('\n');
  for (const [number, line] of lines.entries()) {
    const record = line === '' ? undefined : parse<Op, Result>(line);
    if (record !== undefined) records.push(record);
    // Behind the last line of a recording is the empty one that starts the next, or nothing.
    else if (line !== '' && (lines[number + 1] ?? '') !== '') {
      throw new TroupeError(
        'invalid-options',
        `Line ${number + 1} of the history is not a record. Let recorders write to one file one after the other only.`,
      );
    }
  }
  return { records };
}

function parse<Op, Result>(line: string): HistoryRecord<Op, Result> | undefined {
  try {
    const value = JSON.parse(line) as Partial<HistoryRecord<Op, Result>> | null;
    return typeof value?.type === 'string' && typeof value.index === 'number'
      ? (value as HistoryRecord<Op, Result>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** One operation with both of its ends. */
export interface Operation<Op = unknown, Result = unknown> {
  readonly process: string;
  readonly op: Op;
  /** How it ended; what never ended is unknown. */
  readonly end: 'ok' | 'fail' | 'unknown';
  /** What `ok` returned. */
  readonly result: Result | undefined;
  /** The place of its invocation among the records. */
  readonly invoked: number;
  /** The place of its end among the records; infinite without one. */
  readonly returned: number;
  /** How many crashes there were before its invocation. */
  readonly epoch: number;
}

/** Pairs the records, in the order of their invocations. */
export function operationsOf<Op, Result>(history: History<Op, Result>): readonly Operation<Op, Result>[] {
  const operations: Operation<Op, Result>[] = [];
  // Recordings in one file count from zero each: a later invocation hides the earlier one, whose process is dead.
  const open = new Map<number, number>();
  let epoch = 0;
  for (const [place, { type, index, process, op, value }] of history.records.entries()) {
    if (type === 'crash') epoch += 1;
    else if (type === 'invoke') {
      const start = { process, op: op as Op, result: undefined, invoked: place, epoch };
      open.set(index, operations.push({ ...start, end: 'unknown', returned: Number.POSITIVE_INFINITY }) - 1);
    } else {
      const at = open.get(index) ?? -1;
      const operation = operations[at];
      if (operation?.process !== process) {
        const problem = `Record ${place} of the history ends an operation that was not invoked. Record its invocation.`;
        throw new TroupeError('invalid-options', problem);
      }
      open.delete(index);
      const result = type === 'ok' ? (value as Result | undefined) : undefined;
      operations[at] = { ...operation, end: type, result, returned: place };
    }
  }
  return operations;
}
