// The actor tree of one saga in memory: XState's system and root scope, made ours; what actors want becomes effects.
import type { AnyStateMachine, AnyTransitionDefinition, EventObject } from 'xstate';
import { TroupeError } from '../runtime/errors.ts';
import { invariant } from '../runtime/invariant.ts';
import type { LeafHost, LeafSnapshot } from './leaf.ts';
import { EffectList } from './effect-list.ts';
import {
  activeIn,
  childrenOf,
  engineOf,
  isEndOf,
  sortStates,
  statesOf,
  type Action,
  type ActorScope,
  type Inspected,
  type Ref,
  type Timer,
} from './engine.ts';
import { childPath, idsOf, joinSources, ROOT, type Path } from './path.ts';
import { toStepError } from './step-error.ts';
import type { Seen, StepEffect } from './step-message.ts';
import {
  assertRestored,
  keepContext,
  toData,
  toRestorable,
  type MachineSnapshot,
  type StoredSnapshot,
} from './stored-snapshot.ts';

/** A final state with this tag says that the completed steps are to be undone. */
export const COMPENSATE = 'compensate';

/** Actors that send each other events in a circle end here instead of hanging the process. */
const MOST_SENT = 10_000;
const NAME_IT = 'Name it in setup({ actors })';

/**
 * One saga in memory: XState's system and the scope of its root actor. Children are XState's own actors, which reach
 * the world only through their system.
 */
export class ActorTree implements LeafHost {
  readonly machine: AnyStateMachine;
  handled = false;
  seen: Seen | undefined = undefined;
  readonly self: Ref;
  readonly #scope: ActorScope & Readonly<Record<string, unknown>>;
  readonly #actors = new Map<string, Ref>();
  readonly #systemIds = new Map<Ref, string>();
  #seq = 0;
  #count = 0;
  #snapshot: MachineSnapshot | undefined = undefined;
  readonly #queue: EventObject[] = [];
  #isBusy = false;
  #effects = new EffectList<Ref>();
  readonly #deferred: (() => void)[] = [];
  /** Initial actions wait until the first snapshot stands, as in a live actor. */
  #started = false;
  /** Stored actors come back to life without telling anybody. */
  #resuming = false;
  /** XState makes an error of a child of what is thrown while that runs; what the root throws fails the step. */
  #failure: { readonly error: unknown } | undefined = undefined;
  #sent = 0;

  constructor(machine: AnyStateMachine) {
    this.machine = machine;
    this.self = this.#makeSelf();
    this.#scope = {
      self: this.self,
      id: machine.id,
      sessionId: 'root',
      system: this,
      logger: (...line) => this.#log(this.self, line),
      defer: (work: () => void) => void this.#deferred.push(work),
      emit: event => this.#emit(this.self, event),
      stopChild: (child: Ref) => child._stop(),
      actionExecutor: action => {
        const { exec, info, params } = this.#makeDurable(this.self, action);
        if (this.#started) exec?.(info, params);
        else this.#deferred.push(() => exec?.(info, params));
      },
    };
  }

  get effects(): readonly StepEffect[] {
    return this.#effects.all;
  }

  /** The newest snapshot of the root; there is one from `init` or `restore` on. */
  get snapshot(): MachineSnapshot {
    invariant(this.#snapshot !== undefined, 'a tree has a snapshot before it is looked at');
    return this.#snapshot;
  }

  #makeSelf(): Ref {
    const live = (): never => this.#refuse('observes a live actor. Use onSnapshot, emit or the runtime');
    const self: Record<string, unknown> = {
      id: this.machine.id,
      sessionId: 'root',
      src: this.machine,
      logic: this.machine,
      system: this,
      _parent: undefined,
      _send: (event: EventObject) => this.#receive(event),
      send: (event: EventObject) => this._relay(undefined, this.self, event),
      getSnapshot: () => this.#snapshot,
      subscribe: live,
      on: live,
    };
    self['ref'] = self;
    return self as unknown as Ref;
  }

  // What XState calls on a system.

  _bookId(): string {
    this.#count += 1;
    return this.#resuming ? `r:${this.#count}` : `x:${this.#seq}.${this.#count}`;
  }

  _register(sessionId: string): string {
    return sessionId;
  }

  _unregister(ref: Ref): void {
    const systemId = this.#systemIds.get(ref);
    if (systemId === undefined) return;
    this.#systemIds.delete(ref);
    this.#actors.delete(systemId);
  }

  _set(systemId: string, ref: Ref): void {
    const known = this.#actors.get(systemId);
    if (known && known !== ref) throw new Error(`Actor with system ID '${systemId}' already exists.`);
    this.#actors.set(systemId, ref);
    this.#systemIds.set(ref, systemId);
  }

  get(systemId: string): Ref | undefined {
    return this.#actors.get(systemId);
  }

