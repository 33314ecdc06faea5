// Double triggers: work that a saga commands and that an event of the same flow brings about, too: TR101, TR102, TR104.
import type { HandlerDefinition } from '../../actors/actor.ts';
import { alike, definitionsById } from '../alike.ts';
import { familiesOf, type Cue, type Duty, type Family } from '../duties.ts';
import { reachOf, type Reached } from '../reach.ts';
import type { WiringIndex } from '../wire.ts';
import { yieldedBy } from '../wired-actor.ts';
import type { WiredHandler } from '../wiring.ts';
import { doneBy, namesWork, sharedWork, stepTo, type SharedWork } from '../work.ts';
import { isForMany } from '../message-names.ts';
import type { Found, Rule } from './rule.ts';

/** A reaction that does what a duty does. */
interface Second extends Reached {
  readonly duty: Duty;
  readonly cue: Cue;
  /** Undefined where it sends the command itself. */
  readonly shared: SharedWork | undefined;
  readonly isDirect: boolean;
}

export const doubleTriggers: Rule = function* ({ definitions, index }) {
  const told = new Set<string>();
  const sources = definitionsById(definitions, index);
  for (const family of familiesOf(definitions, index)) {
    const seconds = best([...secondsOf(family, index)]);
    for (const second of seconds) {
      const found = toFound(index, second, family);
      // Two families may have a child in common.
      if (!told.has(found.problem)) yield found;
      told.add(found.problem);
    }
    const busy = new Set(seconds.map(({ handler }) => handler));
    yield* sharedStarts({ family, index, sources }, busy);
  }
};

function* secondsOf(family: Family, index: WiringIndex): Iterable<Second> {
  const own = family.commands({ undos: true });
  for (const duty of family.duties) {
    for (const cue of family.cuesOf(duty)) {
      const doubles = (handler: WiredHandler): boolean => overlap(index, duty, handler) !== undefined;
      const reached = reachOf(index, cue.event, {
        isOut: (handler, isFirst) =>
          isClaimed(handler, cue) || (isFirst && isDisjoint(family, cue, handler)) || handler === duty.owner,
        isLast: doubles,
        isOwn: command => own.has(command),
      });
      for (const one of reached.filter(({ handler }) => doubles(handler))) {
        const shared = sharedWork(index, duty.owner, one.handler);
        const isDirect = one.through.length === 1 && one.handler.part === duty.owner.part && cue.isOwn;
        const isCertain = shared?.isCertain ?? doneBy(index, one.handler, 'sends').get(duty.command);
        const isPossible = one.isPossible || cue.isPossible || isCertain !== true;
        yield { ...one, duty, cue, shared, isDirect, isPossible };
      }
    }
  }
}

/** The command itself counts as work, too, where it is more than a question or a letter of one's own. */
function overlap(index: WiringIndex, { owner, command }: Duty, handler: WiredHandler): boolean | undefined {
  const sends = doneBy(index, handler, 'sends').has(command) && !isForMany(command);
  return sends || sharedWork(index, owner, handler) !== undefined ? true : undefined;
}

/** The router skips it: it yields, and a saga that has begun claims one of the commands it gives way for. */
function isClaimed(handler: WiredHandler, { begun }: Cue): boolean {
  const claims = new Set(begun.flatMap(saga => saga.claims));
  return yieldedBy(handler).some(command => claims.has(command));
}

/** With `where` on both sides of one event they are taken to part it among them. */
function isDisjoint({ root }: Family, { event, starts }: Cue, handler: WiredHandler): boolean {
  const isParted = root.takes.some(({ type, isFiltered }) => type === event && isFiltered);
  return starts && isParted && handler.isFiltered;
}

/** One for every saga, handler and command; a handler that does again what a step does need not be told of its undo. */
function best(seconds: readonly Second[]): readonly Second[] {
  const found = new Map<string, Second>();
  for (const second of seconds) {
    const key = `${second.duty.saga.name} ${second.handler.id} ${second.duty.command}`;
    const known = found.get(key);
    if (!known || rank(second) < rank(known)) found.set(key, second);
  }
  const all = [...found.values()];
  const forward = new Set(all.filter(({ duty }) => !duty.isUndo).map(({ handler }) => handler));
  return all.filter(({ duty, handler }) => !duty.isUndo || !forward.has(handler));
}

const rank = ({ isPossible, isDirect, way }: Second): number =>
  (isPossible ? 10_000 : 0) + (isDirect ? 0 : 1000) + way.length;

