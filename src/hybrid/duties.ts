// Duties: the commands a saga sends, itself or by the sagas it starts, and the events of the same flow.
import { sagasOf, type Definitions } from './definitions.ts';
import type { WayStep } from './finding.ts';
import { canComeBefore, canShareRun, type Site } from './saga-sites.ts';
import type { WiringIndex } from './wire.ts';
import { sitesOf, type SagaSites } from './wired-saga.ts';
import type { WiredHandler, WiredSaga, WiredStep } from './wiring.ts';
import { doneBy } from './work.ts';

/** A saga of a family: the one that starts on a message, or one it starts as a step. */
interface Member {
  readonly saga: WiredSaga;
  readonly sites: SagaSites;
  /** Where its start is, from the first saga on. */
  readonly around: Site;
  /** The steps that lead to it, from the first saga on. */
  readonly by: readonly { readonly parent: WiredSaga; readonly step: WiredStep }[];
}

/** A command that is sent in a flow. */
export interface Duty {
  readonly saga: WiredSaga;
  readonly step: WiredStep;
  readonly command: string;
  readonly isUndo: boolean;
  readonly owner: WiredHandler;
  /** From the first saga to the command. */
  readonly way: readonly WayStep[];
  readonly site: Site;
  readonly member: Member;
}

/** An event of the flow that a duty is part of. */
export interface Cue {
  readonly event: string;
  readonly way: readonly WayStep[];
  readonly isPossible: boolean;
  /** Whether the flow starts on it. */
  readonly starts: boolean;
  /** Whether the saga hears it before the step. */
  readonly isHeard: boolean;
  /** Whether the saga hears or publishes it; else it comes of another step. */
  readonly isOwn: boolean;
  /** The sagas that have begun by then: what they claim is claimed. */
  readonly begun: readonly WiredSaga[];
}

/** A saga that starts on a message, with those it starts. */
export class Family {
  readonly root: WiredSaga;
  readonly duties: readonly Duty[];
  readonly #index: WiringIndex;
  readonly #members: readonly Member[];

  constructor(root: WiredSaga, definitions: Definitions, index: WiringIndex) {
    this.root = root;
    this.#index = index;
    this.#members = [...membersOf(root, definitions, index)];
    this.duties = this.#members.flatMap(member => [...dutiesOf(member, index)]);
  }

  /** The saga and those it starts, directly or by others. */
  get members(): readonly WiredSaga[] {
    return this.#members.map(({ saga }) => saga);
  }

  /** The commands of its steps, and with `undos` those that take them back. */
  commands({ undos }: { readonly undos: boolean }): ReadonlySet<string> {
    return new Set(this.duties.filter(({ isUndo }) => undos || !isUndo).map(({ command }) => command));
  }

  /** The events of the flow that may bring about what the duty does, the likeliest first. */
  cuesOf(duty: Duty): readonly Cue[] {
    const own = doneBy(this.#index, duty.owner, 'publishes');
    const cues = [...this.#starts(), ...this.#heard(duty), ...this.#published(duty), ...this.#commanded(duty)];
    // What the work itself publishes comes of it.
    return cues.filter(({ event, starts }) => starts || !own.has(event));
  }

  *#starts(): Iterable<Cue> {
    for (const { type } of this.root.takes.filter(({ starts }) => starts)) {
      const way = [{ at: this.root.name, does: 'starts on', what: type }];
      yield { event: type, way, isPossible: false, starts: true, isHeard: true, isOwn: true, begun: [this.root] };
    }
  }

  /** What leads to the step, or, where it takes a step back, to the state that says so. */
  *#heard({ member, step, site, isUndo }: Duty): Iterable<Cue> {
    const begun = [this.root];
    for (const { parent, step: start } of [...member.by, { parent: member.saga, step }]) {
      if (!begun.includes(parent)) begun.push(parent);
      const own = new Set(parent.takes.filter(({ starts }) => starts).map(({ type }) => type));
      for (const type of start.after.filter(one => !own.has(one))) yield heardBy(parent, type, [...begun]);
    }
    if (!isUndo) return;
    for (const other of this.#members) {
      const leading = other.sites.undoing.filter(placing => canShareRun(site, [...other.around, ...placing.site]));
      for (const { type } of leading) yield heardBy(other.saga, type, sagasTo(other));
    }
  }

