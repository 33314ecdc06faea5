// Stored snapshots: a tree of snapshots as frozen JSON, and what XState is given to restore one.
import type { AnyStateMachine } from 'xstate';
import { TroupeError } from '../runtime/errors.ts';
import { JsonCopier, type Json, type JsonLimits } from '../runtime/message/json.ts';
import type { LeafSnapshot } from './leaf.ts';
import { childPath, ROOT, type Path } from './path.ts';
import { toStepError } from './step-error.ts';

/** An actor of XState as far as it is stored. */
interface Child extends Owner {
  readonly id: string;
  readonly src: string;
  readonly systemId: string | undefined;
  readonly options: { readonly syncSnapshot?: boolean };
  getSnapshot(): object;
}

/** A machine's snapshot in memory, without the `any` of XState's own type. */
export interface MachineSnapshot {
  readonly status: 'active' | 'done' | 'error' | 'stopped';
  readonly value: unknown;
  context: object;
  readonly tags: ReadonlySet<string>;
  readonly children: Readonly<Record<string, Child>>;
  readonly historyValue: Readonly<Record<string, readonly { readonly id: string }[]>>;
  readonly output?: unknown;
  readonly error?: unknown;
  matches(state: unknown): boolean;
}

/** What is stored of a machine. */
export interface StoredSnapshot {
  readonly status: string;
  readonly value: Json;
  readonly context: Json;
  readonly historyValue?: Readonly<Record<string, readonly { readonly id: string }[]>>;
  readonly children?: Readonly<Record<string, StoredChild>>;
}

interface StoredChild {
  readonly snapshot: Json;
  readonly src: string;
}

const SNAPSHOT_LIMITS: JsonLimits = { bytes: 1_048_576, depth: 64, keys: 100_000 };
const ACTOR = 'xstate$$type';

const KEPT: unique symbol = Symbol('kept');

/** What was stored of an actor last: what has not changed is not copied again. Weak maps cost more than copying. */
interface Kept {
  readonly context?: Json;
  readonly leaf?: { readonly of: object; readonly stored: Json };
}

/** An actor, as far as it remembers what was stored of it. */
export interface Owner {
  [KEPT]?: Kept;
}

/** The states of a machine by their ids. */
type StatesOf = (machine: AnyStateMachine) => ReadonlyMap<string, unknown>;

/**
 * What XState is given to restore: history as state nodes, because its own look-up splits ids at dots, and a context
 * it may write to. XState drops what it does not know without a word; an instance that would lose something is held
 * instead.
 */
export function toRestorable(machine: AnyStateMachine, stored: StoredSnapshot, statesOf: StatesOf): object {
  const { context, children = {}, historyValue = {} } = stored;
  const states = statesOf(machine);
  const stateOf = (id: string): unknown => states.get(id) ?? lost(machine, `the state '${id}' of a history`);
  const history = Object.entries(historyValue).map(([id, nodes]) => {
    stateOf(id);
    return [id, nodes.map(node => stateOf(node.id))];
  });
  const restorable = Object.entries(children).map(([id, child]) => [
    id,
    { ...child, snapshot: toRestorableChild(machine, { ...child, id }, statesOf) },
  ]);
  return {
    ...stored,
    context: thaw(context),
    historyValue: Object.fromEntries(history) as unknown,
    children: Object.fromEntries(restorable) as unknown,
  };
}

function toRestorableChild(
  machine: AnyStateMachine,
  { id, src, snapshot }: StoredChild & { readonly id: string },
  statesOf: StatesOf,
): unknown {
  const logic = logicOf(machine, src) ?? lost(machine, `'${src}', which the step '${id}' runs,`);
  const isMachine = typeof snapshot === 'object' && snapshot !== null && 'value' in snapshot;
  if (isMachine) return toRestorable(logic as AnyStateMachine, snapshot as unknown as StoredSnapshot, statesOf);
  // Transition functions may write to their state.
  return structuredClone(snapshot);
}

/** XState makes an error of a child that it cannot restore, and tells nobody. */
export function assertRestored(
  machine: AnyStateMachine,
  { children = {} }: StoredSnapshot,
  restored: Pick<MachineSnapshot, 'children'>,
): void {
  for (const [id, { snapshot }] of Object.entries(children)) {
    const before = snapshot as unknown as StoredSnapshot;
    const after = restored.children[id]?.getSnapshot() as MachineSnapshot | undefined;
    if (after?.status !== before.status) lost(machine, `how to restore the actor '${id}' (${String(after?.error)})`);
    if ('machine' in after) assertRestored(machine, before, after);
  }
}

/** What a machine runs under a name; undefined where it does not know it. */
function logicOf(machine: AnyStateMachine, src: string): unknown {
  const inline = /^xstate\.invoke\.(?<index>\d+)\.(?<state>.*)$/.exec(src)?.groups;
  if (!inline) return machine.implementations.actors[src];
  const { invoke } = machine.getStateNodeById(inline['state'] ?? '').config;
  const all: readonly { readonly src: unknown }[] = Array.isArray(invoke) ? invoke : [invoke];
  return all[Number(inline['index'])]?.src;
}

function lost(machine: AnyStateMachine, what: string): never {
  throw new TroupeError(
    'saga-held',
    `The machine ${machine.id} no longer knows ${what} of a stored instance. Deploy a version with a migrate step.`,
  );
}

