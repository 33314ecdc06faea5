// Reactions to events: one effect by two of them, circles, and events that are commands: TR107, TR110, TR111.
import type { WayStep } from '../finding.ts';
import { reachOf, type Reached } from '../reach.ts';
import type { WiringIndex } from '../wire.ts';
import type { WiredHandler } from '../wiring.ts';
import { doneBy, stepTo } from '../work.ts';
import type { Found, Rule } from './rule.ts';

export const reactions: Rule = function* ({ index }) {
  const events = index.wiring.contracts.filter(({ kind }) => kind === 'event').map(({ type }) => type);
  yield* effectsTwice(index, events);
  yield* cycles(index, events);
  yield* passiveAggressive(index, events);
};

/** Two handlers with one effect, on ways that part at an event: where a handler chooses, it is one or the other. */
function* effectsTwice(index: WiringIndex, events: readonly string[]): Iterable<Found> {
  const found = new Map<string, Twice>();
  for (const twice of events.flatMap(event => [...twiceBy(index, event)])) {
    const { effect } = twice.one;
    const key = [effect, ...[twice.one.handler.id, twice.other.handler.id].toSorted()].join(' ');
    const known = found.get(key);
    if (!known || lengthOf(twice) < lengthOf(known)) found.set(key, twice);
  }
  for (const twice of found.values()) yield effectTwice(twice);
}

interface Twice {
  readonly event: string;
  readonly one: Doing;
  readonly other: Doing;
}

function* twiceBy(index: WiringIndex, event: string): Iterable<Twice> {
  const reached = reachOf(index, event, { isOut: ({ yields }) => yields });
  const all = reached.flatMap(one => effectsOf(index, one));
  for (const [at, one] of all.entries()) {
    const others = all.slice(at + 1).filter(other => one.effect === other.effect && partsAtEvent(one, other));
    for (const other of others) yield { event, one, other };
  }
}

const lengthOf = ({ one, other }: Twice): number => one.way.length + other.way.length;

interface Doing extends Reached {
  readonly effect: string;
}

function effectsOf(index: WiringIndex, one: Reached): readonly Doing[] {
  const effects = [...doneBy(index, one.handler, 'effects')];
  return effects.map(([effect, isCertain]) => ({ ...one, effect, isPossible: one.isPossible || !isCertain }));
}

function partsAtEvent(one: Reached, other: Reached): boolean {
  const [first, second] = [one.through[0], other.through[0]];
  return first !== second && !(first?.isFiltered === true && second?.isFiltered === true);
}

function effectTwice({ event, one, other }: Twice): Found {
  const { effect } = one;
  const parts = new Set([...one.through, ...other.through].map(({ part }) => part));
  return {
    code: 'TR107',
    problem: `${event} leads to ${effect} twice: by ${one.handler.id} and by ${other.handler.id}.`,
    way: [...one.way, endOf(one), ...other.way, endOf(other)],
    parts: [...parts],
    about: [event, effect, one.handler.id, other.handler.id],
    isPossible: one.isPossible || other.isPossible,
  };
}

const endOf = ({ handler, effect }: Doing): WayStep => ({ at: handler.id, does: 'does', what: effect });

/** From an event to those that its subscribers publish for certain. */
function nextOf(index: WiringIndex, event: string): readonly (readonly [WiredHandler, string])[] {
  const takers = index.takers(event).filter(({ isFiltered }) => !isFiltered);
  return takers.flatMap(handler =>
    [...doneBy(index, handler, 'publishes')].flatMap(([type, isCertain]) =>
      isCertain ? [[handler, type] as const] : [],
    ),
  );
}

/** One circle for every set of events that all lead to each other. */
function* cycles(index: WiringIndex, events: readonly string[]): Iterable<Found> {
  const told = new Set<string>();
  for (const event of events) {
    const circle = told.has(event) ? undefined : circleFrom(index, event);
    if (!circle) continue;
    for (const type of reachableFrom(index, event)) if (reachableFrom(index, type).has(event)) told.add(type);
    yield {
      code: 'TR110',
      problem: `${[event, ...circle.map(([, type]) => type)].join(' → ')}: each event causes the next.`,
      way: circle.flatMap(([{ id }, type], at) => [
        { at: id, does: 'reacts to', what: circle[at - 1]?.[1] ?? event },
        { at: id, does: 'publishes', what: type },
      ]),
      parts: [...new Set(circle.map(([{ part }]) => part))],
      about: [...new Set([...circle.map(([, type]) => type), ...circle.map(([{ id }]) => id)])],
    };
  }
}

type Link = readonly [WiredHandler, string];

/** The shortest way from an event to itself. */
function circleFrom(index: WiringIndex, event: string): readonly Link[] | undefined {
  const seen = new Set<string>();
  let wave: readonly (readonly Link[])[] = nextOf(index, event).map(link => [link]);
  while (wave.length > 0) {
    const closed = wave.find(way => way.at(-1)?.[1] === event);
    if (closed) return closed;
    wave = wave.flatMap(way => {
      const type = way.at(-1)?.[1] ?? event;
      if (seen.has(type)) return [];
      seen.add(type);
      return nextOf(index, type).map(link => [...way, link]);
    });
  }
  return undefined;
}

function reachableFrom(index: WiringIndex, event: string): ReadonlySet<string> {
  const found = new Set(nextOf(index, event).map(([, type]) => type));
  for (const type of found) for (const [, after] of nextOf(index, type)) found.add(after);
  return found;
}

/** An event for one subscriber, which answers with an event that the publisher takes. */
function* passiveAggressive(index: WiringIndex, events: readonly string[]): Iterable<Found> {
  for (const event of events) {
    const subscribers = [
      ...index.takers(event).map(({ part }) => part),
      ...index.sagasOn(event).map(({ name }) => name),
    ];
    const [handler] = index.takers(event);
    if (!handler || subscribers.length !== 1) continue;
    const publisher = publisherOf(index, event);
    if (publisher === undefined || publisher === handler.part) continue;
    for (const [answer, isCertain] of doneBy(index, handler, 'publishes')) {
      if (!isCertain || !takes(index, publisher, answer)) continue;
      yield {
        code: 'TR111',
        problem: `${publisher} publishes ${event} for ${handler.part} alone, and waits for ${answer} of it.`,
        way: [
          { at: publisher, does: 'publishes', what: event },
          { at: handler.id, does: 'reacts to', what: event },
          stepTo(index, handler, [answer]),
          { at: publisher, does: 'waits for', what: answer },
        ],
        parts: [publisher, handler.part],
        about: [event, answer],
      };
      break;
    }
  }
}

/** The owner of an event. */
function publisherOf(index: WiringIndex, event: string): string | undefined {
  const { actors, sagas } = index.wiring;
  const actor = actors.find(({ handlers }) => handlers.some(({ publishes }) => publishes.includes(event)));
  return (actor ?? sagas.find(({ publishes }) => publishes.includes(event)))?.name;
}

/** Takes it by name: who observes everything waits for nothing. */
function takes(index: WiringIndex, part: string, event: string): boolean {
  const handlers = index.takers(event).filter(({ how }) => how !== 'onAny');
  return handlers.some(handler => handler.part === part) || index.sagasOn(event).some(({ name }) => name === part);
}
