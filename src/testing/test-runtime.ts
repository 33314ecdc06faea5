// TestRuntime: the production runtime on a virtual machine; its calls return when nothing is left to run.
import { TroupeError } from '../runtime/errors.ts';
import type { AskOptions, IngressOptions, Receipt, Sync, Transaction } from '../runtime/ingress.ts';
import type {
  AnyCommand,
  AnyContract,
  AnyEvent,
  CommandContract,
  DataOf,
  EventContract,
  ReadonlyDeep,
  ReplyOf,
} from '../runtime/message/contract.ts';
import { toMs, type Duration } from '../runtime/message/duration.ts';
import type { Named } from '../runtime/operations.ts';
import type { InstanceWatch, Tapped } from '../runtime/runtime.ts';
import type { LifecycleEvents } from '../runtime/trace/telemetry.ts';
import type { Kernel } from '../runtime/turn/kernel.ts';
import type { SagaInstance } from '../sagas/instance-view.ts';
import type { Saga, SagaTypes } from '../sagas/saga.ts';
import { findImbalances, findOpenWork } from './balance.ts';
import { Clients } from './clients.ts';
import type { CommitFailure } from './commit-failure.ts';
import { assertTaken, placesOf, type Attempt, type HandlerOf, type pending } from './interference.ts';
import type { Journal } from './journal.ts';
import { PassageOfTime } from './passage-of-time.ts';
import type { Rig, Running } from './rig.ts';
import { SettlingRuntime } from './settling-runtime.ts';
import type { ArmedTimer, Held, TestParts } from './test-parts.ts';
import { drawTimeline, type TimelineOptions } from './timeline.ts';
import type { VirtualProcess } from './virtual-machine.ts';
import { messagesOf, type Withholding } from './withheld.ts';

const rigs = new WeakMap<TestRuntime, Rig>();

/** What a test runtime stands on, for the rest of the kit. */
export function rigOf(runtime: TestRuntime): Rig {
  const rig = rigs.get(runtime);
  if (rig) return rig;
  throw new TroupeError('invalid-options', 'This is no test runtime. Pass what createTestRuntime returned.');
}

/** A runtime for tests: virtual time, seeded randomness, and failures at will. Made by `createTestRuntime`. */
export class TestRuntime extends SettlingRuntime {
  /** What every random choice of this run is drawn from. */
  readonly seed: number;
  readonly #rig: Rig;
  readonly #journal: Journal;
  readonly #settles: boolean;
  readonly #clients: Clients;
  readonly #time: PassageOfTime;
  readonly #taps = new Map<object, () => void>();

  constructor({ rig, journal, seed, settles }: TestParts) {
    super(rig.current.kernel, rig.current.store);
    this.seed = seed;
    this.#rig = rig;
    this.#journal = journal;
    this.#settles = settles;
    this.#clients = new Clients(rig);
    this.#time = new PassageOfTime(rig);
    rigs.set(this, rig);
    rig.onReopened = running => this.#goOn(running);
    rig.onDied = () => this.#clients.die();
  }

  /** The virtual time in ms since 1970, UTC. */
  now(): number {
    return this.#rig.current.kernel.clock.now();
  }

  /** Publishes a fact. Resolves when it is durable and nothing is left to run; time stands still. */
  override publish<Input>(
    event: EventContract<string, unknown, Input>,
    data: NoInfer<Input>,
    options?: IngressOptions,
  ): Promise<Receipt> {
    return this.whenSettled(() => super.publish(event, data, options));
  }

  /** Sends a command to its owner. Resolves when it is durable and nothing is left to run; time stands still. */
  override send<Input>(
    command: CommandContract<string, unknown, unknown, Input>,
    data: NoInfer<Input>,
    options?: IngressOptions,
  ): Promise<Receipt> {
    return this.whenSettled(() => super.send(command, data, options));
  }

  /**
   * Sends a command and resolves with its reply. Where that does not come by itself time moves on, timer by timer, at
   * most to the `timeout`.
   */
  override ask<Input, Reply>(
    command: CommandContract<string, unknown, Reply, Input>,
    data: NoInfer<Input>,
    options?: AskOptions,
  ): Promise<Reply> {
    const reply = this.#clients.call(() => super.ask(command, data, options));
    return this.#settles ? this.#passTimeFor(reply) : reply;
  }

  /** One transaction of the application, as in production. What it causes has run when the next call returns. */
  override transaction<T>(work: (tx: Transaction) => T & Sync<NoInfer<T>>): T {
    return this.#clients.callNow(() => super.transaction<T>(work));
  }

  /** Resolves when nothing is left to run; time stands still. */
  override settled(): Promise<void> {
    return this.#rig.settle();
  }

