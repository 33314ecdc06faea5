// Searches one order of overlapping operations that a model accepts, and remembers the states it has seen.
import type { HistoryModel } from './history-checker.ts';
import type { Operation } from './history.ts';

/** The model, its first state for the partition, and how far to look. */
export interface SearchOptions<State, Op, Result> {
  readonly model: HistoryModel<State, Op, Result>;
  readonly state: State;
  readonly maxStates: number;
}

/** The furthest point of a search that found no order. */
export interface Stuck<Op, Result> {
  readonly explained: readonly Operation<Op, Result>[];
  readonly state: unknown;
  readonly blocked: Operation<Op, Result>;
  readonly pending: readonly Operation<Op, Result>[];
}

/** What a search found: an order, when it is not stuck. */
export interface SearchResult<Op, Result> {
  readonly states: number;
  readonly isUndecided: boolean;
  readonly stuck: Stuck<Op, Result> | undefined;
}

interface Placed {
  readonly operation: number;
  readonly before: Placed | undefined;
}

/** What has been placed so far, and what came of it. */
interface Configuration<State> {
  readonly state: State;
  readonly key: string;
  /** Placed before their end came, in ascending order. */
  readonly ahead: readonly number[];
  /** No operation without an end from before this crash may still be placed. */
  readonly epoch: number;
  readonly order: Placed | undefined;
}

/** Everything that may be placed before one end: the shortest orders first, and none before it is needed. */
interface Frame<State> {
  /** Which end, counted among those of all operations that have one. */
  readonly end: number;
  readonly queue: Configuration<State>[];
  tried: number;
  expanded: number;
}

class Search<State, Op, Result> {
  readonly #operations: readonly Operation<Op, Result>[];
  readonly #options: SearchOptions<State, Op, Result>;
  /** Operations that must be placed, in the order of their ends. */
  readonly #ends: readonly number[];
  readonly #reads: ReadonlySet<number>;
  readonly #openAt = new Map<number, readonly number[]>();
  /** By end, state and what had to be placed: the sets of those that need not have been. */
  readonly #seen = new Map<string, (readonly number[])[]>();
  #states = 0;
  readonly #frames: Frame<State>[] = [];
  #furthest: Frame<State> | undefined;

