// Compat: what a machine cannot do with a stored instance that another machine wrote.
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import type { Json } from '../runtime/message/json.ts';
import { configurationOf, type Configuration } from './configuration.ts';
import { leafOf } from './leaf.ts';
import { actorAt, actorOf, aftersOf, invokesOf, isMachine, nodesOf, readAfter, takes } from './machine-parts.ts';
import { childPath, ROOT, splitSources, type Path } from './path.ts';
import type { Armed, Call } from './record.ts';
import { eventTypeOf, readTree, statusOf, type StoredActor, type StoredTree } from './stored-machine.ts';

/** Why an instance cannot go on, as a stable code. */
export type IncompatibilityCode =
  | 'snapshot-unreadable'
  | 'state-missing'
  | 'state-ambiguous'
  | 'state-not-entered'
  | 'history-missing'
  | 'actor-missing'
  | 'actor-changed'
  | 'invoke-not-started'
  | 'invoke-changed'
  | 'invoke-orphaned'
  | 'timer-unhandled'
  | 'timer-missing'
  | 'step-missing';

/** One thing of a stored instance that does not fit a machine. */
export interface Incompatibility<Code extends string = IncompatibilityCode> {
  readonly code: Code;
  /** Which machine of the tree: `''` is the saga's own, `/stock` a nested one. */
  readonly path: Path;
  readonly problem: string;
  readonly fix: string;
}

/** One machine of the tree while it is compared. */
interface Compared {
  readonly machine: AnyStateMachine;
  readonly tree: StoredTree;
  readonly armed: readonly Armed[];
  readonly path: Path;
}

type Found = Incompatibility[];

/**
 * Compares a stored instance with a machine: what XState would drop or skip without a word. Empty where the machine
 * can go on; runs nothing of the machine.
 *
 * An `after` without a timer is found where the timer cannot have fired: one with a guard, or that stays in its state,
 * may have. An actor whose id no state invokes counts as spawned; one that the machine has stopped itself, as never
 * started.
 */
export function compat(machine: AnyStateMachine, snapshot: Json, armed: readonly Armed[]): readonly Incompatibility[] {
  const tree = readTree(snapshot);
  if (!tree) return [unreadable(ROOT)];
  return tree.status === 'active' ? compare({ machine, tree, armed, path: ROOT }) : [];
}

/** Steps that may have to be sent again or undone, and that a machine no longer has. */
export function compatCalls(
  machine: AnyStateMachine,
  calls: readonly Pick<Call, 'path' | 'src' | 'status'>[],
): readonly Incompatibility[] {
  const needed = calls.filter(({ status }) => status === 'sent' || status === 'done');
  const lost = new Map(needed.filter(({ src }) => !leafOf(actorAt(machine, src))).map(call => [call.src, call]));
  return [...lost.values()].map(({ path, src }) => ({
    code: 'step-missing',
    path,
    problem: `The step '${src}' may have to be undone, and setup({ actors }) no longer has it`,
    fix: `Keep it there, or say what it is called now: renameActor('${splitSources(src).at(-1) ?? src}', 'new name').`,
  }));
}

function compare(compared: Compared): Found {
  const { machine, tree, path } = compared;
  const { active, assumed, unknown, ambiguous } = configurationOf(machine, tree.value);
  const found = [
    ...unknown.map(id => ({
      code: 'state-missing' as const,
      path,
      problem: `The state ${id} does not exist`,
      fix: `Say where its instances are now: renameState('${id}', 'new id'${inside(path)}).`,
    })),
    ...ambiguous.map(({ id }) => ({
      code: 'state-ambiguous' as const,
      path,
      problem: `The state ${id} has several active children and is no longer parallel`,
      fix: 'Choose one in migrate.',
    })),
    ...compareHistory(compared),
    ...Object.entries(tree.children).flatMap(([id, child]) => compareChild(compared, id, child)),
  ];
  if (tree.status !== 'active' || unknown.length > 0 || ambiguous.length > 0) return found;
  return [
    ...found,
    ...compareEntry(assumed, path),
    ...compareInvokes(compared, active),
    ...compareTimers(compared, active),
  ];
}

/** XState forgets a history without a word (trap 17). */
function compareHistory({ machine, tree, path }: Compared): Found {
  const nodes = new Map(nodesOf(machine.root).map(node => [node.id, node]));
  return Object.entries(tree.historyValue).flatMap(([history, states]) => {
    const lost = nodes.get(history)?.type === 'history' ? states.find(({ id }) => !nodes.has(id)) : { id: history };
    if (!lost) return [];
    const what = lost.id === history ? 'does not exist' : `remembers the state ${lost.id}, which does not exist`;
    return {
      code: 'history-missing',
      path,
      problem: `The history ${history} ${what}`,
      fix: `Add renameState('${lost.id}', 'new id'${inside(path)}) or forgetHistory('${history}'${inside(path)}).`,
    };
  });
}

