// Lint: refuses at definition what cannot run durably, with the path in the machine and the fix.
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { TroupeError } from '../runtime/errors.ts';
import { logicKind } from './logic-kind.ts';

/** `always` and `raise` loops end here instead of hanging the process. */
const MAX_ITERATIONS = 1_000;

/** Actions that XState resolves itself and the step turns into effects. */
const BUILT_IN = new Set([
  'xstate.assign',
  'xstate.raise',
  'xstate.sendTo',
  'xstate.cancel',
  'xstate.emit',
  'xstate.log',
  'xstate.enqueueActions',
  'xstate.spawnChild',
  'xstate.stopChild',
]);

/** Refuses one state of one machine. */
type Refuse = (problem: string, fix: string) => never;

interface Checked {
  readonly machine: AnyStateMachine;
  readonly node: AnyStateNode;
  readonly refuse: Refuse;
}

/**
 * Checks a machine as a whole.
 *
 * @throws TroupeError `saga-refused`
 */
export function lint(saga: string, machine: AnyStateMachine): void {
  const given: unknown = machine;
  if (typeof given !== 'object' || given === null || !('__xstatenode' in given)) {
    throw new TroupeError(
      'saga-refused',
      `The saga ${saga} has no XState machine. Pass setup({ … }).createMachine({ … }).`,
    );
  }
  if (!Number.isFinite(machine.options?.maxIterations)) {
    machine.options = { ...machine.options, maxIterations: MAX_ITERATIONS };
  }
  for (const node of nodesOf(machine.root)) {
    const refuse: Refuse = (problem, fix) => {
      throw new TroupeError('saga-refused', `The saga ${saga} cannot run durably: state ${node.id} ${problem}. ${fix}`);
    };
    const checked = { machine, node, refuse };
    if (node.key.includes('.')) refuse('has a dot in its key, which loses history states', 'Rename the state.');
    lintInvokes(checked);
    lintDelays(checked);
    for (const action of actionsOf(node)) lintAction(checked, action);
  }
}

function* nodesOf(node: AnyStateNode): Iterable<AnyStateNode> {
  yield node;
  for (const child of Object.values(node.states)) yield* nodesOf(child);
}

function lintInvokes({ machine, node, refuse }: Checked): void {
  for (const { src } of node.invoke) {
    const logic: unknown = typeof src === 'string' ? machine.implementations.actors[src] : src;
    const name = typeof src === 'string' ? src : 'inline logic';
    if (logic === undefined) refuse(`invokes '${name}', which setup({ actors }) does not have`, 'Add it there.');
    if (['leaf', 'machine', 'promise', 'transition'].includes(logicKind(logic)) && typeof src === 'string') continue;
    refuse(
      `invokes '${name}', which is no durable logic`,
      'Use command(contract); call the outside world in the task of an actor.',
    );
  }
}

/** An unknown delay would be taken at once (statelyai/xstate#5375). */
function lintDelays({ machine, node, refuse }: Checked): void {
  for (const delay of Object.keys(node.config.after ?? {})) {
    if (Number.isFinite(Number(delay)) || delay in machine.implementations.delays) continue;
    refuse(`waits for the unknown delay '${delay}'`, `Add delays: { ${delay}: … } to setup, or use milliseconds.`);
  }
}

function actionsOf(node: AnyStateNode): unknown[] {
  const transitions = [...node.transitions.values()].flat();
  const all = [...transitions, ...(node.always ?? []), ...node.after];
  return [...node.entry, ...node.exit, ...all.flatMap(({ actions }) => actions as unknown[])];
}

function lintAction(checked: Checked, action: unknown): void {
  const { machine, refuse } = checked;
  if (typeof action === 'function') {
    const type = 'type' in action && typeof action.type === 'string' ? action.type : '';
    if (BUILT_IN.has(type)) return;
    if (type.startsWith('xstate.')) refuse(`uses ${type}`, 'Start steps with invoke.');
    refuse(
      `has the inline action '${action.name || 'anonymous'}'`,
      'Use assign, emit or raise; work belongs to an actor behind command().',
    );
  }
  const name = typeof action === 'string' ? action : (action as { readonly type: string }).type;
  const implementation: unknown = machine.implementations.actions[name];
  if (implementation === undefined) refuse(`uses the unknown action '${name}'`, 'Add it to setup({ actions }).');
  if (typeof implementation !== 'function') lintAction(checked, implementation);
}