  /** Observes what is committed; goes on over restarts, because the test that observes does. */
  override tap<What extends AnyContract | keyof LifecycleEvents>(
    what: What,
    tap: (event: Tapped<What>) => void,
  ): () => void {
    const key = { again: () => super.tap(what, tap) };
    this.#taps.set(key, key.again());
    return () => {
      this.#taps.get(key)?.();
      this.#taps.delete(key);
    };
  }

  /** Lets time pass: every timer fires at its time, with everything settled before and after. */
  async advance(by: Duration): Promise<void> {
    await this.#time.advance(toMs(by, 'advance'));
  }

  /**
   * Lets time pass until the next thing is due: a timer, a retry, a timeout, a schedule.
   *
   * @throws TroupeError `not-found` where nothing is armed
   */
  advanceToNextTimer(): Promise<void> {
    return this.#time.advanceToNext();
  }

  /**
   * Lets time pass until the condition holds.
   *
   * @throws TroupeError `not-found` where nothing is left that could make it hold
   */
  runUntil(condition: () => boolean): Promise<void> {
    return this.#time.runUntil(condition, () => this.timeline());
  }

  /** Stops gracefully and starts the next process on the same data. */
  async restart(): Promise<void> {
    await this.#rig.settle();
    const { process } = this.#rig.current;
    await this.#end(super.stop()).catch(unlessDead(process));
    // A process that has died while it stopped is replaced already.
    if (!this.#rig.isOpen || this.#rig.current.process === process) await this.#rig.reopen();
    await this.#rig.settle();
  }

  /**
   * The process dies now and the next one starts on what was committed. Calls that wait reject with `crashed`; the ctx
   * of a task that ran never settles.
   */
  async crash(): Promise<void> {
    this.#rig.kill();
    await this.#rig.revive();
    await this.#rig.settle();
  }

  /** Takes no new work and ends; time passes as far as running tasks need it, at most for `grace`. */
  override async stop(options?: { readonly grace?: Duration | undefined }): Promise<void> {
    // A process that could not be opened has told so already.
    if (this.#rig.isOpen) await this.#end(super.stop(options));
  }

  /**
   * Lets the `nth` commit from now fail (1: the next one), of this process or the next. Default `busy`: the runtime
   * tries again. With `full` the call whose commit it is rejects with `store-full`, with `io` and `io-kept` with
   * `commit-unknown`.
   *
   * @throws TroupeError `invalid-options`
   */
  failCommit(nth: number, how: CommitFailure = 'busy'): void {
    this.#rig.failCommit(nth, how);
  }

  /**
   * Keeps the messages of a contract on their way from now on, of a command its replies too, and behind each what its
   * sender sends there later; with `which` only those whose data it wants. Goes on over restarts, until it is released.
   *
   * @throws TroupeError `unknown-definition` where nothing in the app takes such a message
   */
  hold<C extends AnyContract>(contract: C, which?: (data: DataOf<C>) => boolean): Held {
    const { withheld, program } = this.#rig;
    assertTaken(program, contract);
    const rule = messagesOf(contract, which);
    withheld.add(rule);
    return { release: () => this.#release(rule) };
  }

  async #release(rule: Withholding): Promise<void> {
    const { kernel, process } = this.#rig.current;
    try {
      await this.whenSettled(() => this.#rig.withheld.remove(rule, kernel));
    } catch (error) {
      // The next process asks anew for all that is open, and nothing withholds it any more.
      if (process.isAlive && kernel.scheduler.state !== 'failed') throw error;
      if (this.#settles) await this.#rig.settle();
    }
  }

  /**
   * Answers a command, or a task, in place of its handler, from now on: `reply` gets the data and the number of the
   * attempt, and returns the reply, an error that the attempt fails with, or `pending`. Retries and timeouts stay those
   * of the handler. A later stub takes its place.
   *
   * @throws TroupeError `unknown-definition` where the app has no such handler
   */
  stub(task: HandlerOf, result: (input: never, attempt: number) => unknown): void;
  // Last, because TypeScript says of the last overload only why it does not match.
  stub<C extends AnyCommand, const Reply extends ReadonlyDeep<ReplyOf<C>>>(
    command: C,
    reply: (data: DataOf<C>, attempt: number) => Reply | Error | typeof pending,
  ): void;
  stub(what: AnyCommand | HandlerOf, reply: (data: never, attempt: number) => unknown): void {
    this.#rig.interference.stub(placesOf(this.#rig.program, what), reply);
  }

  /**
   * Lets a handler, or all handlers of a contract together, throw `error` the next `times` times: default 1, `Infinity`
   * for always.
   *
   * @throws TroupeError `unknown-definition` where the app has no such handler; `invalid-options`
   */
  fail(handler: AnyContract | HandlerOf, error: Error, times: number = 1): void {
    this.#rig.interference.fail(placesOf(this.#rig.program, handler), error, times);
  }

  /** The data of all events of a contract that were published, by whomever, in the order of the log. */
  published<E extends AnyEvent>(event: E): readonly DataOf<E>[] {
    return this.#journal.dataOf(event.type);
  }

  /** The data of all commands of a contract that were sent, by whomever, in the order of the log. */
  sent<C extends AnyCommand>(command: C): readonly DataOf<C>[] {
    return this.#journal.dataOf(command.type);
  }

  /** The timers that are armed, all or those of one actor or saga, the next one first. */
  timers(of?: Named): readonly ArmedTimer[] {
    const rows = this.#rig.current.store.timers.due(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    return rows
      .filter(({ name }) => of === undefined || name === of.name)
      .map(({ name, key, timer, due }) => ({ address: `${name}/${key}`, timer, due }));
  }

  /** The attempts of tasks that were started, in order: what may have reached the outside. */
  attempts(): readonly Attempt[] {
    return this.#rig.interference.attempts;
  }

  /**
   * One instance of a saga as last committed; `sagas.get` gives undefined where there is none.
   *
   * @throws TroupeError `not-found`
   */
  saga<T extends SagaTypes>(saga: Saga<T>, key: string): SagaInstance<T> {
    const found = this.sagas.get(saga, key);
    if (found) return found;
    const keys = this.sagas.list(saga, { limit: 10 }).map(one => one.key);
    const others = keys.length === 0 ? `No ${saga.name} has started.` : `There are ${keys.join(', ')}.`;
    throw new TroupeError('not-found', `There is no ${saga.name}/${key}. ${others}`);
  }

  /**
   * What happened, as sequence diagrams in text, with the seed to see it again; conversations that met at an address
   * share one. `of` picks those in which a message of a contract, or an address, takes part; `lines` bounds the text.
   */
  timeline(options: TimelineOptions = {}): string {
    const { conversations } = this.#journal;
    // It is the message of assertions, which must fail for their own reason.
    if (!this.#rig.isReadable) return `seed ${this.seed}\n\n(the runtime was stopped: nothing can be drawn any more)`;
    return drawTimeline({ seed: this.seed, conversations, trace: id => this.trace(id) }, options);
  }

  /**
   * What keeps the books from balancing, a sentence each; empty where memory and disk agree, no message is lost or
   * stuck, and nothing is open. A timer of the future and what a living instance has put aside are not open.
   */
  imbalances(): readonly string[] {
    const { current, withheld } = this.#rig;
    const audited = { ...current, from: this.#journal.from, withheld: withheld.ids };
    return [...findImbalances(audited), ...findOpenWork(audited)];
  }

  /** How often each event was published, or each command sent, by type. */
  counts(kind: 'event' | 'command'): ReadonlyMap<string, number> {
    return this.#journal.counts(kind);
  }

  /** Tasks that waited for something other than their ctx, like a socket: with them no run is repeatable. */
  get uncontrolled(): readonly string[] {
    return this.#rig.uncontrolled;
  }

  /** Whoever waits for a saga lets time pass, timer by timer, as an `ask` does. */
  protected override watchInstance(address: string, watch: InstanceWatch): () => void {
    const stop = super.watchInstance(address, watch);
    if (!this.#settles) return stop;
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    // A crash has taken its timeout with it: where nothing is left to happen, it is over.
    void this.#time.passFor(ended).then(() => watch.over());
    return () => {
      end();
      stop();
    };
  }

  protected override get running(): Kernel {
    return this.#rig.current.kernel;
  }

  protected override whenSettled<T>(start: () => Promise<T>): Promise<T> {
    return this.#settle(this.#clients.call(start));
  }

  async #settle<T>(outcome: Promise<T>): Promise<T> {
    if (!this.#settles) return outcome;
    const [result, quiet] = await Promise.allSettled([outcome, this.#rig.settle()]);
    if (result.status === 'rejected') {
      if (result.reason instanceof TroupeError && result.reason.code === 'stopped') this.#time.assertRunning();
      throw result.reason;
    }
    if (quiet.status === 'rejected') throw quiet.reason;
    // What the reply caused may have begun after the first look.
    await this.#rig.settle();
    return result.value;
  }

  async #passTimeFor<T>(reply: Promise<T>): Promise<T> {
    await this.#time.passFor(reply);
    return this.#settle(reply);
  }

  async #end(stopped: Promise<void>): Promise<void> {
    const ended = this.#clients.call(() => stopped);
    await this.#time.passFor(ended);
    return ended;
  }

  #goOn({ kernel, store }: Running): void {
    this.adopt(kernel, store);
    for (const key of this.#taps.keys()) this.#taps.set(key, (key as { again: () => () => void }).again());
  }
}

function unlessDead(process: VirtualProcess): (error: unknown) => void {
  return error => {
    if (process.isAlive) throw error;
  };
}
