// impact: what adding, removing or replacing an actor or saga touches, in both styles.
import type { Actor } from '../actors/actor.ts';
import { TroupeError } from '../runtime/errors.ts';
import type { Saga } from '../sagas/saga.ts';
import { actorsOf, assertApp, sagasOf, type Definitions } from './definitions.ts';
import { idOf, OUTSIDE } from './edges.ts';
import { wiringOf } from './wire.ts';
import type { WiredEdge, Wiring } from './wiring.ts';

/** A change of an app: a definition that comes, goes, or takes the place of one of the same name. */
export type Change =
  | { readonly add: Actor | Saga }
  | { readonly remove: Actor | Saga }
  | { readonly replace: Actor | Saga; readonly by: Actor | Saga };

/** A definition that a change touches. */
export interface Touched {
  /** An actor, a saga, `schedule <name>`, or `outside`: what calls the runtime. */
  readonly part: string;
  readonly kind: 'actor' | 'saga' | 'monitor' | 'schedule' | 'outside';
  /** `must-change`: it sends what nobody takes any more; `other-input`: it hears more or less than before. */
  readonly how: 'must-change' | 'other-input';
  /** The contracts it is touched by. */
  readonly by: readonly string[];
}

/** One line of what `runtime.instances()` returns. */
export interface LiveInstances {
  readonly name: string;
  readonly status: string | null;
  readonly instances: number;
  readonly waiting: number;
}

/** Live work that a change touches. */
export interface TouchedInstances extends LiveInstances {
  /** `own`: of the part itself; `sender`: of a saga that may still send it a command, or its undo. */
  readonly as: 'own' | 'sender';
}

/** What a change touches. */
export interface Impact {
  readonly part: string;
  readonly change: 'add' | 'remove' | 'replace';
  readonly touched: readonly Touched[];
  /** Contracts of the new part that nobody uses yet: a command to send, an event to publish. */
  readonly unused: readonly string[];
  readonly instances: readonly TouchedInstances[];
  readonly addedEdges: readonly WiredEdge[];
  readonly removedEdges: readonly WiredEdge[];
}

/**
 * Says what a change of an app touches. The orchestrators that command a part must change with it; who only publishes
 * what it hears need not know. With `runtime.instances()` it counts the live instances, too.
 *
 * @throws TroupeError `invalid-options`
 */
export function impact(app: Definitions, change: Change, live: readonly LiveInstances[] = []): Impact {
  assertApp('impact', app);
  assertChange(change);
  assertLive(live);
  const { name, kind, without, added } = read(app, change);
  const before = wiringOf(app);
  const after = wiringOf(changed(app, { without, added }));
  const known = new Set(before.edges.map(idOf));
  const kept = new Set(after.edges.map(idOf));
  const removedEdges = before.edges.filter(edge => !kept.has(idOf(edge)) && isRealEnd(edge));
  const addedEdges = after.edges.filter(edge => !known.has(idOf(edge)) && isRealEnd(edge));
  const touched = touchedBy({ name, before, after, edges: [...removedEdges, ...addedEdges] });
  return {
    part: name,
    change: kind,
    touched,
    unused: unusedIn(after, name),
    instances: instancesOf({ name, before, live }),
    addedEdges,
    removedEdges,
  };
}

interface Read {
  readonly name: string;
  readonly kind: Impact['change'];
  readonly without: string | undefined;
  readonly added: Actor | Saga | undefined;
}

/** For those that call without types: names in the place of definitions, most of all. */
function assertChange(change: unknown): void {
  const given: Readonly<Record<string, unknown>> = typeof change === 'object' ? { ...change } : {};
  const parts = Object.entries(given);
  if (!KEYS.has(Object.keys(given).toSorted().join())) {
    throw new TroupeError('invalid-options', `impact got no change. Write ${FORMS}.`);
  }
  for (const [key, part] of parts) {
    if (isPart(part)) continue;
    throw new TroupeError(
      'invalid-options',
      `impact: '${key}' is no actor or saga, but ${typeof part}. Pass what defineActor or defineSaga returned.`,
    );
  }
}

function assertLive(live: unknown): void {
  if (Array.isArray(live)) return;
  throw new TroupeError(
    'invalid-options',
    `impact got no list of live instances, but ${typeof live}. Pass what runtime.instances() returned.`,
  );
}

const KEYS: ReadonlySet<string> = new Set(['add', 'remove', 'by,replace']);
const FORMS = '{ add: part }, { remove: part } or { replace: part, by: part }';

const isPart = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'kind' in value && ['actor', 'saga'].includes(String(value.kind));

function read(app: Definitions, change: Change): Read {
  const names = new Set([...actorsOf(app), ...sagasOf(app)].map(({ part }) => part.name));
  const known = (name: string): string => {
    if (names.has(name)) return name;
    throw new TroupeError(
      'invalid-options',
      `impact: ${name} is not part of the app. It has ${[...names].join(', ')}.`,
    );
  };
  if ('add' in change) {
    const { name } = change.add;
    if (!names.has(name)) return { name, kind: 'add', without: undefined, added: change.add };
    throw new TroupeError('invalid-options', `impact: the app has a ${name}. Use { replace, by }.`);
  }
  if ('remove' in change) {
    const name = known(change.remove.name);
    return { name, kind: 'remove', without: name, added: undefined };
  }
  return { name: change.by.name, kind: 'replace', without: known(change.replace.name), added: change.by };
}

