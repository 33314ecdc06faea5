// CoreRuntime: the live process; everything it can do to an instance is a method here.
/// <reference lib="esnext.disposable" preserve="true" />
import { nameOf, tappedName, tracedId } from './arguments.ts';
import { type Change, holdingMessage, type HoldingMessage, releaseHeld, replaceState } from './edits.ts';
import { Effects } from './effects.ts';
import type { AnyContract, AnyEvent, CommandContract, DataOf, EventContract } from './message/contract.ts';
import { toMs, type Duration } from './message/duration.ts';
import type { Envelope } from './message/envelope.ts';
import { fromJsonText, type Json } from './message/json.ts';
import {
  receive,
  receiveAsk,
  transact,
  type AskOptions,
  type Bus,
  type IngressOptions,
  type Receipt,
  type Sync,
  type Transaction,
} from './ingress.ts';
import * as operations from './operations.ts';
import type { Named, Part, ReplayOptions, RuntimeInfo, StoredInstance } from './operations.ts';
import { settled } from './settled.ts';
import { shutDown } from './shutdown.ts';
import type { Registration } from './delivery/subscription.ts';
import type { SqliteStore } from './store/sqlite-store.ts';
import { Conversations } from './trace/conversations.ts';
import { readHistory, type HistoryOptions, type PastTurn } from './trace/history.ts';
import type { LifecycleEvents } from './trace/telemetry.ts';
import { readTrace, type Trace } from './trace/trace.ts';
import { explain, type Explanation } from './trace/why.ts';
import { DeadLetters } from './turn/dead-letters.ts';
import type { Kernel } from './turn/kernel.ts';

/** What a tap receives. */
export type Tapped<What extends AnyContract | keyof LifecycleEvents> = What extends keyof LifecycleEvents
  ? LifecycleEvents[What]
  : What extends AnyContract
    ? Envelope<DataOf<What>>
    : never;

/** Who waits for an instance, and how long. */
export interface InstanceWatch {
  readonly changed: () => void;
  readonly over: () => void;
  readonly ms: number;
}

const DEFAULT_GRACE = '10s';

export class CoreRuntime implements Bus, AsyncDisposable {
  #deadLetters: DeadLetters;
  #effects: Effects;
  #kernel: Kernel;
  #store: SqliteStore;
  #stopping: Promise<void> | undefined = undefined;

  constructor(kernel: Kernel, store: SqliteStore) {
    this.#kernel = kernel;
    this.#store = store;
    this.#deadLetters = new DeadLetters(kernel);
    this.#effects = new Effects(kernel);
  }

  /** The messages that were given up, and what can be done about them. */
  get deadLetters(): DeadLetters {
    return this.#deadLetters;
  }

  /** Named work that is done once per key: who did it, who came second, and how to free a key. */
  get effects(): Effects {
    return this.#effects;
  }

