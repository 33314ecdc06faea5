// What one process exercises: the names behind the messages, turns and states of its commits.
import { formatAddress, parseAddress } from '../runtime/message/address.ts';
import type { LoggedMessage, StateRow, TurnRow } from '../runtime/store/records.ts';
import type { Batch } from '../runtime/store/store.ts';
import type { Kernel } from '../runtime/turn/kernel.ts';
import { LoggedEnvelope } from '../runtime/turn/logged-envelope.ts';
import type { Retracer, Standing, StoredStanding } from '../sagas/retrace.ts';
import type { CoverageKind } from './coverage-report.ts';

/** A handler that was run to its end; others have refused, failed or passed over their message. */
const DONE: ReadonlySet<string> = new Set(['done', 'joined', 'task-done']);
const PAGE = 500;
const OWN = /^troupe\.saga\./;

/** By which sagas start each other: they are covered with the saga. */
export const isOwn = (type: string): boolean => OWN.test(type);

export const handlerName = (name: string, id: string): string => `${name}: ${id}`;

interface Place {
  readonly name: string;
  readonly handler: string;
  readonly isTask: boolean;
}

export class RunWatch {
  readonly #kernel: Kernel;
  readonly #retracers: ReadonlyMap<string, Retracer>;
  readonly #places = new Map<number, Place>();
  /** Of the sagas, by address. */
  readonly #stored = new Map<string, StoredStanding>();

  constructor(kernel: Kernel, retracers: ReadonlyMap<string, Retracer>) {
    this.#kernel = kernel;
    this.#retracers = retracers;
    for (const { behavior, subscriptions } of kernel.registrations) {
      for (const { id, handler } of subscriptions) {
        const isTask = handler.task !== undefined;
        this.#places.set(id, { name: behavior.name, handler: handler.id, isTask });
      }
    }
  }

  /** Reads the instances of a saga that are there already. */
  load(name: string): void {
    const prefix = `${name}/`;
    for (let after = ''; ;) {
      const rows = this.#kernel.store.states.list(prefix, PAGE, after);
      for (const row of rows) this.#keep(row);
      const last = rows.at(-1);
      if (!last || rows.length < PAGE) return;
      after = last.address;
    }
  }

  take(batch: Batch, seen: Readonly<Record<CoverageKind, Set<string>>>): void {
    for (const { type, kind } of batch.messages) {
      if (kind === 'event' || kind === 'command') seen.contracts.add(type);
    }
    const messages = new Map(batch.messages.map(message => [message.position, message]));
    const standings = new Map<string, Standing | undefined>();
    for (const turn of batch.turns) {
      const place = this.#places.get(turn.subscription);
      if (!place) continue;
      if (isExercised(place, turn)) seen.handlers.add(handlerName(place.name, place.handler));
      this.#retrace(place, turn, { messages, standings, seen });
    }
    for (const row of batch.states) this.#keep(row);
  }

  #retrace({ name, handler }: Place, turn: TurnRow, on: InBatch): void {
    const retracer = this.#retracers.get(name);
    const message = retracer && turn.detail !== null ? this.#message(turn.message, on) : undefined;
    if (!retracer || !message) return;
    const key = turn.key ?? message.key;
    const address = formatAddress(name, key);
    const from = on.standings.has(address) ? on.standings.get(address) : this.#standing(retracer, address);
    const cause = message.kind === 'end' && message.cause !== null ? this.#message(message.cause, on) : undefined;
    const envelope = new LoggedEnvelope(message, this.#kernel);
    const origin = cause ? new LoggedEnvelope(cause, this.#kernel) : envelope;
    const { kind } = message;
    const past = { handler, kind, envelope, origin, key, at: turn.at, detail: turn.detail };
    const { states, transitions, standing } = retracer.retrace(from, past);
    for (const state of states) on.seen.states.add(state);
    for (const transition of transitions) on.seen.transitions.add(transition);
    on.standings.set(address, standing);
  }

  #message(position: number, { messages }: InBatch): LoggedMessage | undefined {
    return messages.get(position) ?? this.#kernel.store.messages.get(position);
  }

  #standing(retracer: Retracer, address: string): Standing | undefined {
    const stored = this.#stored.get(address);
    return stored && retracer.standing(stored);
  }

  #keep({ address, data, version, status }: StateRow): void {
    if (this.#retracers.has(parseAddress(address).name)) this.#stored.set(address, { data, version, status });
  }
}

/** One commit. */
interface InBatch {
  readonly messages: ReadonlyMap<number, LoggedMessage>;
  readonly standings: Map<string, Standing | undefined>;
  readonly seen: Readonly<Record<CoverageKind, Set<string>>>;
}

/** A turn that only starts a task has not exercised it, and neither has the end of one that failed. */
function isExercised({ isTask }: Place, { outcome }: TurnRow): boolean {
  return isTask ? outcome === 'task-done' : DONE.has(outcome);
}
