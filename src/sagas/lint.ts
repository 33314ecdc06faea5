// Lint: refuses at definition what cannot run durably, with the path in the machine and the fix.
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { TroupeError } from '../runtime/errors.ts';
import { leafOf } from './leaf.ts';

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
]);

export function lint(saga: string, machine: AnyStateMachine): void {
  const given: unknown = machine;
  if (typeof given !== 'object' || given === null || !('__xstatenode' in given)) {
    throw new TroupeError(
      'saga-refused',
      `The saga ${saga} has no XState machine. Pass setup({ … }).createMachine({ … }).`,
    );
  }
  if (!Number.isFinite(machine.options?.maxIterations))
    machine.options = { ...machine.options, maxIterations: MAX_ITERATIONS };
  const refuse = (node: AnyStateNode, problem: string, fix: string): never => {
    throw new TroupeError('saga-refused', `The saga ${saga} cannot run durably: state ${node.id} ${problem}. ${fix}`);
  };
  for (const node of nodesOf(machine.root)) {
    if (node.key.includes('.')) refuse(node, 'has a dot in its key, which loses history states', 'Rename the state.');
    lintInvokes(machine, node, refuse);
    lintDelays(machine, node, refuse);
    for (const action of actionsOf(node)) lintAction(machine, node, action, refuse);
  }
}

type Refuse = (node: AnyStateNode, problem: string, fix: string) => never;

function* nodesOf(node: AnyStateNode): Iterable<AnyStateNode> {
  yield node;
  for (const child of Object.values(node.states)) yield* nodesOf(child);
}

function lintInvokes(machine: AnyStateMachine, node: AnyStateNode, refuse: Refuse): void {
  for (const { src, id } of node.invoke) {
    if (id.includes('.') && node.config.invoke !== undefined && idWasGiven(node, id))
      refuse(node, `invokes with the dotted id '${id}'`, 'Rename it.');
    const logic: unknown = typeof src === 'string' ? machine.implementations.actors[src] : src;
    if (logic === undefined)
      refuse(node, `invokes '${String(src)}', which setup({ actors }) does not have`, 'Add it there.');
    if (!leafOf(logic)) {
      refuse(
        node,
        `invokes '${String(src)}', which is no durable logic`,
        'Use command(contract); call the outside world in the task of an actor.',
      );
    }
  }
}

function idWasGiven(node: AnyStateNode, id: string): boolean {
  const invokes: unknown[] = Array.isArray(node.config.invoke) ? node.config.invoke : [node.config.invoke];
  return invokes.some(invoke => typeof invoke === 'object' && invoke !== null && 'id' in invoke && invoke.id === id);
}

/** An unknown delay would be taken at once (statelyai/xstate#5375). */
function lintDelays(machine: AnyStateMachine, node: AnyStateNode, refuse: Refuse): void {
  for (const delay of Object.keys(node.config.after ?? {})) {
    if (Number.isFinite(Number(delay)) || delay in machine.implementations.delays) continue;
    refuse(
      node,
      `waits for the unknown delay '${delay}'`,
      `Add delays: { ${delay}: … } to setup, or use milliseconds.`,
    );
  }
}

function actionsOf(node: AnyStateNode): unknown[] {
  const transitions = [...node.transitions.values()].flat();
  const always = node.always ?? [];
  return [
    ...node.entry,
    ...node.exit,
    ...[...transitions, ...always, ...node.after].flatMap(({ actions }) => actions as unknown[]),
  ];
}

function lintAction(machine: AnyStateMachine, node: AnyStateNode, action: unknown, refuse: Refuse): void {
  if (typeof action === 'function') {
    if ('type' in action && typeof action.type === 'string' && action.type.startsWith('xstate.')) {
      if (!BUILT_IN.has(action.type)) refuse(node, `uses ${action.type}`, 'Start steps with invoke.');
      return;
    }
    refuse(
      node,
      `has the inline action '${action.name || 'anonymous'}'`,
      'Use assign, emit or raise; work belongs to an actor behind command().',
    );
  }
  const name = typeof action === 'string' ? action : String((action as { type?: unknown }).type);
  const implementation: unknown = machine.implementations.actions[name];
  if (implementation === undefined) refuse(node, `uses the unknown action '${name}'`, 'Add it to setup({ actions }).');
  lintAction(machine, node, implementation, refuse);
}
