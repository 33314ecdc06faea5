// The step: one macrostep of an XState machine over its stored snapshot; the only file that touches XState internals.
// No live actors, no clock, no I/O: everything the machine wants comes back as effects.
import type { AnyMachineSnapshot, AnyStateMachine, EventObject } from 'xstate';
import { TroupeError } from '../runtime/errors.ts';
import { toFrozenJson, type Json, type JsonLimits } from '../runtime/message/json.ts';
import type { LeafSnapshot } from './leaf.ts';

/** What a machine is told. */
export type StepMessage =
  | { readonly kind: 'init'; readonly input: unknown }
  | { readonly kind: 'event'; readonly event: EventObject }
  | { readonly kind: 'settle'; readonly child: string; readonly token: string; readonly end: ChildEnd };

/** How a leaf ended. */
export type ChildEnd =
  | { readonly ok: true; readonly output: unknown }
  | { readonly ok: false; readonly error: unknown };

/** What a machine wants done. */
export type StepEffect =
  | {
      readonly kind: 'start';
      readonly child: string;
      readonly src: string;
      readonly token: string;
      readonly input: unknown;
    }
  | { readonly kind: 'stop'; readonly child: string; readonly token: string }
  | { readonly kind: 'arm'; readonly id: string; readonly delayMs: number; readonly event: EventObject }
  | { readonly kind: 'cancel'; readonly id: string }
  | { readonly kind: 'emit'; readonly event: EventObject }
  | { readonly kind: 'log'; readonly label: string | undefined; readonly value: unknown };

export interface Stepped {
  readonly snapshot: Json;
  readonly status: 'active' | 'done' | 'error';
  readonly output: unknown;
  readonly error: unknown;
  /** Whether any transition was taken for the message. */
  readonly handled: boolean;
  /** A reply for a spawn that is over; nothing changed. */
  readonly stale: boolean;
  readonly effects: readonly StepEffect[];
}

const SNAPSHOT_LIMITS: JsonLimits = { bytes: 1_048_576, depth: 64, keys: 100_000 };

/**
 * Snapshots of states in memory. An entry is taken out before it is stepped, so an aborted drain never sees a used
 * one.
 */
const hot = new WeakMap<object, AnyMachineSnapshot>();

/** XState's view of the running step: hands out ids, collects effects, and refuses whatever would be live. */
class Scope {
  readonly effects: StepEffect[] = [];
  readonly self: object;
  readonly system: object;
  readonly id: string;
  readonly sessionId = 'saga';
  handled = false;
  readonly #seq: number;
  readonly #queue: EventObject[] = [];
  #count = 0;
  #microsteps = 0;

  constructor(name: string, seq: number) {
    this.id = name;
    this.#seq = seq;
    this.system = {
      _bookId: () => `x:${seq}.${(this.#count += 1)}`,
      _register: (id: string) => id,
      _unregister: () => {},
      _set: () => {},
      _sendInspectionEvent: (event: { readonly type: string; readonly _transitions?: readonly unknown[] }) =>
        this.#inspect(event),
      _logger: () => {},
      _clock: { setTimeout: live, clearTimeout: live },
      get: () => undefined,
      getAll: () => ({}),
      scheduler: { schedule: live, cancel: live, cancelAll: live },
      _relay: live,
    };
    const self: Record<string, unknown> = {
      id: name,
      sessionId: 'saga',
      system: this.system,
      send: live,
      getSnapshot: live,
      on: live,
    };
    self['ref'] = self;
    this.self = self;
  }

  readonly logger = (): void => {};
  readonly defer = (): void => {};
  readonly emit = (): void => {};
  readonly stopChild = (): void => {};

  token(): string {
    this.#count += 1;
    return `${this.#seq}.${this.#count}`;
  }

  next(): EventObject | undefined {
    return this.#queue.shift();
  }

