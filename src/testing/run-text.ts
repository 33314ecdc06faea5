// What of a simulated run is put into words or compared: its problem, its end, its timeline.
import type { Json } from '../runtime/message/json.ts';
import { toIso } from '../runtime/platform/iso-time.ts';
import type { Problem } from './run-options.ts';
import type { ArmedTimer } from './test-parts.ts';
import type { TestRuntime } from './test-runtime.ts';

/** Stacks name files of this machine. */
export const withoutStacks = (name: string, value: unknown): unknown =>
  name === 'failures' && typeof value === 'string'
    ? (JSON.parse(value) as readonly object[]).map(failure => ({ ...failure, stack: undefined }))
    : value;

/** What did not come about may have been about to. */
export function atHorizon({ invariant, problem }: Problem, next: ArmedTimer | undefined): Problem {
  if (!next) return { invariant, problem };
  const { address, timer, due } = next;
  const ended = `The run ended at its horizon; ${address} has the timer ${timer}, due ${toIso(due)}`;
  return { invariant, problem: `${problem}\n${ended}. A longer horizon lets it fire.` };
}

export function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The text of JSON in which the order of names says nothing. */
export function toComparable(end: Json): string {
  return JSON.stringify(end, (_, value: Json) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
  });
}

export function drawTimeline(runtime: TestRuntime): string {
  try {
    return runtime.timeline();
  } catch (error) {
    return `(the timeline cannot be drawn: ${String(error)})`;
  }
}
