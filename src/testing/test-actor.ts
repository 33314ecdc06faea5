// testActor: given a state, when a message comes, then this: one actor without a bus.
import type { Database } from 'better-sqlite3';
import type { Actor } from '../actors/actor.ts';
import type { ReplyFor } from '../actors/context.ts';
import { TroupeError } from '../runtime/errors.ts';
import { checkKey, formatAddress } from '../runtime/message/address.ts';
import type {
  AnyCommand,
  AnyContract,
  DataOf,
  InputOf,
  Message,
  ReadonlyDeep,
  ReplyOf,
} from '../runtime/message/contract.ts';
import { toFrozenJson } from '../runtime/message/json.ts';
import type { Moment } from '../runtime/platform/iso-time.ts';
import { stateLimits } from '../runtime/turn/draft.ts';
import { ActorOutcome, TaskOutcome } from './actor-outcome.ts';
import { DEFAULT_START, toStart } from './test-options.ts';
import { LoneActor, type Given, type Meeting, type Standing, type TestMessageOptions } from './lone-actor.ts';
import type { Answer } from './lone-task.ts';
import { Rehearsal, type RunOptions } from './rehearsal.ts';

/** Options of `testActor`. */
export interface ActorTestOptions {
  /** The instance the test is about; default: the one its first message concerns. */
  readonly key?: string | undefined;
  /** Where ids and randomness come from: a whole number, default 1. */
  readonly seed?: number | undefined;
  /** The time, which stands still. Default 2026-01-01T00:00:00Z. */
  readonly now?: Moment | undefined;
  /** A better-sqlite3 handle on a database with the actor's tables, for an actor with `sql`. */
  readonly database?: Database | undefined;
}

/** How a message is run through its task. */
export interface TaskTestOptions extends TestMessageOptions, RunOptions {}

const DEFAULT_SEED = 1;
const TEST_OPTIONS = ['key', 'seed', 'now', 'database'];
const MESSAGE_OPTIONS = ['key', 'headers', 'attempt'];
const TASK_OPTIONS = [...MESSAGE_OPTIONS, 'steps', 'signal', 'timesOut'];

/** What all tests that grew out of one `testActor` share. */
interface Shared {
  readonly actor: LoneActor;
  readonly answers: ReadonlyMap<AnyContract, Answer>;
  readonly standing: Standing;
}

/** One actor as a test sees it. Immutable: `given` and `stub` return a new one. */
export class ActorTest<State = unknown> {
  readonly #of: Shared;

  /** Made by `testActor`. */
  constructor(of: Shared) {
    this.#of = of;
  }

  /**
   * Says what was before: the state, or messages it has handled. An array means messages, unless the actor's own
   * state is one.
   *
   * @throws TroupeError `not-json`, `too-large`, `invalid-options`, and whatever a handler throws
   */
  given(before: ReadonlyDeep<State> | readonly Message[]): ActorTest<State> {
    const { actor, standing } = this.#of;
    if (Array.isArray(before) && !this.#hasArray()) {
      return before.reduce<ActorTest<State>>((test, message) => test.#after(message), this);
    }
    if (!actor.behavior.stateful) {
      throw new TroupeError(
        'invalid-options',
        `The actor ${actor.name} has no state to be given. Add state to defineActor, or leave out given.`,
      );
    }
    return this.#with({ standing: { ...standing, state: toFrozenJson(before, 'state', stateLimits) } });
  }

  /**
   * Answers `command` where a task asks it; an Error makes the ask fail, and so does a reply its contract refuses.
   */
  stub<C extends AnyCommand, const Reply extends ReplyFor<C>>(
    command: C,
    reply: (data: DataOf<C>) => Reply | Error,
  ): ActorTest<State> {
    return this.#with({ answers: new Map([...this.#of.answers, [command, reply as Answer]]) });
  }

  /**
   * Handles a message and tells what came of it. Throws what a handler throws; then nothing has changed. Tasks are not
   * run: see `run`.
   *
   * @throws TroupeError `invalid-message`, `not-json`, `unknown-definition`, `undeclared`, `async-handler`,
   * `invalid-options`
   */
  when(message: Message, options?: TestMessageOptions): ActorOutcome<State>;
  when<C extends AnyContract>(
    contract: C,
    data: InputOf<C>,
    options?: TestMessageOptions,
  ): ActorOutcome<State, ReplyOf<C>>;
  when(...args: readonly unknown[]): ActorOutcome<State> {
    const { given, options } = this.#read(args, MESSAGE_OPTIONS);
    return new ActorOutcome(this.#turns(this.#meet(given, options)).recorded);
  }

  /**
   * Runs the task for a message, and then `done` or `failed`. A body that throws has failed for good: retries are the
   * runtime's. Without `failed` its error is what `run` rejects with.
   *
   * @throws TroupeError as `when`; `no-owner` where the body asks what has no `stub`
   */
  run(message: Message, options?: TaskTestOptions): Promise<TaskOutcome<State>>;
  run<C extends AnyContract>(
    contract: C,
    data: InputOf<C>,
    options?: TaskTestOptions,
  ): Promise<TaskOutcome<State, ReplyOf<C>>>;
  async run(...args: readonly unknown[]): Promise<TaskOutcome<State>> {
    const { given, options } = this.#read(args, TASK_OPTIONS);
    const { actor, answers, standing } = this.#of;
    const meeting = this.#meet(given, options);
    assertTask(actor, meeting);
    const rehearsal = new Rehearsal(actor, meeting, standing.state);
    const record = await rehearsal.tasks(options, answers);
    return new TaskOutcome(rehearsal.recorded, record);
  }

  /** The message as handled; what it sent and started is not looked at. */
  #after(message: unknown): ActorTest<State> {
    const meeting = this.#meet(this.#toGiven(message), {});
    if (meeting.handlers.some(({ handler }) => handler.task)) {
      throw new TroupeError(
        'invalid-options',
        `${meeting.message.type} is a task of ${this.#of.actor.name}, which given(…) does not run. Give the state ` +
          'that run(…) ended with.',
      );
    }
    return this.#with({ standing: this.#turns(meeting).standing });
  }

  #turns(meeting: Meeting): Rehearsal {
    const rehearsal = new Rehearsal(this.#of.actor, meeting, this.#of.standing.state);
    rehearsal.turns();
    return rehearsal;
  }

  #meet(given: Given, options: TestMessageOptions): Meeting {
    return this.#of.actor.meet(this.#of.standing, given, options);
  }

