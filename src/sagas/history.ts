// History: what one turn changed in a saga, as it is kept with the turn and shown to a reader.
import type { Json } from '../runtime/message/json.ts';
import { contextOf, valueOf, type SagaRecord } from './record.ts';

/** What a turn of a saga remembers; absent members: nothing of the kind. */
export interface TurnDetail {
  /** The state before; absent at the first turn. */
  readonly from?: Json;
  /** The state after, where it is another one. */
  readonly to?: Json;
  readonly context?: ContextDiff;
  /** Timers that were armed, and when they fire, in ms since 1970, UTC. */
  readonly armed?: readonly { readonly id: string; readonly due: number }[];
  /** Timers that were cancelled. */
  readonly cancelled?: readonly string[];
}

/** Properties of a context that a turn changed; large values are named without their value. */
export interface ContextDiff {
  readonly set?: { readonly [key: string]: Json };
  readonly unset?: readonly string[];
  readonly large?: readonly string[];
}

const LARGE_CHARS = 2_000;

interface JsonObject {
  readonly [key: string]: Json;
}

/** What a turn made of a record, without what it left as it was. */
export function toDetail(before: SagaRecord, after: SagaRecord): Json {
  const [from, to] = [valueOf(before), valueOf(after)];
  const context = contextDiff(contextOf(before), contextOf(after));
  const armed = after.armed.filter(one => !before.armed.includes(one));
  const cancelled = before.armed.filter(one => !after.armed.includes(one));
  const detail: TurnDetail = {
    ...(before.snapshot === null ? {} : { from }),
    ...(isSame(from, to) ? {} : { to }),
    ...(context === undefined ? {} : { context }),
    ...(armed.length === 0 ? {} : { armed: armed.map(({ id, due }) => ({ id, due })) }),
    ...(cancelled.length === 0 ? {} : { cancelled: cancelled.map(({ id }) => id) }),
  };
  return detail as unknown as Json;
}

/** Undefined where two contexts are the same. Stored contexts are shared, so most comparisons are of identity. */
function contextDiff(before: Json | undefined, after: Json): ContextDiff | undefined {
  if (before === after || !isObject(after)) return undefined;
  const old = isObject(before) ? before : {};
  const set: Record<string, Json> = {};
  const large: string[] = [];
  for (const [key, value] of Object.entries(after)) {
    if (isSame(old[key], value)) continue;
    if (typeof value === 'object' && JSON.stringify(value).length > LARGE_CHARS) large.push(key);
    else set[key] = value;
  }
  const unset = Object.keys(old).filter(key => !(key in after));
  const diff: { -readonly [K in keyof ContextDiff]: ContextDiff[K] } = {};
  if (Object.keys(set).length > 0) diff.set = set;
  if (large.length > 0) diff.large = large;
  if (unset.length > 0) diff.unset = unset;
  return Object.keys(diff).length > 0 ? diff : undefined;
}

/** Whether two JSON values say the same. */
export function isSame(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object') return false;
  return JSON.stringify(one) === JSON.stringify(other);
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A message on its way in or out. */
export interface HistoryMessage {
  readonly id: string;
  readonly type: string;
  /** `event`, `command`, `reply`, `end` of a task, `tick` of a timer or an operator. */
  readonly kind: string;
  readonly data: unknown;
}

/** One turn of a saga, for a reader. */
export interface SagaTransition {
  /** When, in ms since 1970, UTC. */
  readonly at: number;
  readonly message: HistoryMessage;
  /** From 1. */
  readonly attempt: number;
  /** `done`, `failed`, `unhandled`, `stale`, `stashed`, `late`, `joined`, `dead-letter` … */
  readonly outcome: string;
  readonly error: string | undefined;
  /** The state before and after; null before the first. */
  readonly from: Json;
  readonly to: Json;
  readonly context: ContextDiff;
  /** Commands and events, in their order. */
  readonly sent: readonly HistoryMessage[];
  readonly armed: readonly { readonly id: string; readonly due: number }[];
  readonly cancelled: readonly string[];
}

/** One stored turn. */
export interface StoredTurn extends Pick<SagaTransition, 'at' | 'message' | 'attempt' | 'outcome' | 'error'> {
  readonly detail: unknown;
  readonly caused: readonly HistoryMessage[];
}

/** The turns of an instance as transitions, the oldest first. */
export function toTransitions(turns: readonly StoredTurn[]): readonly SagaTransition[] {
  let state: Json = null;
  return turns.map(({ at, message: { id, type, kind, data }, attempt, outcome, error, caused, ...turn }) => {
    const detail = (turn.detail ?? {}) as TurnDetail;
    const from = detail.from ?? state;
    state = detail.to ?? from;
    return {
      at,
      message: { id, type, kind, data },
      attempt,
      outcome,
      error,
      from,
      to: state,
      context: detail.context ?? {},
      sent: caused.filter(one => one.kind === 'event' || one.kind === 'command'),
      armed: detail.armed ?? [],
      cancelled: detail.cancelled ?? [],
    };
  });
}
