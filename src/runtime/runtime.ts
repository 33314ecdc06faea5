/// <reference lib="esnext.disposable" preserve="true" />
// CoreRuntime: the live process; everything it can do to an instance is a method here.
import type { Database } from 'better-sqlite3';
import { TroupeError } from './errors.ts';
import { checkKey } from './message/address.ts';
import { toMs, type Duration } from './message/duration.ts';
import type { AnyContract, AnyEvent, CommandContract, DataOf, EventContract } from './message/contract.ts';
import type { Envelope } from './message/envelope.ts';
import { checkHeaders } from './message/headers.ts';
import { toJsonText, type Json } from './message/json.ts';
import type { LifecycleEvents } from './trace/telemetry.ts';
import { explain, type Explanation } from './trace/why.ts';
import { readTrace, type Trace } from './trace/trace.ts';
import { ask } from './turn/ask.ts';
import { DeadLetters } from './turn/dead-letters.ts';
import type { Drain } from './turn/drain.ts';
import * as holds from './turn/holds.ts';
import { Act } from './turn/input.ts';
import { accept, Outbound, SendInput, type MessageOptions } from './turn/message-input.ts';
import type { Registration, Subscription } from './delivery/subscription.ts';
import type { Kernel } from './turn/kernel.ts';
import type { SqliteStore } from './store/sqlite-store.ts';

/** Where a message stands in the log; resolves when it is durable. A delayed message has position 0 until it is due. */
export interface Receipt {
  readonly id: string;
  readonly position: number;
  readonly correlationId: string;
  readonly duplicate: boolean;
}

/** How one message enters. */
export interface IngressOptions {
  /** The instance it concerns; default: the contract's key. */
  readonly key?: string | undefined;
  readonly delay?: Duration | undefined;
  readonly ttl?: Duration | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** A second message with the same key is a duplicate, for the dedupe window (7 days). */
  readonly idempotencyKey?: string | undefined;
  /** Joins a conversation, or names one of yours. */
  readonly correlationId?: string | undefined;
}

/** How long a reply is waited for. */
export interface AskOptions extends IngressOptions {
  /** Default 30 s. */
  readonly timeout?: Duration | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The part of a runtime that application code should ask for. */
export interface Bus {
  publish<Input>(
    event: EventContract<string, unknown, Input>,
    data: NoInfer<Input>,
    options?: IngressOptions,
  ): Promise<Receipt>;
  send<Input>(
    command: CommandContract<string, unknown, unknown, Input>,
    data: NoInfer<Input>,
    options?: IngressOptions,
  ): Promise<Receipt>;
  ask<Input, Reply>(
    command: CommandContract<string, unknown, Reply, Input>,
    data: NoInfer<Input>,
    options?: AskOptions,
  ): Promise<Reply>;
}

/** One transaction of plain application code: its tables and its messages commit together. */
export interface Transaction {
  readonly sql: Database;
  publish<Input>(event: EventContract<string, unknown, Input>, data: NoInfer<Input>, options?: IngressOptions): void;
  send<Input>(
    command: CommandContract<string, unknown, unknown, Input>,
    data: NoInfer<Input>,
    options?: IngressOptions,
  ): void;
}

/** Refuses an async function where a transaction must end before the event loop turns. */
export type Sync<T> = T extends PromiseLike<unknown> ? 'a transaction is synchronous: await before it, not in it' : T;

/** What a tap receives. */
export type Tapped<What extends AnyContract | keyof LifecycleEvents> = What extends keyof LifecycleEvents
  ? LifecycleEvents[What]
  : What extends AnyContract
    ? Envelope<DataOf<What>>
    : never;

/** A definition with a name: an actor or a saga. */
export interface Named {
  readonly name: string;
}

/** One stored instance. */
export interface StoredInstance {
  readonly key: string;
  readonly status: string | null;
  readonly held: boolean;
  readonly state: unknown;
}

/** Which part of an actor: one handler, or one instance; neither: all of it. */
export interface Part {
  readonly on?: AnyContract | string | undefined;
  readonly key?: string | undefined;
}

/** How a runtime is doing. */
export interface RuntimeInfo {
  readonly state: 'running' | 'stopped' | 'failed';
  readonly file: string;
  readonly durability: 'full' | 'relaxed' | 'memory';
  /** Whether an accepted message survives power loss: `full` on a real disk. */
  readonly powerSafe: boolean;
  readonly storeId: string;
  readonly sqlite: string;
  readonly incarnation: string;
  readonly position: number;
  readonly commitMs: number;
  readonly drains: number;
  readonly cachedInstances: number;
  readonly tasks: number;
  readonly runningTasks: number;
  readonly deadLetters: number;
  /** Events nobody subscribes to, since the start. */
  readonly unheard: number;
}

const DEFAULT_GRACE = '10s';
const plain = (database: Database): Database => database;

export class CoreRuntime implements Bus, AsyncDisposable {
  readonly deadLetters: DeadLetters;
  readonly #kernel: Kernel;
  readonly #store: SqliteStore;
  #stopping: Promise<void> | undefined = undefined;

