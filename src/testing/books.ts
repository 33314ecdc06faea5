// Books: a second set of accounts of a run, kept from its commits alone, that shows where the kernel breaks a promise.
import type { LoggedMessage, TurnRow } from '../runtime/store/records.ts';
import type { Kernel } from '../runtime/turn/kernel.ts';
import { Audit, type Audited } from './audit.ts';
import { findContradictions, findImbalances, findOpenWork } from './balance.ts';
import { findLost, takersOf } from './lost.ts';
import type { Commit, CommitObserver } from './observer.ts';

/** A promise that was found broken: which, and how. */
export interface Violation {
  readonly invariant: string;
  readonly problem: string;
}

/** The built-in invariants, and how often each was looked at in a run. */
export const builtIn = [
  'applied once',
  'attempts counted',
  'in order of the sender',
  'answered once',
  'caused by what is known',
  'output after commit',
  'timers not early',
  'found again after a crash',
  'nothing lost',
  'nothing stuck',
  'memory equals disk',
] as const;

/** One of the promises every run is held to. */
export type BuiltIn = (typeof builtIn)[number];

/** What a turn says while its message is not done with. */
const NOT_OVER: ReadonlySet<string> = new Set(['failed', 'task-failed', 'stashed', 'started', 'held']);
/** Keys are kept for a week by default; no fault makes a week of a day. */
const DEDUPED_MS = 86_400_000;
const MOST_LETTERS = 1_000_000;

interface Course {
  /** The last attempt that was counted, of the turn or of the task. */
  attempt: number;
  taskAttempt: number;
  isTaken: boolean;
  isOver: boolean;
  wasStashed: boolean;
  wasBuried: boolean;
}

export class Books implements CommitObserver {
  readonly #violate: (violation: Violation) => void;
  readonly #checked = new Map<BuiltIn, number>();
  readonly #messages = new Map<number, LoggedMessage>();
  readonly #ids = new Set<string>();
  /** Idempotency keys, and when they were accepted. */
  readonly #keys = new Map<string, number>();
  /** Commands whose reply was sent to an address. */
  readonly #replied = new Set<number>();
  /** Messages that were given up; one that is tried again may be answered again. */
  readonly #buried = new Set<number>();
  readonly #open = new Set<number>();
  readonly #courses = new Map<string, Course>();
  /** Messages whose task has an end in the log. */
  readonly #ended = new Set<number>();
  /** By sender and address: the last message that was taken. */
  readonly #taken = new Map<string, number>();
  #last = 0;

  constructor(violate: (violation: Violation) => void) {
    this.#violate = violate;
  }

  /** How often each invariant was looked at. */
  get checked(): ReadonlyMap<BuiltIn, number> {
    return this.#checked;
  }

  committed({ kernel, batch }: Commit): void {
    for (const message of batch.messages) this.#addMessage(kernel, message);
    for (const { id, status } of batch.opened) if (status !== 'deferred') this.#open.add(id);
    for (const id of batch.closed) this.#open.delete(id);
    for (const turn of batch.turns) this.#addTurn(kernel, turn);
  }

