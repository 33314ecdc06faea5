// Interference: what a test puts between the kernel and the handlers of an app: stubs, planned failures, and delays.
import type { Actor } from '../actors/actor.ts';
import { TroupeError } from '../runtime/errors.ts';
import { checkReply, type AnyContract } from '../runtime/message/contract.ts';
import { toFrozenJson } from '../runtime/message/json.ts';
import type { Program } from '../runtime/start.ts';
import type { Behavior, Handler, TaskScope, Turn } from '../runtime/turn/behavior.ts';
import { Decision, type TaskEnd } from '../runtime/turn/decision.ts';
import { taskHandler } from '../sagas/saga-decision.ts';
import type { Saga } from '../sagas/saga.ts';

/**
 * The reply of a stub that never answers. A task is then timed out and tried again as its handler says; a command of an
 * `on` handler stays owed, until whoever asked gives up.
 */
export const pending: unique symbol = Symbol('pending');

/** One handler of an actor or a saga: by its contract, or a task of a machine by its name. */
export interface HandlerOf {
  readonly of: Actor | Saga;
  readonly on: AnyContract | string;
}

/** Makes of the data of one attempt (counted from 1) a reply, an error to throw, or nothing ever. */
export type Stub = (data: never, attempt: number) => unknown;

/** What a simulation may do to a handler that is about to run. */
export interface Meddler {
  /** An error the turn or the attempt fails with instead of running. */
  failure(what: Handled): Error | undefined;
  /** How long a task waits before its body runs, and before its end is told, in ms. */
  delayMs(what: Handled, when: 'before' | 'after'): number;
  /** Whether the result of an attempt is lost, so that it runs again. */
  loses(what: Handled): boolean;
}

/** One turn or attempt that is about to run. */
export interface Handled {
  readonly behavior: Behavior;
  readonly handler: Handler;
  readonly key: string;
  readonly messageId: string;
  readonly attempt: number;
  readonly isTask: boolean;
}

/** One attempt of a task that was started. */
export interface Attempt {
  readonly address: string;
  /** Of the message that started it. */
  readonly type: string;
  /** From 1. */
  readonly attempt: number;
  /** The same at every attempt: what the far side tells a repetition by. */
  readonly idempotencyKey: string;
}

interface Planned {
  readonly error: Error;
  left: number;
}

/** Where a stubbed attempt waits inside the process it runs in. */
export interface Waiting {
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** A task with where its stubs wait. */
interface TaskPlace {
  readonly behavior: Behavior;
  readonly handler: Handler;
  readonly waiting: Waiting;
}

/** An app behaves as defined except for what was put in between; it outlives the processes of a run. */
export class Interference {
  readonly #stubs = new Map<string, Stub>();
  readonly #failures = new Map<string, Planned>();
  /** Messages whose task was answered by a stub: their `done` is not run. */
  readonly #answered = new Set<string>();
  meddler: Meddler | undefined = undefined;
  readonly attempts: Attempt[] = [];
  /** Told of every attempt before it runs. */
  onAttempt: (messageId: string, type: string) => void = () => {};

  stub(places: readonly string[], stub: Stub): void {
    if (typeof stub !== 'function') {
      throw new TroupeError('invalid-options', `A stub is ${typeof stub}. Use a function: () => reply.`);
    }
    for (const place of places) this.#stubs.set(place, stub);
  }

  fail(places: readonly string[], error: Error, times: number): void {
    if (times !== Infinity && (!Number.isInteger(times) || times < 1)) {
      throw new TroupeError('invalid-options', `fail got ${times} times. Use a whole number from 1, or Infinity.`);
    }
    const planned = { error, left: times };
    for (const place of places) this.#failures.set(place, planned);
  }