  /** Built-in actions arrive declaratively; they are kept in order and never executed. */
  readonly actionExecutor = (action: { readonly type: string; readonly params?: unknown }): void => {
    const params = (action.params ?? {}) as Readonly<Record<string, unknown>>;
    switch (action.type) {
      case 'xstate.raise':
        if (typeof params['delay'] === 'number') this.#arm(params);
        return;
      case 'xstate.sendTo':
        if (params['to'] !== this.self) {
          throw new TroupeError('saga-refused', `${this.id} sends to another actor. Use command(), emit() or raise().`);
        }
        if (typeof params['delay'] === 'number') this.#arm(params);
        else this.#queue.push(params['event'] as EventObject);
        return;
      case 'xstate.cancel':
        this.effects.push({ kind: 'cancel', id: String(params['sendId']) });
        return;
      case 'xstate.emit':
        this.effects.push({ kind: 'emit', event: params['event'] as EventObject });
        return;
      case 'xstate.log':
        this.effects.push({ kind: 'log', label: params['label'] as string | undefined, value: params['value'] });
        return;
      case 'xstate.spawnChild':
        this.#start(action.params as { readonly actorRef?: LeafRef; readonly src: unknown });
        return;
      case 'xstate.stopChild':
        this.#stop(action.params as LeafRef | undefined);
        return;
      default:
        throw new TroupeError(
          'saga-refused',
          `${this.id} uses the action ${action.type}, which is not durable. Use assign, emit, raise or a command.`,
        );
    }
  };

  #arm(params: Readonly<Record<string, unknown>>): void {
    const delayMs = params['delay'] as number;
    if (!Number.isFinite(delayMs) || delayMs < 0) {
      throw new TroupeError(
        'saga-refused',
        `${this.id} waits for a delay of ${delayMs} ms. Make the delay a number from 0.`,
      );
    }
    const event = params['event'] as EventObject;
    const id = typeof params['id'] === 'string' ? params['id'] : `raise-${this.token()}`;
    this.effects.push({ kind: 'arm', id, delayMs, event });
  }

  #start({ actorRef, src }: { readonly actorRef?: LeafRef; readonly src: unknown }): void {
    if (!actorRef || typeof src !== 'string') {
      throw new TroupeError('saga-refused', `${this.id} starts logic that setup({ actors }) does not name.`);
    }
    const snapshot = actorRef._snapshot;
    if (snapshot.status !== 'active') throw snapshot.error;
    const token = this.token();
    actorRef._snapshot = { ...snapshot, token };
    this.effects.push({ kind: 'start', child: actorRef.id, src, token, input: snapshot.input });
  }

  #stop(ref: LeafRef | undefined): void {
    const { status, token } = ref?._snapshot ?? {};
    if (ref && status === 'active' && token !== undefined) this.effects.push({ kind: 'stop', child: ref.id, token });
  }

  #inspect(event: { readonly type: string; readonly _transitions?: readonly unknown[] }): void {
    if (event.type !== '@xstate.microstep') return;
    if (this.#microsteps === 0) this.handled = (event._transitions?.length ?? 0) > 0;
    this.#microsteps += 1;
  }
}

/** XState's own actor object, made by the machine and never started. */
interface LeafRef {
  readonly id: string;
  _snapshot: LeafSnapshot;
}

function live(): never {
  throw new TroupeError('saga-refused', 'A saga has no live actors and no clock: use raise, emit, after and command.');
}

/** Machines type their scope by live actors; ours has the members they use. */
interface Engine {
  getInitialSnapshot(scope: Scope, input: unknown): AnyMachineSnapshot;
  transition(snapshot: AnyMachineSnapshot, event: EventObject, scope: Scope): AnyMachineSnapshot;
  restoreSnapshot(snapshot: unknown, scope: Scope): AnyMachineSnapshot;
  getPersistedSnapshot(snapshot: AnyMachineSnapshot): unknown;
}

const engineOf = (machine: AnyStateMachine): Engine => machine as unknown as Engine;

/** Where an instance stands: its stored snapshot, and a number that makes the tokens of this step unique. */
export interface StepPosition {
  readonly snapshot: Json;
  readonly seq: number;
}