  constructor(kernel: Kernel, store: SqliteStore) {
    this.#kernel = kernel;
    this.#store = store;
    this.deadLetters = new DeadLetters(kernel);
  }

  /** Publishes a fact. Resolves when it is durable; what subscribers do with it never comes back here. */
  publish<Input>(
    event: EventContract<string, unknown, Input>,
    data: NoInfer<Input>,
    options?: IngressOptions,
  ): Promise<Receipt> {
    return this.#send('event', event, data, options);
  }

  /** Sends a command to its owner. Resolves when it is durable. */
  send<Input>(
    command: CommandContract<string, unknown, unknown, Input>,
    data: NoInfer<Input>,
    options?: IngressOptions,
  ): Promise<Receipt> {
    return this.#send('command', command, data, options);
  }

  /** Sends a command and resolves with its reply, which is durable by then. */
  ask<Input, Reply>(
    command: CommandContract<string, unknown, Reply, Input>,
    data: NoInfer<Input>,
    options?: AskOptions,
  ): Promise<Reply> {
    try {
      this.#assertOutside('ask');
      assertKind('command', command, 'ask');
      const timeoutMs = options?.timeout === undefined ? undefined : toMs(options.timeout, 'timeout');
      return ask(this.#kernel, command, data, {
        ...toMessageOptions(options),
        timeoutMs,
        signal: options?.signal,
      }) as Promise<Reply>;
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  #send(
    kind: 'event' | 'command',
    contract: AnyContract,
    data: unknown,
    options: IngressOptions | undefined,
  ): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      this.#assertOutside(kind === 'event' ? 'publish' : 'send');
      assertKind(kind, contract, kind === 'event' ? 'publish' : 'send');
      const { key, ...rest } = toMessageOptions(options);
      this.#kernel.submit(new SendInput(new Outbound(this.#kernel, contract, data, key), rest, resolve, reject));
    });
  }

  /**
   * Runs `work` in one transaction at once: its SQL and its messages commit together, then it returns.
   *
   * @throws TroupeError `store-busy`, `inside-turn`, `store-full`; what `work` throws, with nothing kept
   */
  transaction<T>(work: (tx: Transaction) => T & Sync<NoInfer<T>>): T {
    this.#assertOutside('transaction');
    const kernel = this.#kernel;
    return kernel.scheduler.transact(drain => {
      const send = (
        kind: 'event' | 'command',
        contract: AnyContract,
        data: unknown,
        options?: IngressOptions,
      ): void => {
        assertKind(kind, contract, kind === 'event' ? 'publish' : 'send');
        const { key, ...rest } = toMessageOptions(options);
        accept(drain, new Outbound(kernel, contract, data, key), rest);
      };
      kernel.inTurn = true;
      try {
        const result: unknown = work({
          get sql() {
            return kernel.applicationSql.inTransaction(plain);
          },
          publish: (event, data, options) => send('event', event, data, options),
          send: (command, data, options) => send('command', command, data, options),
        });
        if (result instanceof Promise) {
          result.catch(() => {});
          throw new TroupeError(
            'async-handler',
            'A transaction got an async function. It is synchronous: await before it, not in it.',
          );
        }
        return result as T;
      } finally {
        kernel.inTurn = false;
      }
    });
  }

  /** Observes committed messages of a contract, or a lifecycle event by name; returns what removes the tap. Not durable. */
  tap<What extends AnyContract | keyof LifecycleEvents>(what: What, tap: (event: Tapped<What>) => void): () => void {
    const name = typeof what === 'string' ? what : (what as AnyContract).type;
    return this.#kernel.bus.on(name, tap as (event: unknown) => void);
  }

  /** The last committed state of an instance; undefined where it has none. */
  protected stateOf({ name }: Named, key = 'default'): unknown {
    const kernel = this.#kernel;
    const registration = this.#registration(name);
    const instance = kernel.find(registration, key);
    if (instance?.loaded) return instance.rowId === 0 ? undefined : instance.state;
    if (kernel.store.states.get(`${name}/${key}`) === undefined) return undefined;
    return kernel.peekState(kernel.instance(registration, key));
  }

  /** One instance with how it stands; for what is built on top. */
  protected storedInstance(name: string, key: string): StoredInstance | undefined {
    const kernel = this.#kernel;
    const registration = this.#registration(name);
    const row = kernel.store.states.get(`${name}/${key}`);
    if (!row) return undefined;
    const instance = kernel.find(registration, key);
    const state = instance?.loaded ? instance.state : kernel.peekState(kernel.instance(registration, key));
    return { key, status: row.status, held: instance?.hold !== undefined, state };
  }

  protected storedInstances(name: string, limit: number): readonly StoredInstance[] {
    this.#registration(name);
    const rows = this.#kernel.store.states.list(`${name}/`, limit);
    return rows.flatMap(({ address }) => this.storedInstance(name, address.slice(name.length + 1)) ?? []);
  }

  /** Tells an instance something that no contract carries. */
  protected signal(name: string, key: string, data: Json): Promise<void> {
    const registration = this.#registration(name);
    return this.#submit(drain => {
      const { self } = registration;
      if (!self || !this.#kernel.store.states.get(`${name}/${key}`)) {
        throw new TroupeError('not-found', `There is no ${name}/${key}.`);
      }
      const text = toJsonText(data, 'signal');
      const draft = {
        type: `${name}.signal`,
        version: 1,
        kind: 'tick',
        key,
        source: 'edge',
        text,
        data,
        cause: undefined,
        hops: 0,
      } as const;
      drain.deliver(self, key, drain.append(draft));
    });
  }

  /** Stops an actor, one of its handlers or one instance; what comes meanwhile waits on disk. */
  async pause(target: Named, part: Part = {}): Promise<void> {
    await this.#act(target, part, {
      all: holds.pauseActor,
      handler: holds.pauseSubscription,
      instance: (drain, registration, key) =>
        holds.holdInstance(drain, this.#kernel.instance(registration, key), 'paused', undefined),
    });
  }

  /** Lets it go on, with what waited first. */
  async resume(target: Named, part: Part = {}): Promise<void> {
    await this.#act(target, part, {
      all: holds.resumeActor,
      handler: holds.resumeSubscription,
      instance: (drain, registration, key) => holds.releaseInstance(drain, this.#kernel.instance(registration, key)),
    });
  }

  /** Delivers the kept events again to one handler, from a position on. Handlers see them a second time. */
  async replay(
    target: Named,
    contract: AnyEvent | string,
    options: { readonly from: 'beginning' | number },
  ): Promise<void> {
    const subscription = this.#subscription(target, contract);
    if (subscription.handler.contract?.kind === 'command')
      throw new TroupeError(
        'invalid-options',
        `${subscription.name} takes a command, and commands are not replayed: each was done once. Send a new one.`,
      );
    const cursor = options.from === 'beginning' ? 0 : options.from - 1;
    await this.#submit(drain => {
      const first = this.#kernel.store.messages.first() ?? this.#kernel.position + 1;
      if (options.from !== 'beginning' && options.from < first) {
        throw new TroupeError(
          'log-truncated',
          `The log starts at position ${first}; ${options.from} is gone. Replay from there, or keep messages longer.`,
        );
      }
      drain.setCursor(subscription, cursor);
    });
  }

  /** Why an instance is not moving: what it waits for, until when, behind what, held by which error. */
  why(target: Named, key = 'default'): Explanation {
    return explain(this.#kernel, this.#registration(target.name), key);
  }

  /** The causation tree of a conversation: messages and the turns that handled them. */
  trace(correlationId: string): Trace {
    return readTrace(this.#kernel, correlationId);
  }

  info(): RuntimeInfo {
    const kernel = this.#kernel;
    const { file, durability, powerSafe, storeId, sqlite } = kernel.store.info;
    return {
      state: kernel.scheduler.state,
      file,
      durability,
      powerSafe,
      storeId,
      sqlite,
      incarnation: kernel.store.epochs.at(-1)?.incarnation ?? '',
      position: kernel.committed,
      commitMs: kernel.scheduler.commitMs,
      drains: kernel.scheduler.drains,
      cachedInstances: kernel.cached,
      tasks: kernel.tasks.count,
      runningTasks: kernel.tasks.running,
      deadLetters: kernel.deadLetters,
      unheard: kernel.unheard,
    };
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
    this.#stopping ??= this.#stop(toMs(options.grace ?? DEFAULT_GRACE, 'grace'));
    return this.#stopping;
  }

  async #stop(graceMs: number): Promise<void> {
    const kernel = this.#kernel;
    kernel.scheduler.close();
    kernel.tasks.drain();
    if (kernel.scheduler.state === 'running') await this.#settle(graceMs);
    const wasRunning = kernel.scheduler.state === 'running';
    kernel.scheduler.stop();
    kernel.watch?.close();
    if (wasRunning && this.#store.begin()) {
      this.#store.closeEpoch(kernel.clock.now());
      this.#store.commitNow();
      kernel.flight.close();
    }
    this.#store.close();
  }

  /** Until nothing runs and nothing is ready, at most for the grace time. */
  async #settle(graceMs: number): Promise<void> {
    const kernel = this.#kernel;
    const isQuiet = (): boolean => kernel.tasks.running === 0 && kernel.scheduler.queue.isEmpty;
    if (isQuiet()) return;
    await new Promise<void>(resolve => {
      const alarm = kernel.platform.alarm(graceMs, () => end());
      const removeTap = kernel.bus.on('idle', () => {
        if (isQuiet()) end();
      });
      const removeFailed = kernel.bus.on('failed', () => end());
      const end = (): void => {
        alarm.cancel();
        removeTap();
        removeFailed();
        resolve();
      };
      kernel.scheduler.request();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #assertOutside(what: string): void {
    if (!this.#kernel.inTurn) return;
    throw new TroupeError(
      'inside-turn',
      `runtime.${what} was called inside a turn or transaction. Use ctx.publish, ctx.send or tx there.`,
    );
  }

  #registration(name: string): Registration {
    const registration = this.#kernel.registration(name);
    if (!registration)
      throw new TroupeError('unknown-definition', `${name} is not part of this app. Add it to defineApp.`);
    return registration;
  }

  #subscription({ name }: Named, on: AnyContract | string): Subscription {
    const id = typeof on === 'string' ? on : on.type;
    const subscription = this.#registration(name).subscriptions.find(({ handler }) => handler.id === id);
    if (!subscription)
      throw new TroupeError('unknown-definition', `${name} has no handler for ${id}. Add it, or correct the name.`);
    return subscription;
  }

  async #act(
    target: Named,
    { on, key }: Part,
    acts: {
      readonly all: (drain: Drain, registration: Registration) => void;
      readonly handler: (drain: Drain, subscription: Subscription) => void;
      readonly instance: (drain: Drain, registration: Registration, key: string) => void;
    },
  ): Promise<void> {
    const registration = this.#registration(target.name);
    if (on !== undefined && key !== undefined)
      throw new TroupeError('invalid-options', 'Name either a handler (on) or an instance (key), not both.');
    if (on !== undefined) {
      const subscription = this.#subscription(target, on);
      await this.#submit(drain => acts.handler(drain, subscription));
    } else if (key === undefined) await this.#submit(drain => acts.all(drain, registration));
    else await this.#submit(drain => acts.instance(drain, registration, key));
  }

  #submit<T>(act: (drain: Drain) => T): Promise<T> {
    const input = new Act(act);
    this.#kernel.submit(input);
    return input.done;
  }
}

