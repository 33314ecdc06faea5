// Rules about undoing: steps that a saga could not take back, and what would take back and never runs.
import type { Actor, HandlerDefinition } from '../../actors/actor.ts';
import { leafOf } from '../../sagas/leaf.ts';
import { lineOf, transitionsOf, type Start } from '../../sagas/lint-chart.ts';
import { programOf } from '../../sagas/program.ts';
import { actorsOf, sagasOf, type Definitions } from '../definitions.ts';
import { callsOnce, doesWork } from '../handler-work.ts';
import { isUndoing, ownEnds, waysAfter, withoutFailures, type Way } from '../onward.ts';
import { placedSteps, stepId, type Level, type PlacedStep } from '../saga-levels.ts';
import type { WiringIndex } from '../wire.ts';
import { leavesNothing } from '../message-names.ts';
import type { Checked, Found, Rule } from './rule.ts';

/** TR122. */
export const stepsWithoutUndo: Rule = function* (checked) {
  const work = new Work(checked);
  for (const placed of allSteps(checked)) {
    const { step, level, start } = placed;
    if (step.undo !== undefined || !work.isWork(placed)) continue;
    // What is done because something has failed is not undone when it fails for good.
    if (isAfterFailure(level, start)) continue;
    const way = waysAfter(level, start).find(({ undoing, mayEndWell }) => undoing.length > 0 && mayEndWell);
    if (way) yield withoutUndo(placed, way);
  }
};

function withoutUndo(placed: PlacedStep, way: Way): Found {
  const { step } = placed;
  const end = way.undoing[0];
  const place = end ? end.level.chart.place(end.node) : step.saga;
  const next = stepsOn(way).find(id => id !== step.id);
  const cause = next === undefined ? '' : `, for instance when ${next} fails`;
  return {
    code: 'TR122',
    problem: `The step ${step.id} does work and has no compensate, and the saga can still end in ${place}${cause}.`,
    way: [
      doing(placed),
      ...(next === undefined ? [] : [{ at: step.saga, does: 'goes on to', what: next }]),
      { at: step.saga, does: 'undoes the others in', what: place },
    ],
    parts: [step.saga],
    about: [step.id, step.state, step.does],
  };
}

/** TR123. */
export const undosThatNeverRun: Rule = function* (checked) {
  const children = childrenOf(checked.definitions);
  for (const placed of allSteps(checked)) {
    const { step, level } = placed;
    // Whoever starts a child saga takes it back.
    if (typeof step.undo !== 'string' || children.has(step.saga) || isTagged(level) || mayBeLeft(placed)) continue;
    yield {
      code: 'TR123',
      problem: `The step ${step.id} has compensate, and no state of ${level.chart.name} is tagged compensate.`,
      way: [doing(placed), { at: step.saga, does: 'never undoes it with', what: step.undo }],
      parts: [step.saga],
      about: [step.id, step.state, step.undo],
    };
  }
};

function allSteps({ definitions, index }: Checked): readonly PlacedStep[] {
  return sagasOf(definitions).flatMap(({ part }) => {
    const wired = index.saga(part.name);
    return wired ? placedSteps(part, wired) : [];
  });
}

const doing = ({ step: { state, kind, does } }: PlacedStep): Found['way'][number] => ({
  at: state,
  does: kind === 'command' ? 'commands' : 'runs',
  what: does,
});

const stepsOn = ({ spots }: Way): readonly string[] =>
  spots.flatMap(({ level, node }) =>
    level.chart.starts.filter(start => start.node === node).map(start => stepId(level, start)),
  );

const childrenOf = (definitions: Definitions): ReadonlySet<string> =>
  new Set(
    sagasOf(definitions).flatMap(({ part }) =>
      programOf(part)
        .children()
        .map(({ name }) => name),
    ),
  );

const isAfterFailure = ({ chart, by }: Level, { node }: Start): boolean =>
  (node !== undefined && !withoutFailures(chart).has(node)) || (by !== undefined && isAfterFailure(by.level, by.start));

const isTagged = ({ chart, by }: Level): boolean =>
  chart.nodes.some(isUndoing) || (by !== undefined && isTagged(by.level));

/** What completes after its state was left is undone at once; a last step needs no more. */
function mayBeLeft({ level, start, step }: PlacedStep): boolean {
  if (waysAfter(level, start).some(way => stepsOn(way).some(id => id !== step.id))) return false;
  const own = ownEnds(start);
  const { node } = start;
  return (
    step.hasTimeout ||
    !node ||
    lineOf(node)
      .flatMap(transitionsOf)
      .some(({ eventType, target }) => !own.has(eventType as string) && target !== undefined)
  );
}

/** Which steps leave something behind. */
class Work {
  readonly #index: WiringIndex;
  readonly #undos: ReadonlySet<string>;
  readonly #owners: ReadonlyMap<string, { readonly actor: Actor; readonly handler: HandlerDefinition }>;

  constructor({ definitions, index }: Checked) {
    this.#index = index;
    const steps = index.wiring.sagas.flatMap(saga => saga.steps);
    this.#undos = new Set(steps.flatMap(({ undo }) => (typeof undo === 'string' ? [undo] : [])));
    this.#owners = new Map(
      actorsOf(definitions).flatMap(({ part: actor }) =>
        actor.handlers.flatMap(handler =>
          handler.contract?.kind === 'command' ? [[handler.contract.type, { actor, handler }] as const] : [],
        ),
      ),
    );
  }

  isWork({ step, start }: PlacedStep): boolean {
    if (step.kind === 'saga' || leavesNothing(step.does)) return false;
    if (step.kind === 'command') return this.#isWorkOf(step.does);
    const leaf = leafOf(start.logic);
    return step.effects.length > 0 || (leaf?.kind === 'task' && callsOnce(leaf.run));
  }

  #isWorkOf(type: string): boolean {
    const owner = this.#owners.get(type);
    if (!owner || this.#undos.has(type)) return false;
    const certain = this.#index
      .takers(type)
      .flatMap(({ publishes, effects, possible }) =>
        [...publishes, ...effects].filter(name => !possible.includes(name)),
      );
    return certain.length > 0 || doesWork(owner.actor, owner.handler);
  }
}