  /** `(contract, data, options)` or `(message, options)`. */
  #read(args: readonly unknown[], known: readonly string[]): { given: Given; options: TaskTestOptions } {
    const [first, second, third] = args;
    const isContract = typeof first === 'function';
    const options = ((isContract ? third : second) ?? {}) as TaskTestOptions;
    checkOptions('A message of testActor', options, known);
    return {
      given: isContract ? { contract: first as unknown as AnyContract, data: second } : this.#toGiven(first),
      options,
    };
  }

  #toGiven(message: unknown): Given {
    const { actor } = this.#of;
    const isMessage = typeof message === 'object' && message !== null && 'type' in message && 'data' in message;
    if (!isMessage || typeof message.type !== 'string') {
      throw new TroupeError(
        'invalid-options',
        `What testActor(${actor.name}) got is no message. Make it with its contract: OrderPlaced({ … }).`,
      );
    }
    const contract = actor.router.contract(message.type);
    if (contract) return { contract, data: message.data };
    throw new TroupeError(
      'unknown-definition',
      `The actor ${actor.name} does not know the contract of ${message.type}. Add .on(…) for it, or where a pattern ` +
        'takes it, give the contract itself: when(contract, data).',
    );
  }

  #hasArray(): boolean {
    const { actor, standing } = this.#of;
    return Array.isArray(actor.behavior.initial(standing.key ?? 'default'));
  }

  #with(change: Partial<Shared>): ActorTest<State> {
    return new ActorTest({ ...this.#of, ...change });
  }
}

/**
 * Tests one actor without a bus and, unless it uses `ctx.sql`, without a database. Handlers run as in production: the
 * data is checked by its contract and frozen, the state is a draft, what is undeclared is refused; ids, randomness and
 * time are the same in every run.
 *
 * @example
 * ```ts
 * const { reply, state } = testActor(payments).given({ charged: 0 }).when(ChargePayment, { orderId: '1', cents: 42 });
 * ```
 *
 * @throws TroupeError `invalid-options`, `invalid-definition`
 */
export function testActor<State>(actor: Actor<State>, options: ActorTestOptions = {}): ActorTest<State> {
  if (actor?.kind !== 'actor') {
    const remedy = 'Pass what defineActor returned; a saga is tested with createTestRuntime, or with sagaPaths';
    throw new TroupeError('invalid-options', `testActor got no actor. ${remedy}.`);
  }
  checkOptions('testActor', options, TEST_OPTIONS);
  const { key, seed = DEFAULT_SEED, now = DEFAULT_START, database } = options;
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new TroupeError('invalid-options', `testActor: seed is ${seed}. Use a whole number from 0.`);
  }
  const own = key === undefined ? undefined : checkKey(key, `The key of ${formatAddress(actor.name, '…')}`);
  return new ActorTest<State>({
    actor: new LoneActor(actor, { seed, now: toStart(now), database }),
    answers: new Map(),
    standing: { key: own, state: undefined, position: 0 },
  });
}

function assertTask({ name, behavior }: LoneActor, { message: { type } }: Meeting): void {
  if (behavior.handlers.some(({ task, contract }) => task && contract?.type === type)) return;
  throw new TroupeError('invalid-options', `The actor ${name} has no task for ${type}. Use when(…) instead of run(…).`);
}

function checkOptions(what: string, options: object, known: readonly string[]): void {
  for (const option of Object.keys(options)) {
    if (known.includes(option)) continue;
    throw new TroupeError('invalid-options', `${what} has no option '${option}'. Use ${known.join(', ')}.`);
  }
}
