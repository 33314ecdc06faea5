// Saga levels: the machines of a saga where they are nested, and what around each of them bounds its time.
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { Chart, isMachine, lineOf, type Start } from '../sagas/lint-chart.ts';
import { aftersOf } from '../sagas/machine-parts.ts';
import { programOf } from '../sagas/program.ts';
import type { Saga } from '../sagas/saga.ts';
import type { WiredSaga, WiredStep } from './wiring.ts';

/** A machine of a saga in its place. */
export interface Level {
  readonly chart: Chart;
  /** What starts it; undefined for the machine of the saga itself. */
  readonly by: { readonly level: Level; readonly start: Start } | undefined;
  /** Whether a state around it has an `after`. */
  readonly isTimed: boolean;
}

/** The machine of a saga and those nested in it, as the wiring names them; none is followed into itself. */
export function levelsOf(saga: Saga): readonly Level[] {
  const { machine } = programOf(saga);
  const root: Level = { chart: new Chart(machine, saga.name), by: undefined, isTimed: false };
  return below(root, [machine]);
}

function below(level: Level, around: readonly AnyStateMachine[]): readonly Level[] {
  const { chart } = level;
  const nested = chart.starts.flatMap(start => {
    const { logic, src, id } = start;
    if (!isMachine(logic) || around.includes(logic)) return [];
    const name = `${chart.name}/${typeof src === 'string' ? src : (id ?? 'child')}`;
    const inner: Level = { chart: new Chart(logic, name), by: { level, start }, isTimed: isTimed(level, start.node) };
    return below(inner, [...around, logic]);
  });
  return [level, ...nested];
}

/** Whether a delay ends a state, or one around it; of what is spawned, whether one ends the machine. */
export function isTimed({ chart, isTimed: isTimedAround }: Level, node: AnyStateNode | undefined): boolean {
  return isTimedAround || lineOf(node ?? chart.machine.root).some(hasAfter);
}

const hasAfter = (node: AnyStateNode): boolean => aftersOf(node).length > 0;

/** `checkout.paying/charge`, as a step is called in the wiring. */
export function stepId({ chart }: Level, { node, id, src }: Start): string {
  const state = node ? chart.place(node) : chart.name;
  return `${state}/${id ?? (typeof src === 'string' ? src : 'task')}`;
}

/** A step of a saga where its machine starts it. */
export interface PlacedStep {
  readonly level: Level;
  readonly start: Start;
  readonly step: WiredStep;
}

/** The steps of a saga, with where they are started. */
export function placedSteps(saga: Saga, { steps }: WiredSaga): readonly PlacedStep[] {
  const known = new Map(steps.map(step => [step.id, step]));
  return levelsOf(saga).flatMap(level =>
    level.chart.starts.flatMap(start => {
      const step = known.get(stepId(level, start));
      return step ? [{ level, start, step }] : [];
    }),
  );
}
