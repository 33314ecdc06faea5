// Flows: what follows from each message that enters an app, by the wiring alone.
import { doneBy } from './work.ts';
import type { WiringIndex } from './wire.ts';
import type { WiredHandler, WiredSaga } from './wiring.ts';

/** One reaction in a flow. */
export interface Reaction {
  /** An actor or a saga. */
  readonly part: string;
  /** The handler `payments:order.placed`, or the saga. */
  readonly at: string;
  /** The type it takes. */
  readonly by: string;
  readonly kind: 'event' | 'command';
  /** How many messages it is from the first, which is 1. */
  readonly hop: number;
  /** The types it publishes or sends. */
  readonly leadsTo: readonly string[];
  readonly handler: WiredHandler | undefined;
  readonly saga: WiredSaga | undefined;
}

/** Everything that may follow from one type that comes from outside or from a schedule. */
export interface Flow {
  readonly root: string;
  readonly reactions: readonly Reaction[];
  readonly style: 'orchestrated' | 'choreographed' | 'hybrid';
}

/** The flows of an app in which one part leads to another. */
export function flowsOf(index: WiringIndex): readonly Flow[] {
  return index.wiring.contracts
    .filter(({ from }) => from.every(sender => sender.startsWith('schedule ')))
    .map(({ type }) => flowFrom(index, type))
    .filter(isFlow);
}

function flowFrom(index: WiringIndex, root: string): Flow {
  const reactions: Reaction[] = [];
  const seen = new Set<string>();
  let wave = [root];
  for (let hop = 1; wave.length > 0; hop++) {
    const found = wave.flatMap(type => reactionsTo(index, type, hop)).filter(({ at, by }) => !seen.has(`${at} ${by}`));
    for (const { at, by } of found) seen.add(`${at} ${by}`);
    reactions.push(...found);
    wave = [...new Set(found.flatMap(({ leadsTo }) => leadsTo))];
  }
  return { root, reactions, style: styleOf(reactions) };
}

function reactionsTo(index: WiringIndex, type: string, hop: number): readonly Reaction[] {
  const common = { by: type, kind: index.contract(type)?.kind ?? 'event', hop };
  const handlers = index.takers(type).map(handler => ({
    ...common,
    part: handler.part,
    at: handler.id,
    leadsTo: leadsTo(index, handler),
    handler,
    saga: undefined,
  }));
  const sagas = index.sagasOn(type).map(saga => ({
    ...common,
    part: saga.name,
    at: saga.name,
    leadsTo: messagesOf(index, saga),
    handler: undefined,
    saga,
  }));
  return [...handlers, ...sagas];
}

/** What a handler publishes and sends, with what the tasks it starts do. */
function leadsTo(index: WiringIndex, handler: WiredHandler): readonly string[] {
  return [...doneBy(index, handler, 'publishes').keys(), ...doneBy(index, handler, 'sends').keys()];
}

/** What a saga and the sagas it starts publish and send. */
function messagesOf(index: WiringIndex, saga: WiredSaga, around: readonly string[] = []): readonly string[] {
  const children = saga.steps.flatMap(({ kind, does }) => (kind === 'saga' ? (index.saga(does) ?? []) : []));
  const inner = children.filter(({ name }) => !around.includes(name));
  const own = [...saga.publishes, ...saga.sends.filter(type => index.contract(type) !== undefined)];
  return [...new Set([...own, ...inner.flatMap(child => messagesOf(index, child, [...around, saga.name]))])];
}

/** Orchestrated: only sagas react to events. */
function styleOf(reactions: readonly Reaction[]): Flow['style'] {
  const hasSaga = reactions.some(({ saga }) => saga?.takes.some(({ starts }) => starts));
  if (!hasSaga) return 'choreographed';
  const isChoreographed = reactions.some(({ handler, kind }) => handler !== undefined && kind === 'event');
  return isChoreographed ? 'hybrid' : 'orchestrated';
}

/** One handler that answers is no flow; nor is an event that only a running saga waits for. */
function isFlow({ root, reactions }: Flow): boolean {
  const begins = ({ hop, handler, saga }: Reaction): boolean =>
    hop === 1 && (handler !== undefined || saga?.takes.some(one => one.type === root && one.starts) === true);
  return reactions.some(begins) && new Set(reactions.map(({ part }) => part)).size > 1;
}
