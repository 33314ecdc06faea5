// The step: one macrostep of a machine with its whole actor tree over a stored snapshot, as a pure function.
// No live actors, no clock, no I/O: everything the machine wants comes back as effects.
import type { AnyStateMachine, EventObject } from 'xstate';
import type { Json } from '../runtime/message/json.ts';
import { ActorTree } from './actor-tree.ts';
import { SETTLED } from './leaf.ts';
import { ROOT } from './path.ts';
import type { StepMessage, Stepped, StepPosition } from './step-message.ts';
import { toStored, type StoredSnapshot } from './stored-snapshot.ts';

const HOT: unique symbol = Symbol('hot');

/**
 * A stored snapshot with its tree in memory. A tree is taken out before it is stepped, so what a dropped turn or an
 * aborted drain has used is never seen again.
 */
interface Hot {
  readonly [HOT]?: { tree: ActorTree | undefined };
}

/**
 * Handles one message.
 *
 * @throws TroupeError `saga-refused`, `saga-held`, `not-json`, and what guards and assigns throw; nothing has changed
 */
export function step(machine: AnyStateMachine, at: StepPosition, message: StepMessage): Stepped {
  const tree = message.kind === 'init' ? new ActorTree(machine) : take(machine, at.snapshot);
  tree.seen = at.seen;
  tree.begin(at.seq);
  let isStale = false;
  if (message.kind === 'init') tree.init(message.input);
  else if (message.kind === 'event') isStale = !tree.tell(message.path ?? ROOT, message.event);
  else isStale = !settle(tree, message);
  const { effects } = tree;
  const { status, output, error, tags } = tree.snapshot;
  const handled = tree.handled || (message.kind === 'settle' && !isStale);
  const stored = handled ? Object.freeze(withTree(toStored(tree.snapshot, tree.self))) : at.snapshot;
  const slot = (stored as unknown as Hot)[HOT];
  if (slot && status === 'active') slot.tree = tree;
  const isOver = status === 'stopped' ? 'done' : status;
  return { snapshot: stored, status: isOver, tags, output, error, handled, stale: isStale, effects };
}

function settle(tree: ActorTree, { path, token, end }: Extract<StepMessage, { kind: 'settle' }>): boolean {
  const leaf = tree.find(path)?.getSnapshot();
  if (!leaf || !('token' in leaf) || leaf.token !== token || leaf.status !== 'active') return false;
  return tree.tell(path, { type: SETTLED, end } as EventObject);
}

/** Room for a tree, which is no part of the JSON. */
function withTree(stored: Record<string, Json>): Json {
  return Object.defineProperty(stored, HOT, { value: { tree: undefined } });
}

function take(machine: AnyStateMachine, stored: Json): ActorTree {
  const slot = (stored as unknown as Hot)[HOT];
  const known = slot?.tree;
  if (slot) slot.tree = undefined;
  if (known?.machine === machine) return known;
  const tree = new ActorTree(machine);
  tree.restore(stored as unknown as StoredSnapshot);
  return tree;
}

/** What a stored snapshot looks like to a reader: its value, context, tags and a way to match states. */
export interface MachineView {
  readonly value: unknown;
  readonly context: unknown;
  readonly tags: ReadonlySet<string>;
  matches(state: unknown): boolean;
}

export function view(machine: AnyStateMachine, stored: Json): MachineView {
  const tree = new ActorTree(machine);
  tree.restore(stored as unknown as StoredSnapshot);
  const { snapshot } = tree;
  const { context } = stored as unknown as StoredSnapshot;
  return { value: snapshot.value, context, tags: snapshot.tags, matches: state => snapshot.matches(state) };
}