  constructor(operations: readonly Operation<Op, Result>[], options: SearchOptions<State, Op, Result>) {
    this.#operations = operations;
    this.#options = options;
    this.#ends = [...operations.keys()]
      .filter(index => this.#at(index).end === 'ok')
      .toSorted((a, b) => this.#at(a).returned - this.#at(b).returned);
    const { model } = options;
    this.#reads = new Set([...operations.keys()].filter(index => model.isRead?.(this.#at(index).op) === true));
  }

  run(): SearchResult<Op, Result> {
    const { state, maxStates } = this.#options;
    const start = { state, key: JSON.stringify(state), ahead: [], epoch: 0, order: undefined };
    let isDone = this.#enter(0, this.#read(0, start));
    for (let frame = this.#frames.at(-1); !isDone && frame !== undefined; frame = this.#frames.at(-1)) {
      if (this.#states > maxStates) return { states: this.#states, isUndecided: true, stuck: this.#stuck() };
      isDone = this.#advance(frame);
    }
    return { states: this.#states, isUndecided: false, stuck: isDone ? undefined : this.#stuck() };
  }

  /** Takes the next thing that can be done before the end of `frame`; says whether every end is explained. */
  #advance(frame: Frame<State>): boolean {
    const end = this.#ends[frame.end] as number;
    const untried = frame.queue[frame.tried];
    if (untried !== undefined) {
      frame.tried += 1;
      const next = untried.ahead.includes(end) ? untried : this.#place(untried, end);
      return next !== undefined && this.#enter(frame.end, next);
    }
    const unexpanded = frame.queue[frame.expanded];
    if (unexpanded === undefined) this.#frames.pop();
    else {
      frame.expanded += 1;
      this.#expand(frame, unexpanded);
    }
    return false;
  }

  /** Goes on to the next end that is not placed yet; says whether there is none. */
  #enter(from: number, configuration: Configuration<State>): boolean {
    let end = from;
    let entered = configuration;
    for (let next = this.#ends[end]; next !== undefined && entered.ahead.includes(next); next = this.#ends[end]) {
      end += 1;
      const ahead = entered.ahead.filter(index => index !== next);
      entered = this.#read(end, { ...entered, ahead });
    }
    if (end === this.#ends.length) return true;
    if (!this.#isNew(end, entered)) return false;
    const frame = { end, queue: [entered], tried: 0, expanded: 0 };
    this.#frames.push(frame);
    if (end > (this.#furthest?.end ?? -1)) this.#furthest = frame;
    return false;
  }

  /** Places every read that is right in this state: it changes nothing, so there is no better place for it. */
  #read(end: number, configuration: Configuration<State>): Configuration<State> {
    if (this.#reads.size === 0) return configuration;
    return this.#open(end, configuration)
      .filter(index => this.#isFree(configuration, index))
      .reduce((read, index) => this.#place(read, index) ?? read, configuration);
  }

  /** Whether placing an operation forbids nothing that is possible without. */
  #isFree({ epoch }: Configuration<State>, index: number): boolean {
    return this.#reads.has(index) && this.#at(index).epoch <= epoch;
  }

  /** Queues what can be placed before the end: the newest first, since what is long open rarely matters. */
  #expand(frame: Frame<State>, configuration: Configuration<State>): void {
    const alike = new Set<string>();
    for (const index of this.#open(frame.end, configuration)) {
      const operation = this.#at(index);
      const isOptional = operation.end !== 'ok';
      // Of two that nobody waits for and that are alike, either stands for both.
      const kind = isOptional ? `${operation.epoch} ${JSON.stringify(operation.op)}` : '';
      if (this.#isFree(configuration, index) || (isOptional && alike.has(kind))) continue;
      alike.add(kind);
      const placed = index === this.#ends[frame.end] ? undefined : this.#place(configuration, index);
      if (placed === undefined) continue;
      const next = this.#read(frame.end, placed);
      if (this.#isNew(frame.end, next)) frame.queue.push(next);
    }
  }

  /** What was invoked before an end, has not ended before, and is not placed; the newest first. */
  #open(end: number, { ahead, epoch }: Configuration<State>): readonly number[] {
    const last = this.#ends[end];
    if (last === undefined) return [];
    const time = this.#at(last).returned;
    let open = this.#openAt.get(end);
    if (open === undefined) {
      open = [...this.#operations.keys()].toReversed().filter(index => {
        const operation = this.#at(index);
        return operation.invoked < time && (operation.end !== 'ok' || operation.returned >= time);
      });
      this.#openAt.set(end, open);
    }
    return open.filter(
      index => !ahead.includes(index) && (this.#at(index).end === 'ok' || this.#at(index).epoch >= epoch),
    );
  }

  #place(configuration: Configuration<State>, index: number): Configuration<State> | undefined {
    const operation = this.#at(index);
    const state = this.#options.model.step(configuration.state, operation.op, operation.result);
    if (state === undefined) return undefined;
    const epoch = Math.max(configuration.epoch, operation.epoch);
    const ahead = [...configuration.ahead, index]
      .filter(one => this.#at(one).end === 'ok' || this.#at(one).epoch >= epoch)
      .toSorted((a, b) => a - b);
    const order = { operation: index, before: configuration.order };
    return { state, key: JSON.stringify(state), ahead, epoch, order };
  }

  /** Whether nothing was seen that is the same with fewer of the operations that need not be placed. */
  #isNew(end: number, { ahead, key }: Configuration<State>): boolean {
    const { true: must = [], false: may = [] } = Object.groupBy(ahead, index =>
      this.#at(index).end === 'ok' ? 'true' : 'false',
    );
    const place = `${end} ${must.join(',')} ${key}`;
    const seen = this.#seen.get(place) ?? [];
    if (seen.some(other => other.every(index => may.includes(index)))) return false;
    seen.push(may);
    this.#seen.set(place, seen);
    this.#states += 1;
    return true;
  }

  #stuck(): Stuck<Op, Result> | undefined {
    const frame = this.#furthest;
    const first = frame?.queue[0];
    if (frame === undefined || first === undefined) return undefined;
    const explained: Operation<Op, Result>[] = [];
    for (let placed = first.order; placed !== undefined; placed = placed.before) {
      explained.push(this.#at(placed.operation));
    }
    const blocked = this.#at(this.#ends[frame.end] as number);
    const pending = this.#open(frame.end, first).map(index => this.#at(index));
    const others = pending.filter(operation => operation !== blocked);
    return { explained: explained.toReversed(), state: first.state, blocked, pending: others.toReversed() };
  }

  #at(index: number): Operation<Op, Result> {
    return this.#operations[index] as Operation<Op, Result>;
  }
}

/** Searches an order of the operations of one partition, given in the order of their invocations. */
export function searchOrder<State, Op, Result>(
  operations: readonly Operation<Op, Result>[],
  options: SearchOptions<State, Op, Result>,
): SearchResult<Op, Result> {
  // A read that nobody heard of says nothing.
  const telling = operations.filter(({ op, end }) => end === 'ok' || options.model.isRead?.(op) !== true);
  return new Search(telling, options).run();
}