  /** How conversations stand, with and without a saga. */
  get conversations(): Conversations {
    return new Conversations(this.#kernel);
  }

  /** Publishes a fact. Resolves when it is durable; what subscribers do with it never comes back here. */
  publish<Input>(
    event: EventContract<string, unknown, Input>,
    data: NoInfer<Input>,
    options?: IngressOptions,
  ): Promise<Receipt> {
    return receive(this.#kernel, 'event', { contract: event, data, options });
  }

  /** Sends a command to its owner. Resolves when it is durable. */
  send<Input>(
    command: CommandContract<string, unknown, unknown, Input>,
    data: NoInfer<Input>,
    options?: IngressOptions,
  ): Promise<Receipt> {
    return receive(this.#kernel, 'command', { contract: command, data, options });
  }

  /** Sends a command and resolves with its reply, which is durable by then. */
  ask<Input, Reply>(
    command: CommandContract<string, unknown, Reply, Input>,
    data: NoInfer<Input>,
    options?: AskOptions,
  ): Promise<Reply> {
    return receiveAsk(this.#kernel, { contract: command, data, options }) as Promise<Reply>;
  }

  /**
   * Runs `work` in one transaction at once: its SQL and its messages commit together, then it returns.
   *
   * @throws TroupeError `store-busy`, `inside-turn`, `store-full`; what `work` throws, with nothing kept
   */
  transaction<T>(work: (tx: Transaction) => T & Sync<NoInfer<T>>): T {
    return transact<T>(this.#kernel, work);
  }

  /**
   * Observes committed messages of a contract, or a lifecycle event by name; returns what removes the tap. Not
   * durable.
   *
   * @throws TroupeError `invalid-options`
   */
  tap<What extends AnyContract | keyof LifecycleEvents>(what: What, tap: (event: Tapped<What>) => void): () => void {
    const name = tappedName(this.#kernel.router, what, tap);
    return this.#kernel.bus.on(name, tap as (event: unknown) => void);
  }

  /** Stops an actor, one of its handlers or one instance; what comes meanwhile waits on disk. */
  async pause(target: Named, part: Part = {}): Promise<void> {
    await operations.pause(this.#kernel, target, part);
  }

  /** Lets it go on, with what waited first. */
  async resume(target: Named, part: Part = {}): Promise<void> {
    await operations.resume(this.#kernel, target, part);
  }

  /** Delivers the kept events again to one handler, from a position on. Handlers see them a second time. */
  async replay(target: Named, contract: AnyEvent | string, options: ReplayOptions): Promise<void> {
    await operations.replay(this.#kernel, { name: target.name, on: contract }, options);
  }

  /**
   * Resolves when nothing is left to run now: no ready message, and every task has ended or waits. Timers and retries
   * may be armed.
   */
  settled(): Promise<void> {
    return settled(this.#kernel);
  }

  /**
   * Why an instance is not moving: what it waits for, until when, behind what, held by which error.
   *
   * @throws TroupeError `unknown-definition`
   */
  why(target: Named, key = 'default'): Explanation {
    return explain(this.#kernel, operations.findRegistration(this.#kernel, nameOf(target)), key);
  }

  /** The causation tree of a conversation: messages and the turns that handled them. */
  trace(correlationId: string): Trace;
  /**
   * The newest conversation with a message of this contract and key.
   *
   * @throws TroupeError `invalid-options`, `not-found`
   */
  trace(contract: AnyContract, key: string): Trace;
  trace(what: string | AnyContract, key?: string): Trace {
    const id = tracedId(what, key) ?? this.conversations.idOf(what as AnyContract, key as string);
    return readTrace(this.#kernel, id);
  }

  /** Instances by actor or saga and by status, with what waits for each. Reads every stored instance. */
  instances(): readonly operations.InstanceCount[] {
    return operations.countInstances(this.#kernel);
  }

  info(): RuntimeInfo {
    return operations.describe(this.#kernel);
  }

  /** A consistent copy of the database at `file`, verified by opening it. */
  async backup(file: string): Promise<void> {
    await Promise.resolve();
    this.#kernel.store.backup(file);
  }

  /** The committed database as bytes, to be opened with `createRuntime(app, { database: bytes })`. */
  serialize(): Uint8Array {
    return this.#kernel.store.serialize();
  }

  /** Removes what retention allows now, all of it. */
  prune(): void {
    while (this.#kernel.housekeeping?.run()) {
      // One slice per round.
    }
  }

  /** Takes no new work, lets running tasks end for `grace` (default 10 s), keeps everything else for the next start. */
  stop(options: { readonly grace?: Duration | undefined } = {}): Promise<void> {
    this.#stopping ??= shutDown(this.#kernel, this.#store, toMs(options.grace ?? DEFAULT_GRACE, 'grace'));
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Goes on with the kernel of another process on the same data: a test kit has restarted. */
  protected adopt(kernel: Kernel, store: SqliteStore): void {
    this.#kernel = kernel;
    this.#store = store;
    this.#deadLetters = new DeadLetters(kernel);
    this.#effects = new Effects(kernel);
    this.#stopping = undefined;
  }

  /** The last committed state of an instance; undefined where it has none. */
  protected stateOf({ name }: Named, key = 'default'): unknown {
    const kernel = this.#kernel;
    const instance = kernel.instances.find(operations.findRegistration(kernel, name), key);
    if (instance?.loaded && instance.rowId === 0) return undefined;
    return this.storedInstance(name, key)?.state;
  }

  /** One instance with how it stands; for what is built on top. */
  protected storedInstance(name: string, key: string): StoredInstance | undefined {
    const kernel = this.#kernel;
    const registration = operations.findRegistration(kernel, name);
    const row = kernel.store.states.get(`${name}/${key}`);
    if (!row) return undefined;
    const instance = kernel.instances.find(registration, key);
    const held = instance?.hold !== undefined;
    return { key, status: row.status, held, state: this.#readable(registration, key, row.data) };
  }

  /** A state that the code of today cannot load is shown as it is stored. */
  #readable(registration: Registration, key: string, stored: string): unknown {
    try {
      return this.#kernel.peekState(registration, key);
    } catch {
      return fromJsonText(stored);
    }
  }

  /** A page of instances in the order of their keys, those after `after`. */
  protected storedInstances(name: string, limit: number, after: string = ''): readonly StoredInstance[] {
    operations.findRegistration(this.#kernel, name);
    const rows = this.#kernel.store.states.list(`${name}/`, limit, `${name}/${after}`);
    return rows.flatMap(({ address }) => this.storedInstance(name, address.slice(name.length + 1)) ?? []);
  }

  /** Calls back after every turn at an address, and once when the time is over; returns what ends both. */
  protected watchInstance(address: string, { changed, over, ms }: InstanceWatch): () => void {
    const alarm = this.#kernel.platform.alarm(ms, over);
    const taps = [this.tap('turn', turn => turn.address === address && changed()), this.tap('failed', over)];
    return () => {
      alarm.cancel();
      for (const remove of taps) remove();
    };
  }

  /** Replaces the state of an instance; a held one stays held. */
  protected async replaceState(name: string, key: string, change: Change): Promise<void> {
    await replaceState(this.#kernel, { name, key }, change);
  }

  /** The message that holds an instance. */
  protected holdingMessage(name: string, key: string): HoldingMessage | undefined {
    return holdingMessage(this.#kernel, { name, key });
  }

  /** Lets a held instance go on, with the message that holds it or without. */
  protected async releaseHeld(name: string, key: string, how: 'retry' | 'discard'): Promise<void> {
    await releaseHeld(this.#kernel, { name, key }, how);
  }

  /** What happened at an address, turn by turn. */
  protected turnsOf(name: string, key: string, options: HistoryOptions = {}): readonly PastTurn[] {
    return readHistory(this.#kernel, operations.findRegistration(this.#kernel, name), { ...options, key });
  }

  /** Tells an instance something that no contract carries. */
  protected async signal(name: string, key: string, data: Json): Promise<void> {
    await operations.signal(this.#kernel, { name, key }, data);
  }
}
