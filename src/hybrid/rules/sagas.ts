// Rules about time and size: states that wait for ever, tasks that may hang, sagas that know too much.
import type { AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { childrenOf, lineOf, optionsOf, transitionsOf } from '../../sagas/lint-chart.ts';
import { reachableFrom } from '../../sagas/lint-reach.ts';
import { takes } from '../../sagas/machine-parts.ts';
import type { Saga } from '../../sagas/saga.ts';
import { sagasOf } from '../definitions.ts';
import type { Spot } from '../onward.ts';
import { isTimed, levelsOf, stepId, type Level } from '../saga-levels.ts';
import type { WiredSaga } from '../wiring.ts';
import type { Checked, Found } from './rule.ts';

const MAX_STATES = 30;
const MAX_PARTICIPANTS = 10;
/** Nobody waits for these: a state that only they end is one to rest in. */
const ENDING = /(?:^|[^a-z])(?:cancel(?:l?ed)?|aborted|revoked|withdrawn|terminated)$/iu;

/** TR120. */
export function* waitsWithoutTimeout(checked: Checked): Iterable<Found> {
  for (const { part: saga } of sagasOf(checked.definitions)) {
    const wired = checked.index.saga(saga.name);
    if (!wired || isBoundedByParents(checked, saga)) continue;
    const types = wired.takes.map(({ type }) => type);
    const endless = new Set(levelsOf(saga).flatMap(level => endlessIn(level, types)));
    for (const { path, waitsFor } of wired.states) {
      if (!endless.has(path) || waitsFor.every(type => ENDING.test(type))) continue;
      yield {
        code: 'TR120',
        problem: `${path} waits for ${waitsFor.join(' or ')}, and nothing ends it where that never comes.`,
        way: waitsFor.map(what => ({ at: path, does: 'waits for', what })),
        parts: [saga.name],
        about: [path, ...waitsFor],
      };
    }
  }
}

/** The states of a machine that start nothing, and that only events from outside the saga end. */
function endlessIn(level: Level, types: readonly string[]): readonly string[] {
  const { chart } = level;
  const reached = reachableFrom(chart.machine.root);
  return chart.nodes
    .filter(node => node.type === 'atomic' && reached.has(node) && !chart.starts.some(start => start.node === node))
    .filter(node => !mayEndOtherwise({ level, node }, types))
    .map(node => chart.place(node));
}

/** By a delay, by something it or a state around it has started, or by what goes on in a region beside it. */
function mayEndOtherwise({ level: { chart, by }, node }: Spot, types: readonly string[], own?: string): boolean {
  const line = lineOf(node);
  const isOther = ({ eventType, guard }: AnyTransitionDefinition): boolean => {
    const descriptor = eventType as string;
    if (own !== undefined && descriptor.endsWith(`.${own}`)) return false;
    // A guard that has refused once is asked again when an event has come.
    if (descriptor === '') return guard === undefined;
    return !descriptor.startsWith('xstate.done.state.') && !types.some(type => takes(descriptor, type));
  };
  if (line.flatMap(transitionsOf).some(isOther)) return true;
  const beside = line.flatMap(region => regionsBeside(region));
  const isAsking = line.flatMap(transitionsOf).some(({ eventType }) => (eventType as string) === '');
  if (isAsking && beside.flatMap(below).flatMap(transitionsOf).some(isOther)) return true;
  if (chart.actions.some(({ action }) => isDelayed(optionsOf(action)))) return true;
  return (
    beside.some(region => isLeftBy(region, isOther)) ||
    (by?.start.node !== undefined && mayEndOtherwise({ level: by.level, node: by.start.node }, types, by.start.id))
  );
}

const regionsBeside = (region: AnyStateNode): readonly AnyStateNode[] =>
  region.parent?.type === 'parallel' ? childrenOf(region.parent).filter(other => other !== region) : [];

/** Whether a region may by itself leave the state it is a region of. */
function isLeftBy(region: AnyStateNode, isOther: (transition: AnyTransitionDefinition) => boolean): boolean {
  const leaves = ({ target = [] }: AnyTransitionDefinition): boolean =>
    (target as readonly AnyStateNode[]).some(one => !lineOf(one).includes(region));
  return below(region)
    .flatMap(transitionsOf)
    .some(transition => isOther(transition) && leaves(transition));
}

const below = (node: AnyStateNode): readonly AnyStateNode[] => [node, ...childrenOf(node).flatMap(below)];

function isDelayed({ type, delay, collect }: Readonly<Record<string, unknown>>): boolean {
  if (type === 'xstate.enqueueActions') return /\bdelay\b/u.test(String(collect));
  return (type === 'xstate.raise' || type === 'xstate.sendTo') && delay !== undefined;
}

/** Only other sagas start it, and each of them stops waiting for it some day, which takes it back. */
function isBoundedByParents({ definitions, index }: Checked, { name }: Saga): boolean {
  if (index.saga(name)?.takes.some(({ starts }) => starts) ?? true) return false;
  const starts = sagasOf(definitions).flatMap(({ part }) =>
    levelsOf(part).flatMap(level =>
      level.chart.starts.map(start => ({ id: stepId(level, start), isTimed: isTimed(level, start.node) })),
    ),
  );
  const timed = new Map(starts.map(start => [start.id, start.isTimed]));
  const steps = index.wiring.sagas
    .flatMap(saga => saga.steps)
    .filter(({ kind, does }) => kind === 'saga' && does === name);
  return steps.length > 0 && steps.every(({ id, hasTimeout }) => hasTimeout || timed.get(id) === true);
}

/** TR121. */
export function* tasksWithoutTimeout({ definitions, index }: Checked): Iterable<Found> {
  for (const { part: saga } of sagasOf(definitions)) {
    const timed = new Set(levelsOf(saga).flatMap(timedSteps));
    for (const { id, kind, does, hasTimeout, state } of index.saga(saga.name)?.steps ?? []) {
      if (kind !== 'task' || hasTimeout || timed.has(id)) continue;
      yield {
        code: 'TR121',
        problem: `The task ${id} has no timeout, and ${state} has no after.`,
        way: [{ at: state, does: 'runs', what: does }],
        parts: [saga.name],
        about: [id, state, does],
      };
    }
  }
}

function timedSteps(level: Level): readonly string[] {
  return level.chart.starts.filter(({ node }) => isTimed(level, node)).map(start => stepId(level, start));
}

/** TR124. */
export function* sagasTooBig({ definitions, index }: Checked): Iterable<Found> {
  for (const { part } of sagasOf(definitions)) {
    const saga = index.saga(part.name);
    if (!saga) continue;
    const nodes = levelsOf(part).flatMap(({ chart }) => chart.nodes);
    const states = nodes.filter(({ parent, type }) => parent !== undefined && type !== 'history').length;
    const participants = participantsOf(saga, type => index.takers(type).map(({ part }) => part));
    const problems = [
      ...(states > MAX_STATES ? [`${states} states, more than ${MAX_STATES}`] : []),
      ...(participants.length > MAX_PARTICIPANTS
        ? [`${participants.length} participants, more than ${MAX_PARTICIPANTS}`]
        : []),
    ];
    if (problems.length === 0) continue;
    yield {
      code: 'TR124',
      problem: `The saga ${saga.name} has ${problems.join(' and ')}.`,
      way: participants.map(what => ({ at: saga.name, does: 'tells', what })),
      parts: [saga.name],
      about: [saga.name],
    };
  }
}

/** Those a saga tells what to do: owners of its commands, and its child sagas. */
function participantsOf({ sends, steps }: WiredSaga, ownersOf: (type: string) => readonly string[]): readonly string[] {
  const children = steps.filter(({ kind }) => kind === 'saga').map(({ does }) => does);
  return [...new Set([...sends.flatMap(type => ownersOf(type)), ...children])].toSorted();
}