/** XState puts actors into the context it restores, which is frozen: only then it is copied. */
function thaw(context: Json): unknown {
  return holdsActor(context) ? structuredClone(context) : context;
}

function holdsActor(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return ACTOR in value || Object.values(value).some(part => holdsActor(part));
}

/** Tells an actor that its context comes from what is stored. */
export function keepContext(owner: Owner, context: Json): void {
  owner[KEPT] = { context };
}

/**
 * A snapshot as JSON, frozen but for its top. The context in memory becomes the stored one: hot and restored trees are
 * equal.
 */
export function toStored(snapshot: MachineSnapshot, owner: Owner, path: Path = ROOT): Record<string, Json> {
  const { status, value, children, historyValue, output, error } = snapshot;
  const context = persistContext(snapshot, owner, path);
  const stored: Record<string, Json> = {
    status,
    value: copy(value, `value of ${nameOf(path)}`),
    context,
    children: persistChildren(children, path),
    historyValue: persistHistory(historyValue),
  };
  if (output !== undefined) stored['output'] = copy(output, `output of ${nameOf(path)}`);
  if (error !== undefined) stored['error'] = toStepError(error);
  return stored;
}

function persistContext(snapshot: MachineSnapshot, owner: Owner, path: Path): Json {
  const { context, children } = snapshot;
  const last = owner[KEPT]?.context;
  if (last === context) return last;
  const parts: readonly unknown[] = typeof last === 'object' && last !== null ? Object.values(last) : [];
  let holdsActors = false;
  const known = (value: object): Json | undefined => {
    if (parts.includes(value)) return value as Json;
    if (value instanceof Error) return toStepError(value);
    if (!isActor(value)) return undefined;
    if (children[value.id] !== value) {
      throw new TroupeError(
        'saga-refused',
        `The context of ${nameOf(path)} holds the actor '${value.id}', which is no child of it. Keep its id instead.`,
      );
    }
    holdsActors = true;
    return toMarker(value);
  };
  const copied = new JsonCopier(`context${path}`, SNAPSHOT_LIMITS, known).copy(context, 0);
  if (!holdsActors) {
    keepContext(owner, copied);
    snapshot.context = copied as object;
  }
  return copied;
}

/** What an action is told, as data: actors by their ids, snapshots of actors as they are stored. */
export function toData(value: unknown, what: string): Json {
  const known = (part: object): Json | undefined => {
    if (part instanceof Error) return toStepError(part);
    if (isActor(part)) return toMarker(part);
    return 'machine' in part && '_nodes' in part ? toStored(part as unknown as MachineSnapshot, {}) : undefined;
  };
  return new JsonCopier(what, SNAPSHOT_LIMITS, known).copy(value, 0);
}

const isActor = (value: object): value is Child => 'sessionId' in value && 'ref' in value;
const toMarker = ({ id }: Child): Json => Object.freeze({ [ACTOR]: 1, id });

const NOTHING = Object.freeze({});

function persistChildren(children: Readonly<Record<string, Child>>, path: Path): Json {
  const ids = Object.keys(children);
  if (ids.length === 0) return NOTHING;
  return Object.freeze(Object.fromEntries(ids.map(id => [id, persistChild(id, children[id], path)])));
}

function persistChild(id: string, ref: Child | undefined, path: Path): Json {
  if (ref?.id !== id) {
    const problem = `${nameOf(path)} spawns a child without an id, or logic it does not have`;
    throw new TroupeError(
      'saga-refused',
      `${problem}. Give spawnChild an id, and name its logic in setup({ actors }).`,
    );
  }
  const current = ref.getSnapshot() as LeafSnapshot | MachineSnapshot;
  const own = childPath(path, id);
  if ('machine' in current) {
    return persistActor(ref, current, Object.freeze(toStored(current as MachineSnapshot, ref, own)));
  }
  const leaf = ref[KEPT]?.leaf;
  if (leaf?.of === current) return leaf.stored;
  const stored = persistActor(ref, current, persistLogic(current as LeafSnapshot, own));
  ref[KEPT] = { leaf: { of: current, stored } };
  return stored;
}

function persistActor({ src, systemId, options }: Child, current: { readonly status: string }, snapshot: Json): Json {
  const stored: Record<string, Json> = { snapshot, src };
  // One that is over has given its id free: another may have it.
  if (systemId !== undefined && current.status === 'active') stored['systemId'] = systemId;
  if (options.syncSnapshot === true) stored['syncSnapshot'] = true;
  return Object.freeze(stored);
}

/** Leaves and transition functions: their snapshot is data. */
function persistLogic(snapshot: LeafSnapshot, path: Path): Json {
  const { error } = snapshot;
  return copy(error instanceof Error ? { ...snapshot, error: toStepError(error) } : snapshot, nameOf(path));
}

function persistHistory(history: Readonly<Record<string, readonly { readonly id: string }[]>>): Json {
  const entries = Object.entries(history);
  if (entries.length === 0) return NOTHING;
  const stored = entries.map(([id, states]) => [
    id,
    Object.freeze(states.map(state => Object.freeze({ id: state.id }))),
  ]);
  return Object.freeze(Object.fromEntries(stored) as Json);
}

function copy(value: unknown, what: string): Json {
  return typeof value === 'string' ? value : new JsonCopier(what, SNAPSHOT_LIMITS).copy(value, 0);
}

const nameOf = (path: Path): string => (path === ROOT ? 'the machine' : `the actor ${path}`);