function compareChild({ machine, armed, path }: Compared, id: string, { src, snapshot }: StoredActor): Found {
  const own = childPath(path, id);
  const logic = actorOf(machine, src);
  if (logic === undefined) {
    const problem = `The actor '${id}' runs '${src}', which setup({ actors }) does not have`;
    return [{ code: 'actor-missing', path, problem, fix: `Add renameActor('${src}', 'new name'${inside(path)}).` }];
  }
  const tree = readTree(snapshot);
  if (isMachine(logic) !== (tree !== undefined)) {
    const [was, is] = tree ? ['a machine', 'none'] : ['no machine', 'one'];
    const fix = `Give the new logic another name in setup({ actors }), and keep '${src}' for stored instances.`;
    return [
      { code: 'actor-changed', path, problem: `The actor '${id}' runs '${src}', which was ${was} and is ${is}`, fix },
    ];
  }
  return isMachine(logic) && tree ? compare({ machine: logic, tree, armed, path: own }) : [];
}

/** A state that got children, or a region that was added: XState enters them without running anything (trap 18). */
function compareEntry(assumed: Configuration['assumed'], path: Path): Found {
  return [...assumed]
    .filter(node => doesOnEntry(node))
    .map(({ id }) => ({
      code: 'state-not-entered',
      path,
      problem: `The state ${id} was never entered, and XState would take it for entered`,
      fix: `Say that it is right without its entry actions: enterMissingStates(${insideOnly(path)}).`,
    }));
}

function doesOnEntry({ config, always, type }: AnyStateNode): boolean {
  return config.entry !== undefined || always !== undefined || type === 'final';
}

function compareInvokes({ machine, tree, path }: Compared, active: Configuration['active']): Found {
  const invoked = new Map([...active].flatMap(node => invokesOf(node).map(({ id, src }) => [id, { node, src }])));
  const known = new Set(nodesOf(machine.root).flatMap(node => invokesOf(node).map(({ id }) => id)));
  const missing = [...invoked]
    .filter(([id]) => !(id in tree.children))
    .map(([id, { node, src }]) => ({
      code: 'invoke-not-started' as const,
      path,
      problem: `The state ${node.id} invokes '${id}' (${src}), which never started`,
      fix: `Add startMissingInvokes(${insideOnly(path)}), or renameInvoke('old id', '${id}'${inside(path)}).`,
    }));
  const others = Object.entries(tree.children).flatMap(([id, child]): Found => {
    if (statusOf(child.snapshot) !== 'active') return [];
    const now = invoked.get(id);
    if (!now && known.has(id)) {
      const problem = `The actor '${id}' runs, and no active state invokes it`;
      return [
        { code: 'invoke-orphaned', path, problem, fix: `Add renameInvoke or stopInvoke('${id}'${inside(path)}).` },
      ];
    }
    if (!now || now.src === child.src) return [];
    const problem = `The actor '${id}' runs '${child.src}', and the state ${now.node.id} invokes '${now.src}' as it`;
    return [{ code: 'invoke-changed', path, problem, fix: `Add renameInvoke('${id}', 'its id now'${inside(path)}).` }];
  });
  return [...missing, ...others];
}

function compareTimers({ machine, armed, path }: Compared, active: Configuration['active']): Found {
  const unhandled = armed.filter(timer => timer.target === path && !isHandled(machine, active, eventTypeOf(timer)));
  const missing = [...active].flatMap(node =>
    aftersOf(node)
      .filter(({ type }) => leaves(node, type) && !armed.some(({ source, id }) => source === path && id === type))
      .map(({ delay }) => ({ node, delay })),
  );
  return [
    ...unhandled.map(timer => ({
      code: 'timer-unhandled' as const,
      path,
      problem: `The timer '${timer.id}' is armed, and nothing takes its event`,
      fix: `Add renameDelay, or rearm({ '${timer.id}': 'new delay or null' }${inside(path)}).`,
    })),
    ...missing.map(({ node, delay }) => ({
      code: 'timer-missing' as const,
      path,
      problem: `The state ${node.id} leaves after '${delay}', and no timer is armed for it`,
      fix: `Add renameDelay('old delay', '${delay}'${inside(path)}) or startMissingTimers(${insideOnly(path)}).`,
    })),
  ];
}

/** An `after` belongs to its state (trap 6); any other event may be for a state that is yet to come. */
function isHandled(machine: AnyStateMachine, active: Configuration['active'], type: string | undefined): boolean {
  if (type === undefined) return true;
  if (readAfter(type)) return [...active].some(({ transitions }) => transitions.has(type));
  return nodesOf(machine.root).some(node => [...node.transitions.keys()].some(one => takes(one, type)));
}

/** Whether the timer of a state cannot have fired, because the state would be over. */
function leaves(node: AnyStateNode, type: string): boolean {
  const transitions = node.after.filter(({ eventType }) => eventType === type);
  const below = nodesOf(node).slice(1);
  const isCaught = below.some(child => child.transitions.has('*'));
  return (
    !isCaught &&
    transitions.at(-1)?.guard === undefined &&
    transitions.every(({ target, reenter }) =>
      target?.some(
        to =>
          reenter ||
          !(to === node || below.includes(to)) ||
          (!node.parent && to.parent === node && to.type === 'final'),
      ),
    )
  );
}

const unreadable = (path: Path): Incompatibility => ({
  code: 'snapshot-unreadable',
  path,
  problem: 'The stored snapshot is not one of a machine',
  fix: 'Return the stored machine with its changes from migrate.',
});

const inside = (path: Path): string => (path === ROOT ? '' : `, { in: '${path}' }`);
const insideOnly = (path: Path): string => (path === ROOT ? '' : `{ in: '${path}' }`);