/** The new part goes where the old one was. */
function changed(app: Definitions, { without, added }: Pick<Read, 'without' | 'added'>): Definitions {
  const swap = <T extends Actor | Saga>(list: readonly T[], kind: string): readonly T[] => {
    const isHere = list.some(({ name }) => name === without);
    const rest = list.filter(({ name }) => name !== without);
    return added?.kind === kind && isHere ? [...rest, added as T] : rest;
  };
  const modules = app.modules.map(module => ({
    ...module,
    actors: swap(module.actors, 'actor'),
    sagas: swap(module.sagas, 'saga'),
  }));
  const next = { ...app, actors: swap(app.actors, 'actor'), sagas: swap(app.sagas, 'saga'), modules };
  const isPlaced = added && [...actorsOf(next), ...sagasOf(next)].some(({ part }) => part === added);
  if (!added || isPlaced) return next;
  return added.kind === 'actor'
    ? { ...next, actors: [...next.actors, added] }
    : { ...next, sagas: [...next.sagas, added] };
}

/** That nobody takes something is told by `must-change` and `unused`. */
const isRealEnd = ({ to }: WiredEdge): boolean => to !== OUTSIDE;

function touchedBy(of: {
  readonly name: string;
  readonly before: Wiring;
  readonly after: Wiring;
  readonly edges: readonly WiredEdge[];
}): readonly Touched[] {
  const { name, before, after, edges } = of;
  const owned = new Set(after.contracts.filter(({ to }) => to.length > 0).map(({ type }) => type));
  const orphaned = new Set(
    before.contracts.flatMap(({ type, kind }) => (kind === 'command' && !owned.has(type) ? [type] : [])),
  );
  const parts = [...new Set(edges.flatMap(({ from, to }) => [from, to]))].filter(part => part !== name);
  const touched = parts.toSorted().flatMap((part): readonly Touched[] => {
    const kind = kindOf(part, before, after);
    const sent = edges.filter(edge => edge.from === part && needs(edge, orphaned, after));
    if (sent.length > 0) return [{ part, kind, how: 'must-change', by: typesOf(sent) }];
    const heard = edges.filter(edge => edge.to === part);
    return heard.length > 0 ? [{ part, kind, how: 'other-input', by: typesOf(heard) }] : [];
  });
  return [...touched, ...monitorsBy(before, after)];
}

/** Monitors of events whose publisher comes or goes: they will be overdue, or no longer. */
function monitorsBy(before: Wiring, after: Wiring): readonly Touched[] {
  const publishersIn = ({ contracts }: Wiring, type: string): string =>
    contracts.find(contract => contract.type === type)?.from.join(' ') ?? '';
  return before.monitors.flatMap(({ name, start, outcomes }): readonly Touched[] => {
    const by = [start, ...outcomes].filter(type => publishersIn(before, type) !== publishersIn(after, type));
    return by.length > 0 ? [{ part: name, kind: 'monitor', how: 'other-input', by }] : [];
  });
}

/** A command that has lost its owner, or a saga that is started and gone. */
function needs({ kind, type, to }: WiredEdge, orphaned: ReadonlySet<string>, { sagas }: Wiring): boolean {
  if (kind === 'start') return !sagas.some(saga => saga.name === to);
  return kind === 'command' && orphaned.has(type);
}

const typesOf = (edges: readonly WiredEdge[]): readonly string[] =>
  [...new Set(edges.map(({ type }) => type))].toSorted();

function kindOf(part: string, ...wirings: readonly Wiring[]): Touched['kind'] {
  if (part === OUTSIDE) return 'outside';
  if (part.startsWith('schedule ')) return 'schedule';
  return wirings.some(({ sagas }) => sagas.some(({ name }) => name === part)) ? 'saga' : 'actor';
}

function unusedIn({ contracts, edges }: Wiring, name: string): readonly string[] {
  const isOwn = (handler: string): boolean => handler === name || handler.startsWith(`${name}:`);
  return contracts
    .filter(({ type, kind, from, to }) =>
      kind === 'command'
        ? to.some(isOwn) && !edges.some(edge => edge.type === type && edge.from !== OUTSIDE)
        : (from.some(isOwn) && to.length === 0) || (to.some(isOwn) && from.length === 0 && to.every(isOwn)),
    )
    .map(({ type }) => type);
}

function instancesOf(of: {
  readonly name: string;
  readonly before: Wiring;
  readonly live: readonly LiveInstances[];
}): readonly TouchedInstances[] {
  const { name, before, live } = of;
  const senders = new Set(
    before.edges.filter(({ to, kind }) => to === name && kind !== 'event').map(({ from }) => from),
  );
  return live.flatMap((count): readonly TouchedInstances[] => {
    if (count.name === name) return [{ ...count, as: 'own' }];
    return senders.has(count.name) && count.status === 'running' ? [{ ...count, as: 'sender' }] : [];
  });
}