/** Handles one message. Throws with nothing changed. */
export function step(machine: AnyStateMachine, at: StepPosition, message: StepMessage): Stepped {
  const scope = new Scope(machine.id, at.seq);
  if (message.kind === 'init') return finish(machine, scope, begin(machine, scope, message.input));
  const before = take(machine, scope, at.snapshot);
  if (before.status !== 'active') return { ...finish(machine, scope, before), handled: false };
  const advance = (event: EventObject): Stepped =>
    finish(machine, scope, drainQueue(machine, scope, engineOf(machine).transition(before, event, scope)));
  if (message.kind === 'event') return advance(message.event);
  const ref = (before.children as Readonly<Record<string, unknown>>)[message.child] as LeafRef | undefined;
  if (ref?._snapshot.token !== message.token || ref._snapshot.status !== 'active') {
    return { ...finish(machine, scope, before), stale: true };
  }
  const { end } = message;
  ref._snapshot = end.ok
    ? { ...ref._snapshot, status: 'done', output: end.output }
    : { ...ref._snapshot, status: 'error', error: end.error };
  const id = message.child;
  const event = end.ok
    ? { type: `xstate.done.actor.${id}`, output: end.output, actorId: id }
    : { type: `xstate.error.actor.${id}`, error: end.error, actorId: id };
  return advance(event);
}

function begin(machine: AnyStateMachine, scope: Scope, input: unknown): AnyMachineSnapshot {
  const snapshot = engineOf(machine).getInitialSnapshot(scope, input);
  if (snapshot.status === 'error') throw snapshot.error;
  scope.handled = true;
  return drainQueue(machine, scope, snapshot);
}

/** Events a machine sent to itself come after the step that sent them, as in a mailbox. */
function drainQueue(machine: AnyStateMachine, scope: Scope, snapshot: AnyMachineSnapshot): AnyMachineSnapshot {
  let current = snapshot;
  for (let event = scope.next(); event && current.status === 'active'; event = scope.next()) {
    current = engineOf(machine).transition(current, event, scope);
  }
  return current;
}

function take(machine: AnyStateMachine, scope: Scope, stored: Json): AnyMachineSnapshot {
  const known = typeof stored === 'object' && stored !== null ? hot.get(stored) : undefined;
  if (known) {
    hot.delete(stored as object);
    return known;
  }
  const restored = engineOf(machine).restoreSnapshot(stored, scope);
  assertWhole(machine, stored as unknown as StoredSnapshot, restored);
  return restored;
}

interface StoredSnapshot {
  readonly children?: Readonly<Record<string, unknown>>;
  readonly historyValue?: Readonly<Record<string, readonly unknown[]>>;
}

/** XState drops what it does not know without a word; an instance that would lose something is held instead. */
function assertWhole(machine: AnyStateMachine, stored: StoredSnapshot, restored: AnyMachineSnapshot): void {
  const lostChild = Object.keys(stored.children ?? {}).find(id => !(id in restored.children));
  const history = (restored as unknown as StoredSnapshot).historyValue ?? {};
  const lostHistory = Object.entries(stored.historyValue ?? {}).find(
    ([id, states]) => history[id]?.length !== states.length,
  );
  if (lostChild === undefined && lostHistory === undefined) return;
  const lost = lostChild === undefined ? `the history of ${lostHistory?.[0] ?? ''}` : `the step '${lostChild}'`;
  throw new TroupeError(
    'saga-held',
    `The machine ${machine.id} no longer knows ${lost} of a stored instance. Deploy a version with a migrate step.`,
  );
}

function finish(machine: AnyStateMachine, scope: Scope, after: AnyMachineSnapshot): Stepped {
  const snapshot = toFrozenJson(engineOf(machine).getPersistedSnapshot(after), 'snapshot', SNAPSHOT_LIMITS);
  if (after.status === 'active') hot.set(snapshot as object, after);
  const status = after.status === 'stopped' ? 'done' : after.status;
  const { output, error } = after as { readonly output?: unknown; readonly error?: unknown };
  return { snapshot, status, output, error, handled: scope.handled, stale: false, effects: scope.effects };
}

/** What a stored snapshot looks like to a reader: its value, context, tags and a way to match states. */
export interface MachineView {
  readonly value: unknown;
  readonly context: unknown;
  readonly tags: ReadonlySet<string>;
  matches(state: unknown): boolean;
}

export function view(machine: AnyStateMachine, stored: Json): MachineView {
  const snapshot = engineOf(machine).restoreSnapshot(stored, new Scope(machine.id, 0));
  return {
    value: snapshot.value,
    context: snapshot.context,
    tags: snapshot.tags,
    matches: state => (snapshot.matches as (value: unknown) => boolean)(state),
  };
}