  /** A process is up: it must have found what was committed, and is watched from now on. */
  opened(kernel: Kernel): void {
    const rows = kernel.store.deliveries.all().filter(({ status }) => status !== 'deferred');
    const found = new Set(rows.map(({ id }) => id));
    this.#check(
      'found again after a crash',
      [...this.#open].every(id => found.has(id)),
      () => {
        const gone = [...this.#open].filter(id => !found.has(id));
        return `${gone.length} open deliveries are gone`;
      },
    );
    for (const id of found) this.#open.add(id);
    const { timers } = kernel.store;
    const due = timers.due.bind(timers);
    timers.due = (now, limit) => {
      const rows = due(now, limit);
      if (now === Number.MAX_SAFE_INTEGER) return rows;
      for (const { name, key, timer, due: at } of rows) {
        const clock = kernel.clock.now();
        this.#check('timers not early', at <= clock, () => `${timer} of ${name}/${key} fires ${at - clock} ms early`);
      }
      return rows;
    };
    kernel.bus.on('message', event => {
      const { id, type } = event as { readonly id: string; readonly type: string };
      this.#check('output after commit', this.#ids.has(id), () => `a tap saw ${type} ${id} before it was committed`);
    });
  }

  /** A caller was told that the message of this key is durable. */
  acknowledged(key: string): void {
    this.#check('output after commit', this.#keys.has(key), () => `call ${key} was answered before it was committed`);
  }

  /** A caller was told a reply; `outcome` is what the database has for its key, null where it has none yet. */
  replied(key: string, outcome: string | null): void {
    this.#check('output after commit', outcome !== null, () => `call ${key} got its reply before that was committed`);
  }

  /** A call was made twice with one key. */
  repeated(key: string, first: unknown, second: unknown): void {
    const texts = [first, second].map(answer => JSON.stringify(answer, withoutDuplicate));
    this.#check('answered once', texts[0] === texts[1], () => `call ${key} got ${texts.join(' and then ')}`);
  }

  /** A body was called for this message. */
  attempted(messageId: string, type: string): void {
    const isKnown = this.#ids.has(messageId);
    this.#check('output after commit', isKnown, () => `task ${type} ${messageId} ran before it was committed`);
  }

  /** Nothing runs just now: memory and disk must say the same. */
  audit(audited: Audited): void {
    const audit = new Audit(audited);
    const lost = findLost(audit);
    this.#check('nothing lost', lost.length === 0, () => lost.join('; '));
    const found = findContradictions(audit);
    this.#check('memory equals disk', found.length === 0, () => found.join('; '));
  }

  /** Faults are over and nothing is left to do; what waits for the next start only is stuck. */
  rest(audited: Audited): void {
    this.audit(audited);
    const open = findOpenWork(audited);
    this.#check('nothing stuck', open.length === 0, () => `at rest ${open.join('; ')}`);
  }

  /** The run is over. */
  finish(audited: Audited): void {
    this.rest(audited);
    const found = findImbalances(audited);
    this.#check('memory equals disk', found.length === 0, () => found.join('; '));
    this.#findLost(audited.kernel);
  }

  #addMessage(kernel: Kernel, message: LoggedMessage): void {
    const { position, cause, idempotencyKey, type, kind } = message;
    this.#check('caused by what is known', position > this.#last, () => `${type} has position ${position} again`);
    this.#check('caused by what is known', cause === null || this.#messages.has(cause), () => {
      return `${type} ${position} was caused by ${cause ?? ''}, which was never committed`;
    });
    this.#last = Math.max(this.#last, position);
    this.#messages.set(position, message);
    this.#ids.add(kernel.idOf(position));
    if (idempotencyKey !== null) this.#addKey(idempotencyKey, message);
    if (kind === 'end' && cause !== null) this.#ended.add(cause);
    if (kind === 'reply' && cause !== null) this.#addReply(message, cause);
  }

  #addKey(key: string, { type, time }: LoggedMessage): void {
    const before = this.#keys.get(key) ?? -Infinity;
    this.#check('applied once', time - before > DEDUPED_MS, () => `${type} was accepted twice with the key ${key}`);
    this.#keys.set(key, time);
  }

  #addReply({ type, time }: LoggedMessage, cause: number): void {
    const isFirst = !this.#replied.has(cause) || this.#buried.has(cause);
    this.#check('answered once', isFirst, () => `${type} ${cause} was answered again at ${time}`);
    this.#replied.add(cause);
  }

  #addTurn(kernel: Kernel, turn: TurnRow): void {
    const message = this.#messages.get(turn.message);
    const name = kernel.subscription(turn.subscription)?.name ?? '';
    this.#check('nothing lost', message !== undefined && turn.outcome !== 'lost', () => {
      return `the message ${turn.message} is gone from the log of ${name}`;
    });
    if (message && turn.outcome === 'dead-letter') this.#buried.add(this.#originOf(message));
    if (message) this.#follow(kernel, { message, turn, key: turn.key ?? message.key, name });
  }

  /** A task's end belongs to the message that started the task. */
  #originOf({ kind, cause, position }: LoggedMessage): number {
    return kind === 'end' ? (cause ?? position) : position;
  }

  #follow(kernel: Kernel, followed: { message: LoggedMessage; turn: TurnRow; key: string; name: string }): void {
    const { message, turn, key, name } = followed;
    const { outcome } = turn;
    const at = `${message.type} ${turn.message} at ${name}/${key}`;
    const course = this.#courseOf(`${turn.message}/${turn.subscription}/${key}`);
    this.#count(course, turn, at);
    const isOver = !NOT_OVER.has(outcome);
    this.#check('applied once', !isOver || !course.isOver || course.wasBuried, () => `${at} was handled twice`);
    if (isOver || outcome === 'started') this.#take(kernel, { message, turn, key, course });
    course.isOver ||= isOver;
    if (outcome === 'stashed') {
      course.wasStashed = true;
      // It was handled: what failed before counts no longer.
      course.attempt = 0;
    }
    course.wasBuried ||= outcome === 'dead-letter';
  }

  #courseOf(of: string): Course {
    let course = this.#courses.get(of);
    if (!course) {
      course = { attempt: 0, taskAttempt: 0, isTaken: false, isOver: false, wasStashed: false, wasBuried: false };
      this.#courses.set(of, course);
    }
    return course;
  }

  /** A failed attempt has a number of its own, whatever happened between. */
  #count(course: Course, { outcome, attempt }: TurnRow, at: string): void {
    const counter = outcome === 'failed' ? 'attempt' : outcome === 'task-failed' ? 'taskAttempt' : undefined;
    if (!counter || course.wasBuried) return;
    this.#check('attempts counted', attempt > course[counter], () => `attempt ${attempt} of ${at} was counted twice`);
    course[counter] = Math.max(course[counter], attempt);
  }

  #take(
    kernel: Kernel,
    taken: { readonly message: LoggedMessage; readonly turn: TurnRow; readonly key: string; readonly course: Course },
  ): void {
    const { message, turn, key, course } = taken;
    if (course.isTaken) return;
    course.isTaken = true;
    const behavior = kernel.subscription(turn.subscription)?.registration.behavior;
    const isOrdered = message.kind === 'event' || message.kind === 'command';
    if (!behavior || !isOrdered || message.direct === 1 || course.wasStashed) return;
    if (behavior.retryOrder === 'skip-ahead') return;
    const path = `${message.source}→${behavior.name}/${key}`;
    const before = this.#taken.get(path) ?? 0;
    this.#check('in order of the sender', message.position >= before, () => {
      return `${message.type} ${message.position} was handled after ${before} on the way ${path}`;
    });
    this.#taken.set(path, Math.max(before, message.position));
  }

  /** Whoever takes a message by its type has handled it, or it is a dead letter. */
  #findLost(kernel: Kernel): void {
    const letters = new Set(
      kernel.store.deadLetters.list(MOST_LETTERS, MOST_LETTERS).map(one => `${one.message}/${one.subscription}`),
    );
    const handled = new Set(
      [...this.#courses].filter(([, { isOver }]) => isOver).map(([of]) => of.split('/').slice(0, 2).join('/')),
    );
    for (const message of this.#messages.values()) {
      if ((message.kind !== 'event' && message.kind !== 'command') || message.direct === 1) continue;
      for (const subscription of takersOf(kernel, message)) {
        const of = `${message.position}/${subscription.id}`;
        if (handled.has(of) || letters.has(of) || this.#ended.has(message.position)) continue;
        const { type, position } = message;
        this.#check('nothing lost', false, () => `${subscription.name} never got ${type} ${position}`);
      }
      this.#check('nothing lost', true, () => '');
    }
  }

  #check(invariant: BuiltIn, holds: boolean, problem: () => string): void {
    this.#checked.set(invariant, (this.#checked.get(invariant) ?? 0) + 1);
    if (!holds) this.#violate({ invariant, problem: problem() });
  }
}

/** A receipt says whether its message was a duplicate; nothing else of it may differ. */
const withoutDuplicate = (name: string, value: unknown): unknown => (name === 'duplicate' ? undefined : value);