function toFound(index: WiringIndex, second: Second, { root }: Family): Found {
  const { duty, cue, handler, shared, isDirect, through } = second;
  const names = shared?.names ?? [duty.command];
  const work = shared ? workText(index, handler, names) : `sends ${duty.command}`;
  const problem =
    `${duty.saga.name} commands ${duty.owner.part} with ${duty.command}, ` +
    `and ${cue.event} of the same flow leads to ${handler.id}, which ${work}, too.${missing(second, root.name)}`;
  return {
    code: isDirect ? 'TR101' : 'TR102',
    problem,
    way: [
      ...cue.way,
      ...duty.way,
      ...(shared ? [stepTo(index, duty.owner, names)] : []),
      ...second.way,
      shared ? stepTo(index, handler, names) : { at: handler.id, does: 'sends', what: duty.command },
    ],
    parts: [...new Set([root.name, duty.saga.name, duty.owner.part, ...through.map(({ part }) => part)])],
    about: [...new Set([duty.command, cue.event, ...names, duty.step.state, handler.id])],
    isPossible: second.isPossible,
  };
}

/** `does charge-card and publishes payment.charged`. */
function workText(index: WiringIndex, handler: WiredHandler, names: readonly string[]): string {
  const effects = names.filter(name => doneBy(index, handler, 'effects').has(name));
  const events = names.filter(name => !effects.includes(name));
  const clauses = [
    ['does', effects.join(' and ')],
    ['publishes', events.join(' and ')],
  ] as const;
  return clauses.flatMap(([verb, list]) => (list === '' ? [] : [`${verb} ${list}`])).join(' and ');
}

/** Giving way takes both sides. */
function missing({ duty, cue, through }: Second, root: string): string {
  const isClaiming = cue.begun.some(({ claims }) => claims.includes(duty.command));
  const yielding = through.find(({ yields }) => yields);
  if (yielding && !isClaiming) return ` ${yielding.id} yields, but ${root} does not claim ${duty.command}.`;
  return isClaiming && !yielding ? ` ${root} claims ${duty.command}, but no handler on the way yields.` : '';
}

interface Look {
  readonly family: Family;
  readonly index: WiringIndex;
  readonly sources: ReadonlyMap<string, HandlerDefinition>;
}

/** A commanded actor that hears of the flow, too. Where nothing names their work, their sources may be alike. */
function* sharedStarts(look: Look, busy: ReadonlySet<WiredHandler>): Iterable<Found> {
  const { family, index } = look;
  const told = new Set<WiredHandler>(busy);
  const heard = family.duties.filter(({ isUndo }) => !isUndo).flatMap(duty => heardBy(family, index, duty));
  for (const { duty, cue, handler } of heard) {
    if (told.has(handler)) continue;
    told.add(handler);
    const signs = signsOf(look, duty.owner, handler);
    const both = signs.length === 0 ? 'They name no work that both do' : `Both have \`${signs.join('` and `')}\``;
    yield {
      code: signs.length === 0 ? 'TR104' : 'TR101',
      isPossible: true,
      problem:
        `${duty.saga.name} commands ${handler.part} with ${duty.command}, ` +
        `and ${handler.id} reacts to ${cue.event} of the same flow. ${both}.`,
      way: [...cue.way, ...duty.way, { at: handler.id, does: 'reacts to', what: cue.event }],
      parts: [...new Set([family.root.name, duty.saga.name, handler.part])],
      about: [duty.command, cue.event, duty.step.state, handler.id],
    };
  }
}

/** In what two handlers look alike, of which one at least has no named work. */
function signsOf({ index, sources }: Look, one: WiredHandler, other: WiredHandler): readonly string[] {
  if (namesWork(index, one) && namesWork(index, other)) return [];
  const [first, second] = [sources.get(one.id), sources.get(other.id)];
  return first && second ? alike(first, second) : [];
}

/** The handlers of the commanded actor that run on what the saga hears before. */
function heardBy(family: Family, index: WiringIndex, duty: Duty): readonly Pick<Second, 'duty' | 'cue' | 'handler'>[] {
  return family
    .cuesOf(duty)
    .filter(({ isHeard }) => isHeard)
    .flatMap(cue =>
      index
        .takers(cue.event)
        .filter(handler => handler.part === duty.owner.part)
        .filter(handler => !isClaimed(handler, cue) && !isDisjoint(family, cue, handler))
        .map(handler => ({ duty, cue, handler })),
    );
}