  /** The same program with this between the kernel and its behaviors. */
  wrap(program: Program, waiting: Waiting): Program {
    return { ...program, behaviors: program.behaviors.map(behavior => this.#wrap(behavior, waiting)) };
  }

  #wrap(behavior: Behavior, waiting: Waiting): Behavior {
    const handlers = behavior.handlers.map(handler => {
      const { task } = handler;
      if (!task) return handler;
      const run = (scope: TaskScope, data: unknown): Promise<unknown> =>
        this.#attempt({ behavior, handler, waiting }, scope, data);
      // The behavior finds its own handler behind the one the kernel sees.
      return Object.create(handler, { task: { value: { ...task, run }, enumerable: true } }) as Handler;
    });
    return { ...behavior, handlers, handle: turn => this.#turn(behavior, turn) };
  }

  #turn(behavior: Behavior, turn: Turn): Decision {
    const { handler, key, attempt, envelope, origin } = turn;
    const place = placeOf(behavior.name, handler.id);
    const isEnd = turn.kind === 'end';
    const handled = { behavior, handler, key, messageId: envelope.id, attempt, isTask: false };
    const failure = (isEnd ? undefined : this.#planned(place)) ?? this.meddler?.failure(handled);
    if (failure) throw failure;
    if (isEnd) {
      const end = turn.data as TaskEnd;
      if (end.ok && this.#answered.has(`${origin.id}/${place}`)) return replied(handler, end.result);
    } else {
      const stub = this.#stubs.get(place);
      if (stub && !handler.task) return stubbed(handler, assertNow(stub(turn.data as never, attempt)));
    }
    return behavior.handle(turn);
  }

  async #attempt(of: TaskPlace, scope: TaskScope, data: unknown): Promise<unknown> {
    const { behavior, handler, waiting } = of;
    const { attempt, key, signal, idempotencyKey } = scope;
    const { id: messageId, type } = scope.message;
    this.onAttempt(messageId, type);
    this.attempts.push({ address: `${behavior.name}/${key}`, type, attempt, idempotencyKey });
    const handled = { behavior, handler, key, messageId, attempt, isTask: true };
    const { meddler } = this;
    const before = meddler?.delayMs(handled, 'before') ?? 0;
    if (before > 0) await waiting.sleep(before, signal);
    const failure = this.#planned(placeOf(behavior.name, handler.id)) ?? meddler?.failure(handled);
    if (failure) throw failure;
    const result = await this.#body(of, scope, data);
    const after = meddler?.delayMs(handled, 'after') ?? 0;
    if (after > 0) await waiting.sleep(after, signal);
    if (meddler?.loses(handled)) throw new Error('The result of this attempt was lost (simulated).');
    return result;
  }

  /** The stub in place of the body, or the body. */
  async #body({ behavior, handler, waiting }: TaskPlace, scope: TaskScope, data: unknown): Promise<unknown> {
    const place = placeOf(behavior.name, handler.id);
    const stub = this.#stubs.get(place);
    if (!stub) return handler.task?.run(scope, data);
    const { attempt, signal, message } = scope;
    const result = await this.#answer(assertNow(stub(inputOf(data) as never, attempt)), { handler, signal, waiting });
    if (handler.contract) this.#answered.add(`${message.id}/${place}`);
    return result;
  }

  async #answer(
    answer: unknown,
    { handler, signal, waiting }: { handler: Handler; signal: AbortSignal; waiting: Waiting },
  ): Promise<unknown> {
    if (answer instanceof Error) throw answer;
    if (answer === pending) await waiting.sleep(Infinity, signal);
    return handler.contract ? checkReply(handler.contract, answer) : answer;
  }

  #planned(place: string): Error | undefined {
    const planned = this.#failures.get(place);
    if (!planned || planned.left === 0) return undefined;
    planned.left -= 1;
    return planned.error;
  }
}

/** The task of a saga gets what its machine gave it. */
function inputOf(data: unknown): unknown {
  return typeof data === 'object' && data !== null && 'n' in data && 'input' in data ? data.input : data;
}

function assertNow(answer: unknown): unknown {
  if (!(answer instanceof Promise)) return answer;
  answer.catch(() => {});
  throw new TroupeError('invalid-options', 'A stub returned a promise. Return the reply itself, an error, or pending.');
}

function stubbed(handler: Handler, answer: unknown): Decision {
  if (answer instanceof Error) throw answer;
  const decision = new Decision();
  if (answer === pending) decision.deferred = true;
  else return replied(handler, answer);
  return decision;
}

function replied({ contract }: Handler, answer: unknown): Decision {
  const decision = new Decision();
  if (contract?.kind === 'command') decision.reply = checkReply(contract, answer);
  else if (answer !== undefined) decision.reply = toFrozenJson(answer, 'reply');
  return decision;
}

/** How a handler is named here. */
function placeOf(name: string, handler: string): string {
  return `${name}:${handler}`;
}

/**
 * Every place a test may mean: all handlers of a contract, or one handler.
 *
 * @throws TroupeError `unknown-definition`
 */
export function placesOf({ behaviors }: Program, what: AnyContract | HandlerOf): readonly string[] {
  assertNamed(what);
  const places = behaviors.flatMap(({ name, handlers }) =>
    handlers.filter(handler => isMeant(name, handler, what)).map(({ id }) => placeOf(name, id)),
  );
  if (places.length > 0) return places;
  const shown = 'of' in what ? `${what.of.name} has no handler for ${nameOf(what.on)}` : `Nothing handles ${what.type}`;
  throw new TroupeError('unknown-definition', `${shown}. Add it to the app, or correct the name.`);
}

/**
 * Refuses a contract that no handler of the app takes, which nothing could be done to.
 *
 * @throws TroupeError `unknown-definition`
 */
export function assertTaken({ behaviors }: Program, contract: AnyContract): void {
  assertNamed(contract);
  const { type } = contract;
  const handlers = behaviors.flatMap(behavior => behavior.handlers);
  if (handlers.some(handler => handler.contract?.type === type || handler.pattern !== undefined)) return;
  throw new TroupeError(
    'unknown-definition',
    `Nothing handles ${type}. Add a handler to the app, or correct the name.`,
  );
}

/** What is not TypeScript may pass anything. */
function assertNamed(what: Partial<AnyContract & HandlerOf> | null | undefined): void {
  if (what?.type !== undefined || what?.of !== undefined) return;
  const remedy = 'Pass what defineEvent or defineCommand returned, or { of: actor, on: Contract }';
  throw new TroupeError('unknown-definition', `This is neither a contract nor a handler. ${remedy}.`);
}

function isMeant(name: string, { id, contract }: Handler, what: AnyContract | HandlerOf): boolean {
  if (!('of' in what)) return contract?.type === what.type;
  if (what.of.name !== name) return false;
  return typeof what.on === 'string' ? id === what.on || id === taskHandler(what.on) : contract?.type === what.on.type;
}

const nameOf = (on: AnyContract | string): string => (typeof on === 'string' ? on : on.type);