function assertKind(kind: 'event' | 'command', contract: AnyContract, verb: string): void {
  const given: unknown = contract;
  const type = typeof given === 'function' && 'kind' in given ? given.kind : undefined;
  if (type === kind) return;
  if (type === undefined)
    throw new TroupeError(
      'invalid-message',
      `${verb} needs a contract. Pass what defineEvent or defineCommand returned.`,
    );
  throw new TroupeError(
    'invalid-message',
    `${verb} takes ${kind}s, and ${contract.type} is a ${contract.kind}. publish takes events, send and ask take commands.`,
  );
}

function toMessageOptions(options: IngressOptions | undefined): MessageOptions {
  if (options === undefined) return {};
  const { key, delay, ttl, headers, idempotencyKey, correlationId } = options;
  return {
    key: key === undefined ? undefined : checkKey(key, 'The key'),
    delayMs: delay === undefined ? undefined : toMs(delay, 'delay'),
    ttlMs: ttl === undefined ? undefined : toMs(ttl, 'ttl'),
    headers: headers === undefined ? undefined : JSON.stringify(checkHeaders(headers)),
    idempotencyKey: idempotencyKey === undefined ? undefined : checkKey(idempotencyKey, 'The idempotencyKey'),
    correlationId: correlationId === undefined ? undefined : checkKey(correlationId, 'The correlationId'),
  };
}
