// Words for durations and turns, shared by every rendering of a trace.
import type { TraceOpen, TraceTurn } from './trace.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `0.4 ms`, `12 ms`, `1.2 s`, `2 m 5 s`, `3 h 10 m`, `2 d 4 h`. */
export function toDuration(ms: number): string {
  if (ms < 10) return `${Number(ms.toFixed(1))} ms`;
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`;
  if (ms < MINUTE_MS) return `${Number((ms / SECOND_MS).toFixed(1))} s`;
  if (ms < HOUR_MS) return pair(ms, [MINUTE_MS, 'm'], [SECOND_MS, 's']);
  if (ms < DAY_MS) return pair(ms, [HOUR_MS, 'h'], [MINUTE_MS, 'm']);
  return pair(ms, [DAY_MS, 'd'], [HOUR_MS, 'h']);
}

type Unit = readonly [ms: number, name: string];

function pair(ms: number, [bigMs, big]: Unit, [smallMs, small]: Unit): string {
  const whole = Math.floor(ms / bigMs);
  const rest = Math.floor((ms - whole * bigMs) / smallMs);
  return rest === 0 ? `${whole} ${big}` : `${whole} ${big} ${rest} ${small}`;
}

/** What became of a second occurrence of an effect, by the outcome of its turn. */
const AGAIN: ReadonlyMap<string, string> = new Map([
  ['blocked', 'blocked'],
  ['done', 'done again'],
  ['started', 'started its task again'],
]);
/** A saga had claimed the work. */
function skippedRemark(detail: unknown): string {
  const { claimedBy } = (detail ?? {}) as { readonly claimedBy?: string };
  return claimedBy === undefined ? 'skipped' : `skipped: claimed by ${claimedBy}`;
}

/** What a turn did where it is worth a remark; undefined for a first attempt that simply worked. */
export function remarkOf({ attempt, outcome, runMs, error, detail }: TraceTurn): string | undefined {
  const because = error === undefined ? '' : `: ${error}`;
  const nth = attempt > 1 ? ` (attempt ${attempt})` : '';
  const repeated = AGAIN.has(outcome) ? repeatOf(detail) : undefined;
  if (repeated !== undefined) return `${AGAIN.get(outcome)}: ${repeated}`;
  switch (outcome) {
    case 'started':
      return undefined;
    case 'done':
      return attempt > 1 ? `done at attempt ${attempt}` : undefined;
    case 'failed':
      return `attempt ${attempt} failed${because}`;
    case 'dead-letter':
      return attempt > 1 ? `dead letter after ${attempt} attempts${because}` : `dead letter${because}`;
    case 'task-done':
      return `task done in ${toDuration(runMs)}${nth}`;
    case 'task-failed':
      return `task attempt ${attempt} failed after ${toDuration(runMs)}${because}`;
    case 'cancelled':
      return 'cancelled';
    case 'skipped':
      return skippedRemark(detail);
    default:
      return `${outcome}${nth}${because}`;
  }
}

/** Who was first with the effect of a turn: `charge-card was done by payments/1 on order.placed`. */
function repeatOf(detail: unknown): string | undefined {
  if (typeof detail !== 'object' || detail === null || !('effect' in detail) || !('by' in detail)) return undefined;
  const verb = 'state' in detail && detail.state === 'running' ? 'is being done' : 'was done';
  const on = 'handler' in detail ? ` on ${String(detail.handler)}` : '';
  return `${String(detail.effect)} ${verb} by ${String(detail.by)}${on}`;
}

/** What is still to come of a message. */
export function openRemark({ what, attempts, due }: TraceOpen, toTime: (ms: number) => string): string {
  const when = due === 0 ? '' : `, due ${toTime(due)}`;
  if (what === 'stashed') return 'put aside';
  if (what === 'reply-owed') return 'the reply is owed';
  if (what === 'task') return `task not done, attempt ${attempts + 1}${when}`;
  return attempts === 0 ? `waiting${when}` : `waiting for attempt ${attempts + 1}${when}`;
}
