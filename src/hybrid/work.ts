// Work: what a handler gets done, in effects and in published events, together with the tasks it starts.
import type { WayStep } from './finding.ts';
import type { WiredHandler } from './wiring.ts';
import { isAnyChange } from './message-names.ts';
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

type Kind = 'publishes' | 'sends' | 'effects';
type Done = ReadonlyMap<string, boolean>;

/** Of handlers, which belong to one wiring. */
const known = new WeakMap<WiredHandler, Map<Kind | 'work', Done>>();

/** What a handler and its tasks do of one kind; false where they may not do it. */
export function doneBy(index: WiringIndex, handler: WiredHandler, kind: Kind): Done {
  return remember(handler, kind, () => {
    const found = new Map<string, boolean>();
    for (const [one, isStarted] of withTasks(index, handler)) {
      for (const name of one[kind]) {
        found.set(name, found.get(name) === true || (isStarted && !one.possible.includes(name)));
      }
    }
    return found;
  });
}

/** Effects and published events, without events that are said of any work. */
function workOf(index: WiringIndex, handler: WiredHandler): Done {
  return remember(handler, 'work', () => {
    const telling = [...doneBy(index, handler, 'publishes')].filter(([type]) => !isAnyChange(type));
    return new Map([...telling, ...doneBy(index, handler, 'effects')]);
  });
}

function remember(handler: WiredHandler, kind: Kind | 'work', find: () => Done): Done {
  const all = known.get(handler) ?? new Map<Kind | 'work', Done>();
  known.set(handler, all);
  const done = all.get(kind) ?? find();
  all.set(kind, done);
  return done;
}

/** Whether anything says what a handler does. */
export const namesWork = (index: WiringIndex, handler: WiredHandler): boolean => workOf(index, handler).size > 0;

/**
 * What two handlers both do; undefined where their work is disjoint. Where both name effects, an event that both
 * publish is no sign of the same work. What is certain hides what is only possible.
 */
export function sharedWork(index: WiringIndex, one: WiredHandler, other: WiredHandler): SharedWork | undefined {
  const effects = [doneBy(index, one, 'effects'), doneBy(index, other, 'effects')] as const;
  const areNamed = effects.every(({ size }) => size > 0);
  const works = areNamed ? effects : ([workOf(index, one), workOf(index, other)] as const);
  const names = [...works[0].keys()].filter(name => works[1].has(name)).toSorted();
  const certain = names.filter(name => works.every(work => work.get(name) === true));
  if (certain.length > 0) return { names: certain, isCertain: true };
  return names.length > 0 ? { names, isCertain: false } : undefined;
}

/** How a way ends in work. */
export function stepTo(index: WiringIndex, handler: WiredHandler, names: readonly string[]): WayStep {
  const [name = ''] = names;
  const isEffect = doneBy(index, handler, 'effects').has(name);
  return { at: handler.id, does: isEffect ? 'does' : 'publishes', what: name };
}