  getAll(): Readonly<Record<string, Ref>> {
    return Object.fromEntries(this.#actors);
  }

  _sendInspectionEvent(event: Inspected): void {
    if (event.type === '@xstate.actor') this.#adopt(event.actorRef);
    else if (event.type === '@xstate.snapshot') {
      sortStates(event.snapshot);
      this.#show(event.actorRef, event.snapshot);
    } else if (event.type === '@xstate.microstep') {
      this.handled ||= event._transitions.length > 0;
      this.#show(event.actorRef, event.snapshot, event._transitions);
    }
  }

  #show(ref: Ref, snapshot: object, taken: readonly AnyTransitionDefinition[] = []): void {
    if (this.seen && '_nodes' in snapshot) this.seen({ src: this.#sourceOf(ref), active: activeIn(snapshot), taken });
  }

  _relay(source: Ref | undefined, target: Ref | undefined, event: EventObject): void {
    if (this.#resuming) return;
    this.#sent += 1;
    if (this.#sent > MOST_SENT) this.#refuse(`sends ${MOST_SENT} events to itself in one step. Break the cycle`);
    // One that takes no transition may still fail, or tell its snapshot.
    this.handled = true;
    if (source && isEndOf(source, event)) this.#noteEnd(source);
    if (target?.system !== this) this.#refuse(`sends ${event.type} to an actor that is not part of it`);
    const { error } = event as { readonly error?: unknown };
    const isError = error instanceof Error && event.type.startsWith('xstate.error.actor.');
    target._send(isError ? ({ ...event, error: toStepError(error) } as EventObject) : event);
  }

  readonly scheduler: object = {
    schedule: (...timer: Timer) => this.#arm(...timer),
    cancel: (source: Ref, id: string) =>
      this.#effects.disarm(source, { kind: 'cancel', source: this.#pathOf(source), id }),
    cancelAll: (source: Ref) => this.#effects.disarm(source, { kind: 'cancelAll', source: this.#pathOf(source) }),
  };

  readonly _logger = (): void => {};
  readonly _clock: object = {};

  // What leaves call.

  nextToken(): string {
    this.#count += 1;
    return `${this.#seq}.${this.#count}`;
  }

  started(leaf: object, { token, input }: LeafSnapshot): void {
    if (this.#resuming) return;
    const ref = leaf as Ref;
    this.#effects.add({ kind: 'start', path: this.#pathOf(ref), src: this.#sourceOf(ref), token, input });
  }

  stopped(leaf: object, { status, token }: LeafSnapshot): void {
    if (status === 'active') this.#effects.add({ kind: 'stop', path: this.#pathOf(leaf as Ref), token });
  }

  // One message.

  begin(seq: number): void {
    this.#seq = seq;
    this.#count = 0;
    this.#sent = 0;
    this.#effects = new EffectList();
    this.handled = false;
  }

  init(input: unknown): void {
    this.handled = true;
    this.#isBusy = true;
    const snapshot = engineOf(this.machine).getInitialSnapshot(this.#scope, input);
    if (snapshot.status === 'error') throw snapshot.error;
    this.#snapshot = snapshot;
    // As in a live actor, children are there before anything initial is sent or armed.
    if (snapshot.status === 'active') this.#startChildren();
    this.#settle(snapshot);
    this.#started = true;
    this.#run();
  }

  restore(stored: StoredSnapshot): void {
    this.#resuming = true;
    const engine = engineOf(this.machine);
    this.#snapshot = engine.restoreSnapshot(toRestorable(this.machine, stored, statesOf), this.#scope);
    if (this.#snapshot.context === stored.context) keepContext(this.self, stored.context);
    assertRestored(this.machine, stored, this.#snapshot);
    sortStates(this.#snapshot);
    this.#startChildren();
    this.#resuming = false;
    this.#started = true;
    this.#effects = new EffectList();
  }

  #startChildren(): void {
    for (const child of Object.values(childrenOf(this.snapshot))) {
      if (child.getSnapshot().status === 'active') child.start();
    }
  }

  /** Sends an event to an actor; false where the actor is gone. */
  tell(path: Path, event: EventObject): boolean {
    const ref = this.find(path);
    if (!ref || (path !== ROOT && ref.getSnapshot().status !== 'active')) return false;
    // Only machines take transitions; other logic takes what it is sent.
    this.handled = !('machine' in ref.getSnapshot());
    ref._send(event);
    this.#run();
    return true;
  }

  find(path: Path): Ref | undefined {
    let ref: Ref | undefined = this.self;
    for (const id of idsOf(path)) ref = ref && childrenOf(ref.getSnapshot())[id];
    return ref;
  }

  /** The mailbox of the root: what comes while it is at work waits, anything else is handled at once. */
  #receive(event: EventObject): void {
    this.#queue.push(event);
    if (!this.#isBusy) this.#handleAll();
  }

  #handleAll(): void {
    this.#isBusy = true;
    try {
      for (let event = this.#next(); event; event = this.#next()) {
        this.#settle(engineOf(this.machine).transition(this.snapshot, event, this.#scope));
      }
    } catch (error) {
      this.#failure ??= { error };
    }
    this.#isBusy = false;
  }

  #next(): EventObject | undefined {
    return this.#failure || this.snapshot.status !== 'active' ? undefined : this.#queue.shift();
  }

  #run(): void {
    this.#handleAll();
    this.#effects.dropLost(target => this.#isThere(target));
    if (this.#snapshot?.status !== 'active') this.#effects.add({ kind: 'cancelAll', source: ROOT });
    if (this.#failure) throw this.#failure.error;
  }

  /** The new snapshot stands before anything that was put off runs: others see it. */
  #settle(snapshot: MachineSnapshot): void {
    sortStates(snapshot);
    this.#show(this.self, snapshot);
    this.#snapshot = snapshot;
    for (let work = this.#deferred.shift(); work; work = this.#deferred.shift()) work();
  }

  /** A child was made: what it wants becomes effects as well. */
  #adopt(ref: Ref): void {
    // Before it starts: a promise would run.
    if (typeof ref.src !== 'string') this.#refuse(`runs '${ref.id}' from logic without a name. ${NAME_IT}`);
    const isMachine = 'implementations' in (ref.logic as object);
    if (isMachine && !this.#resuming) this.#effects.add({ kind: 'begin', path: this.#pathOf(ref) });
    const scope = ref._actorScope;
    const { actionExecutor } = scope;
    scope.actionExecutor = action => actionExecutor(this.#makeDurable(ref, action));
    scope.emit = event => this.#emit(ref, event);
    scope.logger = (...line) => this.#log(ref, line);
  }

  /** Built-in actions stay; a named action of the user becomes an effect instead of running. */
  #makeDurable(ref: Ref, action: Action): Action {
    const { type, params, exec } = action;
    if (type.startsWith('xstate.')) {
      this.#checkDelay(params);
      return action;
    }
    const { implementations } = ref.logic as AnyStateMachine;
    if (!exec) this.#refuse(`uses the unknown action '${type}'. Add it to setup({ actions })`);
    if ((implementations.actions as Readonly<Record<string, unknown>>)[type] !== exec) {
      this.#refuse(`runs the inline action '${type}'. Give it a name in setup({ actions })`);
    }
    const record = ({ context, event }: Action['info']): void =>
      this.#effects.add({
        kind: 'action',
        path: this.#pathOf(ref),
        src: this.#sourceOf(ref, type),
        params,
        context: toData(context, `context of the action ${type}`),
        event: toData(event, `event of the action ${type}`) as unknown as EventObject,
      });
    return { ...action, exec: record };
  }

  /** XState takes what is no number for no delay, and sends at once; so does an `after` whose delay has no value. */
  #checkDelay(params: unknown): void {
    const { delay, event, id } = (params ?? {}) as { delay?: unknown; event?: EventObject; id?: string };
    const isAfter = id !== undefined && event?.type === id && id.startsWith('xstate.after.');
    if (typeof delay !== 'number' && (delay !== undefined || isAfter)) this.#refuseDelay(delay);
  }

  #refuseDelay(delay: unknown): never {
    this.#refuse(`waits for a delay of ${String(delay)} ms. Make the delay a number from 0`);
  }

  #arm(...[source, target, event, delayMs, given]: Timer): void {
    if (!Number.isFinite(delayMs) || delayMs < 0) this.#refuseDelay(delayMs);
    if (target?.system !== this) this.#refuse(`sends ${event.type} later to an actor that is not part of it`);
    const id = given ?? `send-${this.nextToken()}`;
    const [from, to] = [this.#pathOf(source), this.#pathOf(target)];
    this.#effects.arm({ kind: 'arm', source: from, target: to, id, delayMs, event }, { source, target });
  }

  #isThere(ref: Ref): boolean {
    return ref === this.self || (this.find(this.#pathOf(ref)) === ref && ref.getSnapshot().status === 'active');
  }

  /** A nested machine that fails undoes what it has completed, as the whole saga does. */
  #noteEnd(ref: Ref): void {
    const snapshot = ref.getSnapshot();
    // A machine that throws leaves its children at work, with nobody to tell.
    for (const child of Object.values(childrenOf(snapshot))) child._stop();
    const isMachine = 'tags' in snapshot;
    if (!isMachine || (snapshot.status === 'done' && !snapshot.tags.has(COMPENSATE))) return;
    this.#effects.add({ kind: 'compensate', path: this.#pathOf(ref) });
  }

  #emit(ref: Ref, event: EventObject): void {
    this.#effects.add({ kind: 'emit', path: this.#pathOf(ref), event });
  }

  #log(ref: Ref, line: readonly unknown[]): void {
    const [first, second] = line;
    const label = line.length > 1 ? String(first) : undefined;
    this.#effects.add({ kind: 'log', path: this.#pathOf(ref), label, value: line.length > 1 ? second : first });
  }

  #pathOf(ref: Ref): Path {
    return ref === this.self || !ref._parent ? ROOT : childPath(this.#pathOf(ref._parent), ref.id);
  }

  /** The names in `setup` on the way to an actor, and to what is named in it. */
  #sourceOf(ref: Ref, ...names: string[]): string {
    for (let one: Ref | undefined = ref; one && one !== this.self; one = one._parent) {
      names.unshift(String(one.src));
    }
    return joinSources(names);
  }

  #refuse(problem: string): never {
    const error = new TroupeError('saga-refused', `The machine ${this.machine.id} ${problem}.`);
    this.#failure ??= { error };
    throw error;
  }
}
