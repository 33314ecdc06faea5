// Rule about order: two steps one after the other, of which the second reads nothing that the first brings.
import { leafOf } from '../../sagas/leaf.ts';
import { optionsOf, type Chart, type Start } from '../../sagas/lint-chart.ts';
import { invokesOf } from '../../sagas/machine-parts.ts';
import type { AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { sagasOf } from '../definitions.ts';
import { donesOf, isUndoing } from '../onward.ts';
import { placedSteps, type PlacedStep } from '../saga-levels.ts';
import { readsOf } from '../read-keys.ts';
import type { Checked, Rule } from './rule.ts';

/** TR125. */
export const independentSteps: Rule = function* (checked) {
  for (const { part: saga } of sagasOf(checked.definitions)) {
    const wired = checked.index.saga(saga.name);
    const steps = wired ? placedSteps(saga, wired) : [];
    for (const first of steps) {
      const second = nextOf(first, steps);
      if (!second || !mayGoTogether(checked, first, second)) continue;
      yield {
        code: 'TR125',
        problem: `The step ${second.step.id} reads nothing that ${first.step.id} brings, and waits for it.`,
        way: [first, second].map(({ step }) => ({ at: step.state, does: 'waits for', what: step.does })),
        parts: [saga.name],
        about: [first.step.id, second.step.id],
      };
    }
  }
};

/** The one step of the one state that a step always leads to. */
function nextOf({ level, start }: PlacedStep, steps: readonly PlacedStep[]): PlacedStep | undefined {
  const done = doneOf(level.chart, start);
  const target = done?.target?.[0] as AnyStateNode | undefined;
  if (!done || done.guard || done.target?.length !== 1 || target === start.node) return undefined;
  const there = level.chart.starts.filter(({ node }) => node === target);
  const here = level.chart.starts.filter(({ node }) => node === start.node);
  return there.length === 1 && here.length === 1 && target?.type === 'atomic'
    ? steps.find(one => one.level.chart === level.chart && one.start === there[0])
    : undefined;
}

/** Undefined where a step has several. */
function doneOf(chart: Chart, start: Start): AnyTransitionDefinition | undefined {
  const [first, ...others] = start.node ? donesOf(chart, start) : [];
  return others.length === 0 ? first : undefined;
}

function mayGoTogether({ index }: Checked, first: PlacedStep, second: PlacedStep): boolean {
  const owners = [first, second].map(({ step }) =>
    step.kind === 'command' ? index.takers(step.does)[0]?.part : undefined,
  );
  if (owners[0] !== undefined && owners[0] === owners[1]) return false;
  // What cannot be taken back has to come last.
  const isUndone = [first, second].every(({ step }) => step.undo !== undefined);
  if (!isUndone && first.level.chart.nodes.some(isUndoing)) return false;
  const assigned = assignedBetween(first, second);
  const read = readsOf(inputOf(second));
  return assigned !== undefined && read !== undefined && !assigned.some(key => read.has(key));
}

/** The keys of context that change on the way from one step to the next; undefined where that cannot be read. */
function assignedBetween({ level, start }: PlacedStep, second: PlacedStep): readonly string[] | undefined {
  const known = level.chart.implementations('actions');
  const actions: readonly unknown[] = [
    ...(start.node?.exit ?? []),
    ...(doneOf(level.chart, start)?.actions ?? []),
    ...(second.start.node?.entry ?? []),
  ];
  const keys = actions.map(action => assignedBy(action, known));
  return keys.includes(undefined) ? undefined : keys.flatMap(one => one ?? []);
}

function assignedBy(action: unknown, known: ReadonlyMap<string, unknown>): readonly string[] | undefined {
  const { type, assignment } = optionsOf(action);
  if (type === 'xstate.assign') {
    return typeof assignment === 'object' && assignment !== null ? Object.keys(assignment) : undefined;
  }
  if (type !== undefined) return type === 'xstate.enqueueActions' ? undefined : [];
  const name = typeof action === 'string' ? action : nameOf(action);
  const named = name === undefined ? undefined : known.get(name);
  if (named === undefined) return undefined;
  // A function of the user's assigns nothing.
  return optionsOf(named)['type'] === undefined ? [] : assignedBy(named, known);
}

const nameOf = (action: unknown): string | undefined =>
  typeof action === 'object' && action !== null && 'type' in action ? String(action.type) : undefined;

function inputOf({ start }: PlacedStep): unknown {
  if (leafOf(start.logic) === undefined || !start.node) return undefined;
  return invokesOf(start.node).find(({ id }) => id === start.id)?.input;
}
