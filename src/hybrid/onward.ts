// Onward: where the machines of a saga can get to from somewhere, and in which ends, whatever their guards say.
import type { AnyStateNode, AnyTransitionDefinition } from 'xstate';
import {
  areCompatible,
  childrenOf,
  doneOf,
  isMachine,
  lineOf,
  transitionsOf,
  type Chart,
  type Start,
} from '../sagas/lint-chart.ts';
import type { Level } from './saga-levels.ts';

const COMPENSATE = 'compensate';

/** A state of one of the machines of a saga. */
export interface Spot {
  readonly level: Level;
  readonly node: AnyStateNode;
}

/** Where one branch after a step leads to. */
export interface Way {
  /** Every state it can lead to, with those around them. */
  readonly spots: readonly Spot[];
  /** Ends in which completed steps are undone. */
  readonly undoing: readonly Spot[];
  /** Whether it can also come to an end that undoes nothing. */
  readonly mayEndWell: boolean;
}

/** Every state a saga can be in without a step that fails, or is refused. */
export function withoutFailures(chart: Chart): ReadonlySet<AnyStateNode> {
  const level: Level = { chart, by: undefined, isTimed: false };
  const walk = new Walk(type => !type.startsWith('xstate.error.'));
  walk.enter({ level, node: chart.machine.root });
  return new Set(walk.spots.map(({ node }) => node));
}

/** The ways on once a step has completed: one for each branch that its result may take at once. */
export function waysAfter(level: Level, start: Start): readonly Way[] {
  const branches = donesOf(level.chart, start).flatMap(transition =>
    targetsOf(transition).flatMap(node => settle({ level, node })),
  );
  return branches.map(resting => wayFrom(resting, { level, start }));
}

/** The transitions that something a machine has started takes when it completes. */
export function donesOf({ nodes }: Chart, { node, id }: Start): readonly AnyTransitionDefinition[] {
  return nodes
    .filter(other => node === undefined || areCompatible(other, node))
    .flatMap(transitionsOf)
    .filter(({ eventType }) => (eventType as string) === `xstate.done.actor.${id}`);
}

export const isUndoing = (node: AnyStateNode): boolean => (node.tags as readonly string[]).includes(COMPENSATE);

/** The events that tell a machine how something it has started ended. */
export function ownEnds({ id }: Start): ReadonlySet<string> {
  return new Set(['done', 'error'].map(kind => `xstate.${kind}.actor.${id}`));
}

function wayFrom(spot: Spot, { level, start }: { readonly level: Level; readonly start: Start }): Way {
  const own = ownEnds(start);
  const once = new Walk(type => !own.has(type));
  once.enter(spot);
  // Its own end comes again only where it is started again.
  if (start.node && !once.hasEntered({ level, node: start.node })) return once.way();
  const again = new Walk(() => true);
  again.enter(spot);
  return again.way();
}

class Walk {
  readonly spots: Spot[] = [];
  readonly #isTaken: (type: string) => boolean;
  readonly #known = new Map<Level, Map<AnyStateNode, 'entered' | 'passed'>>();
  readonly #pending: Spot[] = [];

  constructor(isTaken: (type: string) => boolean) {
    this.#isTaken = isTaken;
  }

  hasEntered({ level, node }: Spot): boolean {
    return this.#known.get(level)?.get(node) === 'entered';
  }

  enter(spot: Spot): void {
    this.#pending.push(spot);
    for (let next = this.#pending.pop(); next; next = this.#pending.pop()) this.#enterOne(next);
  }

  way(): Way {
    const ends = this.spots.filter(isEnd);
    return {
      spots: this.spots,
      undoing: ends.filter(({ node }) => isUndoing(node)),
      mayEndWell: ends.some(({ level, node }) => !isUndoing(node) && level.by === undefined),
    };
  }

  #enterOne(spot: Spot): void {
    const { level, node } = spot;
    if (this.hasEntered(spot)) return;
    const isNew = this.#note(spot, 'entered');
    this.#queue(level, entryOf(node));
    if (isNew) this.#follow(spot);
    if (isOver(spot)) return;
    // A state that something always leads out of is left before anything else can happen.
    if (!isTransient(node)) this.#passAround(spot);
  }

