// Effects of steps: a task of a saga, and a reaction or a step of another saga, with one effect in one flow: TR107.
import { familiesOf, type Family } from '../duties.ts';
import type { WayStep } from '../finding.ts';
import { reachOf } from '../reach.ts';
import type { WiringIndex } from '../wire.ts';
import type { WiredHandler, WiredStep } from '../wiring.ts';
import { doneBy } from '../work.ts';
import { sharedStarts } from './claims.ts';
import type { Found, Rule } from './rule.ts';

/** Who has a named effect in a flow. */
interface Doing {
  readonly effect: string;
  /** The id of a step or handler. */
  readonly by: string;
  readonly part: string;
  readonly way: readonly WayStep[];
  readonly isStep: boolean;
}

export const stepEffects: Rule = function* ({ definitions, index }) {
  const families = familiesOf(definitions, index);
  for (const family of families) yield* byReactions(family, index);
  for (const [at, one] of families.entries()) {
    for (const other of families.slice(at + 1)) yield* bySagas(index, one, other);
  }
};

/** The nearest reaction to what the saga starts on, or hears before the step. */
function* byReactions(family: Family, index: WiringIndex): Iterable<Found> {
  const told = new Set<string>();
  for (const step of tasksOf(family)) {
    for (const again of eventsBefore(family, step).flatMap(event => againBy(index, family, { step, event }))) {
      const key = [again.one.effect, again.one.by, again.other.by].join(' ');
      if (!told.has(key)) yield toFound(again);
      told.add(key);
    }
  }
}

interface Place {
  readonly step: WiredStep;
  readonly event: string;
}

function againBy(index: WiringIndex, family: Family, { step, event }: Place): readonly Twice[] {
  const isOut = (handler: WiredHandler, isFirst: boolean): boolean =>
    handler.yields || (isFirst && handler.isFiltered && isParted(family, event));
  return reachOf(index, event, { isOut }).flatMap(({ handler, way, isPossible }) => {
    const done = doneBy(index, handler, 'effects');
    return step.effects
      .filter(effect => done.has(effect))
      .map(effect => ({
        event,
        one: ofStep(family, { step, event }, effect),
        other: { effect, by: handler.id, part: handler.part, way, isStep: false },
        isPossible: isPossible || done.get(effect) !== true,
      }));
  });
}

function* bySagas(index: WiringIndex, one: Family, other: Family): Iterable<Found> {
  const [start] = sharedStarts(one, other);
  if (!start) return;
  const { type: event, isFiltered } = start;
  const others = doingsOf(index, other, event);
  for (const doing of doingsOf(index, one, event)) {
    const same = others.find(({ effect, isStep }) => effect === doing.effect && (isStep || doing.isStep));
    if (same) yield toFound({ event, one: doing, other: same, isPossible: isFiltered });
  }
}

/** The effects of a saga's tasks, and of the commands it sends. */
function doingsOf(index: WiringIndex, family: Family, event: string): readonly Doing[] {
  const steps = tasksOf(family).flatMap(step => step.effects.map(effect => ofStep(family, { step, event }, effect)));
  const commanded = family.duties
    .filter(({ isUndo }) => !isUndo)
    .flatMap(({ owner, way }) =>
      [...doneBy(index, owner, 'effects').keys()].map(effect => ({
        effect,
        by: owner.id,
        part: owner.part,
        way: [startOf(family, event), ...way],
        isStep: false,
      })),
    );
  return [...steps, ...commanded];
}

function tasksOf({ members }: Family): readonly WiredStep[] {
  const steps = members.flatMap(saga => saga.steps);
  return [...new Set(steps)].filter(({ effects }) => effects.length > 0);
}

function eventsBefore({ root }: Family, step: WiredStep): readonly string[] {
  const starts = root.takes.filter(taken => taken.starts).map(({ type }) => type);
  return [...new Set([...starts, ...step.after])];
}

const isParted = ({ root }: Family, event: string): boolean =>
  root.takes.some(({ type, isFiltered }) => type === event && isFiltered);

const startOf = ({ root }: Family, event: string): WayStep => ({ at: root.name, does: 'hears', what: event });

function ofStep(family: Family, { step, event }: Place, effect: string): Doing {
  const way = [startOf(family, event), { at: step.state, does: 'runs', what: step.does }];
  return { effect, by: step.id, part: step.saga, way, isStep: true };
}

interface Twice {
  readonly event: string;
  readonly one: Doing;
  readonly other: Doing;
  readonly isPossible: boolean;
}

function toFound({ event, one, other, isPossible }: Twice): Found {
  const { effect } = one;
  const endOf = ({ by }: Doing): WayStep => ({ at: by, does: 'does', what: effect });
  return {
    code: 'TR107',
    problem: `${event} leads to ${effect} twice: by ${one.by} and by ${other.by}.`,
    way: [...one.way, endOf(one), ...other.way, endOf(other)],
    parts: [...new Set([one.part, other.part])],
    about: [event, effect, one.by, other.by],
    isPossible,
  };
}
