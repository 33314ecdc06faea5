// Work: what a handler gets done, in effects and in published events, together with the tasks it starts.
import type { WayStep } from './finding.ts';
import type { WiredHandler } from './wiring.ts';
import type { WiringIndex } from './wire.ts';

/** What two handlers both do. */
export interface SharedWork {
  readonly names: readonly string[];
  /** False where either may not do it. */
  readonly isCertain: boolean;
}

/** The handler and the tasks it starts; false: it may not start them. */
function withTasks(index: WiringIndex, handler: WiredHandler): ReadonlyMap<WiredHandler, boolean> {
  const found = new Map<WiredHandler, boolean>([[handler, true]]);
  for (const [one, isCertain] of found) {
    for (const id of one.starts) {
      const task = index.handlers.get(id);
      const isStarted = isCertain && !one.possible.includes(id);
      if (task && (!found.has(task) || (isStarted && !found.get(task)))) found.set(task, isStarted);
    }
  }
  return found;
}

/** What a handler and its tasks do: `what` of each. */
export function doneBy(
  index: WiringIndex,
  handler: WiredHandler,
  what: (one: WiredHandler) => readonly string[],
): ReadonlyMap<string, boolean> {
  const found = new Map<string, boolean>();
  for (const [one, isStarted] of withTasks(index, handler)) {
    for (const name of what(one)) {
      found.set(name, found.get(name) === true || (isStarted && !one.possible.includes(name)));
    }
  }
  return found;
}

/** Effects and published events. */
function workOf(index: WiringIndex, handler: WiredHandler): ReadonlyMap<string, boolean> {
  return doneBy(index, handler, ({ effects, publishes }) => [...effects, ...publishes]);
}

/** What two handlers both do; undefined where their work is disjoint. What is certain hides what is only possible. */
export function sharedWork(index: WiringIndex, one: WiredHandler, other: WiredHandler): SharedWork | undefined {
  const works = [workOf(index, one), workOf(index, other)] as const;
  const names = [...works[0].keys()].filter(name => works[1].has(name)).toSorted();
  const certain = names.filter(name => works.every(work => work.get(name) === true));
  if (certain.length > 0) return { names: certain, isCertain: true };
  return names.length > 0 ? { names, isCertain: false } : undefined;
}

/** How a way ends in work. */
export function stepTo(index: WiringIndex, handler: WiredHandler, names: readonly string[]): WayStep {
  const [name = ''] = names;
  const isEffect = doneBy(index, handler, ({ effects }) => effects).has(name);
  return { at: handler.id, does: isEffect ? 'does' : 'publishes', what: name };
}