  /** The machine is also in every state around a state, and in the other regions of those. */
  #passAround({ level, node }: Spot): void {
    for (const around of lineOf(node).slice(1)) {
      if (around.type === 'parallel') {
        const line = lineOf(node);
        this.#queue(
          level,
          childrenOf(around).filter(region => !line.includes(region)),
        );
      }
      this.#pass({ level, node: around });
    }
    const outer = level.by;
    if (!outer) return;
    const at = { level: outer.level, node: outer.start.node ?? outer.level.chart.machine.root };
    this.#pass(at);
    this.#passAround(at);
  }

  #pass(spot: Spot): void {
    if (this.#known.get(spot.level)?.has(spot.node)) return;
    this.#note(spot, 'passed');
    this.#follow(spot);
  }

  #follow({ level, node }: Spot): void {
    // A machine ends in one of its states, and does not fail.
    const machines = level.chart.starts.filter(start => start.node === node && isMachine(start.logic));
    const never = new Set(machines.map(({ id }) => `xstate.error.actor.${id}`));
    const taken = transitionsOf(node).filter(
      ({ eventType }) => this.#isTaken(eventType as string) && !never.has(eventType as string),
    );
    this.#queue(level, taken.flatMap(targetsOf));
  }

  #queue(level: Level, nodes: readonly AnyStateNode[]): void {
    this.#pending.push(...nodes.map(node => ({ level, node })));
  }

  /** Says whether it was not known at all. */
  #note(spot: Spot, how: 'entered' | 'passed'): boolean {
    const known = this.#known.get(spot.level) ?? new Map<AnyStateNode, 'entered' | 'passed'>();
    this.#known.set(spot.level, known);
    const isNew = !known.has(spot.node);
    known.set(spot.node, how);
    if (isNew) this.spots.push(spot);
    return isNew;
  }
}

/** Where a saga comes to rest at once after one of its machines has entered a state. */
function settle(spot: Spot, seen: readonly AnyStateNode[] = []): readonly Spot[] {
  const { level, node } = spot;
  if (seen.includes(node)) return [spot];
  const next = (nodes: readonly AnyStateNode[], at = level): readonly Spot[] =>
    nodes.flatMap(one => settle({ level: at, node: one }, [...seen, node]));
  if (isTransient(node)) return next((node.always ?? []).flatMap(targetsOf));
  if (node.type === 'compound') return next(node.initial.target);
  const { parent } = node;
  if (node.type !== 'final' || !parent || isBesideOthers(node)) return [spot];
  const outer = isEnd(spot) ? level.by : undefined;
  const done = outer ? donesOf(outer.level.chart, outer.start) : (parent.transitions.get(doneOf(parent)) ?? []);
  return done.some(isFree) ? next(done.flatMap(targetsOf), outer?.level) : [spot];
}

const isTransient = (node: AnyStateNode): boolean => (node.always ?? []).some(isFree);

/** Taken whatever comes, and leads somewhere. */
const isFree = (transition: AnyTransitionDefinition): boolean =>
  !transition.guard && (transition.target?.length ?? 0) > 0;

const isBesideOthers = (node: AnyStateNode): boolean => lineOf(node).some(({ type }) => type === 'parallel');

const targetsOf = ({ target = [] }: AnyTransitionDefinition): readonly AnyStateNode[] =>
  target as readonly AnyStateNode[];

/** A final state in which the machine itself ends; of a machine of regions, one in which a region does. */
function isEnd({ level, node }: Spot): boolean {
  const { root } = level.chart.machine;
  if (node.type !== 'final') return false;
  return node.parent === root || (root.type === 'parallel' && node.parent?.parent === root);
}

/** Nothing more can happen: the saga has ended. */
const isOver = (spot: Spot): boolean =>
  isEnd(spot) && spot.level.by === undefined && spot.level.chart.machine.root.type !== 'parallel';

/** What is entered with a state; a history state may lead to any that were there before. */
function entryOf(node: AnyStateNode): readonly AnyStateNode[] {
  if (node.type === 'compound') return node.initial.target;
  if (node.type === 'parallel') return childrenOf(node);
  return node.type === 'history' && node.parent ? below(node.parent) : [];
}

function below(node: AnyStateNode): readonly AnyStateNode[] {
  return childrenOf(node).flatMap(child => [child, ...below(child)]);
}
