// Reach: the handlers that an event leads to, through what these publish and send, and by which way.
import type { WayStep } from './finding.ts';
import type { WiringIndex } from './wire.ts';
import type { WiredHandler } from './wiring.ts';
import { doneBy } from './work.ts';

/** A handler that an event leads to. */
export interface Reached {
  readonly handler: WiredHandler;
  /** From the first reaction to the one of this handler. */
  readonly way: readonly WayStep[];
  /** The handlers on the way, this one the last. */
  readonly through: readonly WiredHandler[];
  readonly isPossible: boolean;
}

/** Where to stop. */
export interface Limits {
  /** Handlers that are left out: they do not run in this flow. */
  readonly isOut?: ((handler: WiredHandler, isFirst: boolean) => boolean) | undefined;
  /** Handlers behind which nothing is looked at. */
  readonly isLast?: ((handler: WiredHandler) => boolean) | undefined;
  /** Commands that are not followed. */
  readonly isOwn?: ((command: string) => boolean) | undefined;
}

/** The handlers an event leads to, the nearest first; each by a way that is certain where there is one. */
export function reachOf(index: WiringIndex, event: string, limits: Limits = {}): readonly Reached[] {
  const found = new Map<string, Reached>();
  let wave = next(index, [event], { way: [], through: [], isPossible: false });
  while (wave.length > 0) {
    const fresh = new Map<string, Reached>();
    for (const one of wave.filter(reached => !isLeftOut(reached, limits))) {
      const { id } = one.handler;
      if (isBetter(one, fresh.get(id) ?? found.get(id))) fresh.set(id, one);
    }
    for (const [id, one] of fresh) found.set(id, one);
    wave = [...fresh.values()].flatMap(one =>
      limits.isLast?.(one.handler) === true ? [] : behind(index, one, limits),
    );
  }
  return [...found.values()].toSorted((one, other) => one.through.length - other.through.length);
}

const isBetter = (one: Reached, known: Reached | undefined): boolean =>
  known === undefined || (known.isPossible && !one.isPossible);

function isLeftOut({ handler, through }: Reached, { isOut }: Limits): boolean {
  return isOut?.(handler, through.length === 1) === true;
}

function behind(index: WiringIndex, { handler, ...before }: Reached, { isOwn }: Limits): readonly Reached[] {
  const published = doneBy(index, handler, 'publishes');
  const sent = [...doneBy(index, handler, 'sends')].filter(([type]) => isOwn?.(type) !== true);
  return [...published, ...sent].flatMap(([type, isCertain]) => {
    const does = published.has(type) ? 'publishes' : 'sends';
    const way = [...before.way, { at: handler.id, does, what: type }];
    return next(index, [type], { ...before, way, isPossible: before.isPossible || !isCertain });
  });
}

function next(index: WiringIndex, types: readonly string[], before: Omit<Reached, 'handler'>): readonly Reached[] {
  return types.flatMap(type =>
    index.takers(type).map(handler => ({
      handler,
      way: [...before.way, { at: handler.id, does: 'reacts to', what: type }],
      through: [...before.through, handler],
      isPossible: before.isPossible || handler.isFiltered,
    })),
  );
}