  *#published({ site }: Duty): Iterable<Cue> {
    for (const member of this.#members) {
      const { published } = member.sites;
      for (const event of member.saga.publishes) {
        const places = published.filter(({ type }) => type === event);
        const shared = places.filter(place => canShareRun(site, [...member.around, ...place.site]));
        if (places.length > 0 && shared.length === 0) continue;
        yield {
          event,
          way: [{ at: member.saga.name, does: 'publishes', what: event }],
          isPossible: !shared.some(({ isCertain }) => isCertain),
          starts: false,
          isHeard: false,
          isOwn: true,
          begun: sagasTo(member),
        };
      }
    }
  }

  /** What comes of the steps before it and beside it. */
  *#commanded(duty: Duty): Iterable<Cue> {
    for (const other of this.duties) {
      if (other.command === duty.command || (other.isUndo && !duty.isUndo)) continue;
      if (!(duty.isUndo ? canShareRun : canComeBefore)(other.site, duty.site)) continue;
      for (const [event, isCertain] of doneBy(this.#index, other.owner, 'publishes')) {
        const way = [...other.way, { at: other.owner.id, does: 'publishes', what: event }];
        yield {
          event,
          way,
          isPossible: !isCertain,
          starts: false,
          isHeard: false,
          isOwn: false,
          begun: sagasTo(other.member),
        };
      }
    }
  }
}

/** The families of an app. A saga that only others start is in theirs. */
export function familiesOf(definitions: Definitions, index: WiringIndex): readonly Family[] {
  return index.wiring.sagas
    .filter(({ takes }) => takes.some(({ starts }) => starts))
    .map(saga => new Family(saga, definitions, index));
}

function* membersOf(root: WiredSaga, definitions: Definitions, index: WiringIndex): Iterable<Member> {
  const sites = new Map(sagasOf(definitions).map(({ part }) => [part.name, sitesOf(part)]));
  const follow = function* (saga: WiredSaga, around: Site, by: Member['by']): Iterable<Member> {
    const own = sites.get(saga.name);
    if (!own) return;
    yield { saga, sites: own, around, by };
    for (const step of saga.steps.filter(({ kind }) => kind === 'saga')) {
      const child = index.saga(step.does);
      if (!child || child === saga || by.some(({ parent }) => parent === child)) continue;
      yield* follow(child, [...around, ...(own.steps.get(step.id) ?? [])], [...by, { parent: saga, step }]);
    }
  };
  yield* follow(root, [], []);
}

function* dutiesOf(member: Member, index: WiringIndex): Iterable<Duty> {
  const { saga, sites, around, by } = member;
  const start = by.map(({ step }) => ({ at: step.id, does: 'starts', what: step.does }));
  for (const step of saga.steps) {
    const site = [...around, ...(sites.steps.get(step.id) ?? [])];
    const common = { saga, step, site, member };
    const forward = step.kind === 'command' ? index.takers(step.does)[0] : undefined;
    const back = typeof step.undo === 'string' ? index.takers(step.undo)[0] : undefined;
    if (forward) {
      const way = [...start, { at: step.id, does: 'commands', what: step.does }];
      yield { ...common, command: step.does, isUndo: false, owner: forward, way };
    }
    if (back && typeof step.undo === 'string') {
      const way = [...start, { at: step.id, does: 'takes back with', what: step.undo }];
      yield { ...common, command: step.undo, isUndo: true, owner: back, way };
    }
  }
}

function heardBy(saga: WiredSaga, event: string, begun: readonly WiredSaga[]): Cue {
  const way = [{ at: saga.name, does: 'hears', what: event }];
  return { event, way, isPossible: false, starts: false, isHeard: true, isOwn: true, begun };
}

/** The saga and those that lead to it. */
const sagasTo = ({ saga, by }: Member): readonly WiredSaga[] => [...by.map(({ parent }) => parent), saga];
