// defineActor: a service as inert data; its handlers get what the definition declares and nothing else.
import type { Database } from 'better-sqlite3';
import type { RetryPolicy } from '../runtime/delivery/retry.ts';
import { TroupeError } from '../runtime/errors.ts';
import { checkName } from '../runtime/message/address.ts';
import type { AnyCommand, AnyContract, AnyEvent, DataOf, NoReply, Upcaster } from '../runtime/message/contract.ts';
import type { Envelope } from '../runtime/message/envelope.ts';
import { checkPattern } from '../runtime/message/pattern.ts';
import { checkContractLists } from '../runtime/message/contract-list.ts';
import { checkWaivers, type Waiver } from '../runtime/message/waiver.ts';
import type { ActorContext, ReplyFor, TaskContext } from './context.ts';
import type { HandlerOptions, TaskOptions, TaskSteps } from './handler-options.ts';

/** What an actor declares. */
export interface ActorOptions<State, Publishes extends readonly AnyEvent[], Sends extends readonly AnyCommand[], Sql> {
  /** The state of a new instance: plain JSON. Without it the actor keeps no row. */
  readonly state?: ((key: string) => State) | undefined;
  /** The events it may publish; it is their owner. */
  readonly publishes?: Publishes | undefined;
  /** The commands it may send or schedule. */
  readonly sends?: Sends | undefined;
  /** The version of the state, from 1. */
  readonly version?: number | undefined;
  /** Steps from older versions of the state, by the version they start from. */
  readonly migrate?: Readonly<Record<number, Upcaster>> | undefined;
  /** One instance for all messages, with the key `default`. */
  readonly single?: boolean | undefined;
  /** The default for all handlers. */
  readonly retry?: RetryPolicy | undefined;
  /** Whether later messages wait while one is retried (`block`, the default) or overtake it. */
  readonly retryOrder?: 'block' | 'skip-ahead' | undefined;
  /** After a dead letter: go on with the next message (the default), or hold the instance. */
  readonly onExhausted?: 'continue' | 'hold' | undefined;
  /** Handlers write tables through `ctx.sql`: `true` for a better-sqlite3 Database, or what to make of one. */
  readonly sql?: true | ((database: Database) => Sql) | undefined;
  /** The name stored work of this actor had before. */
  readonly renamedFrom?: string | undefined;
  /** Findings of `check` that are right here, each with its reason. */
  readonly allow?: readonly Waiver[] | undefined;
}

/** One handler as data. */
export interface HandlerDefinition {
  readonly how: 'on' | 'task' | 'onAny';
  readonly contract: AnyContract | undefined;
  readonly pattern: string | undefined;
  readonly run: (...args: never) => unknown;
  readonly done: ((...args: never) => unknown) | undefined;
  readonly failed: ((...args: never) => unknown) | undefined;
  readonly options: TaskOptions<never>;
}

/** A service: definitions of its handlers. Each call returns a new definition of the same type. */
export interface Actor<State = unknown, Publishes extends string = never, Sends extends string = never, Sql = unknown> {
  readonly kind: 'actor';
  readonly name: string;
  /** What it was defined with. */
  readonly options: ActorOptions<State, readonly AnyEvent[], readonly AnyCommand[], Sql>;
  readonly handlers: readonly HandlerDefinition[];
  /** Handles a message in the transaction. Synchronous; returns the command's reply. */
  on<C extends AnyContract, const Reply extends ReplyFor<C>>(
    contract: C,
    handler: (ctx: ActorContext<State, Publishes, Sends, Sql>, data: DataOf<C>) => Reply,
    options?: HandlerOptions<DataOf<C>>,
  ): Actor<State, Publishes, Sends, Sql>;
  /**
   * Handles a message outside the transaction, at least once; what it resolves to is the reply. With `run` and
   * `done`: finished in a transaction.
   */
  task<C extends AnyContract, const Reply extends ReplyFor<C>, Result = unknown>(
    contract: C,
    handler:
      | ((ctx: TaskContext<State>, data: DataOf<C>) => Promise<Reply>)
      | TaskSteps<ActorContext<State, Publishes, Sends, Sql>, TaskContext<State>, DataOf<C>, Reply, Result>,
    options?: TaskOptions<DataOf<C>>,
  ): Actor<State, Publishes, Sends, Sql>;
  /** Observes every event whose type matches `pattern` (segments, `*`, `#`). */
  onAny(
    pattern: string,
    handler: (ctx: ActorContext<State, Publishes, Sends, Sql>, envelope: Envelope) => NoReply,
    options?: HandlerOptions<unknown>,
  ): Actor<State, Publishes, Sends, Sql>;
}

const ACTOR_OPTIONS = new Set([
  'state',
  'publishes',
  'sends',
  'version',
  'migrate',
  'single',
  'retry',
  'retryOrder',
  'onExhausted',
  'sql',
  'renamedFrom',
  'allow',
]);
const HANDLER_OPTIONS = ['key', 'where', 'retry', 'from', 'effect', 'effects', 'yieldsTo', 'publishes', 'sends'];
const TASK_OPTIONS = [...HANDLER_OPTIONS, 'timeout', 'concurrency', 'run', 'done', 'failed'];

/**
 * Defines an actor: a service with private state that handles one message at a time.
 *
 * @example
 * ```ts
 * const payments = defineActor('payments', { state: () => ({ charged: 0 }), publishes: [PaymentCharged] })
 *   .on(ChargePayment, (ctx, charge) => { ctx.state.charged += charge.cents; ctx.publish(PaymentCharged, charge);
 * return { ok: true }; });
 * ```
 *
 * @throws TroupeError `invalid-definition`
 */
export function defineActor<
  State = undefined,
  const Publishes extends readonly AnyEvent[] = [],
  const Sends extends readonly AnyCommand[] = [],
  Sql = Database,
  Declared extends ActorOptions<State, Publishes, Sends, Sql> = ActorOptions<State, Publishes, Sends, Sql>,
>(
  name: string,
  options?: ActorOptions<State, Publishes, Sends, Sql> & Declared,
): Actor<
  State,
  Publishes[number]['type'],
  Sends[number]['type'],
  Declared extends { readonly sql: unknown } ? Sql : never
> {
  checkName(name, 'an actor');
  for (const option of Object.keys(options ?? {})) {
    if (!ACTOR_OPTIONS.has(option)) {
      throw refuse(`The actor ${name} has an unknown option '${option}'`, `Use ${[...ACTOR_OPTIONS].join(', ')}.`);
    }
  }
  checkContractLists(`The actor ${name}`, options ?? {});
  checkWaivers(`The actor ${name}`, options?.allow);
  const actor: unknown = make(name, options ?? {}, []);
  return actor as Actor<
    State,
    Publishes[number]['type'],
    Sends[number]['type'],
    Declared extends { readonly sql: unknown } ? Sql : never
  >;
}

function make(name: string, options: object, handlers: readonly HandlerDefinition[]): object {
  const add = (handler: HandlerDefinition): object => make(name, options, [...handlers, handler]);
  return Object.freeze({
    kind: 'actor',
    name,
    options,
    handlers,
    on: (contract: AnyContract, run: HandlerDefinition['run'], more: TaskOptions<never> = {}) => {
      const what = `${name}.on(${checkContract(name, contract).type})`;
      checkOptions(what, more, HANDLER_OPTIONS);
      checkFilter(what, contract, more);
      return add({
        how: 'on',
        contract,
        pattern: undefined,
        run: checkFunction(what, run),
        done: undefined,
        failed: undefined,
        options: more,
      });
    },
    task: (contract: AnyContract, handler: HandlerDefinition['run'] | TaskParts, more: TaskOptions<never> = {}) => {
      const what = `${name}.task(${checkContract(name, contract).type})`;
      const parts: TaskParts = typeof handler === 'function' ? { run: handler } : handler;
      const all = { ...parts, ...more };
      checkOptions(what, all, TASK_OPTIONS);
      checkFilter(what, contract, all);
      const { run, done, failed, ...rest } = all;
      return add({
        how: 'task',
        contract,
        pattern: undefined,
        run: checkFunction(what, run),
        done,
        failed,
        options: rest,
      });
    },
    onAny: (pattern: string, run: HandlerDefinition['run'], more: TaskOptions<never> = {}) => {
      checkPattern(pattern);
      const what = `${name}.onAny('${pattern}')`;
      checkOptions(what, more, HANDLER_OPTIONS);
      return add({
        how: 'onAny',
        contract: undefined,
        pattern,
        run: checkFunction(what, run),
        done: undefined,
        failed: undefined,
        options: more,
      });
    },
  });
}

interface TaskParts extends TaskOptions<never> {
  readonly run: HandlerDefinition['run'];
  readonly done?: HandlerDefinition['done'];
  readonly failed?: HandlerDefinition['failed'];
}

function checkContract(name: string, contract: AnyContract): AnyContract {
  const given: unknown = contract;
  if (typeof given === 'function' && 'type' in given && 'schema' in given) return contract;
  throw refuse(`A handler of ${name} is not for a contract`, 'Pass what defineEvent or defineCommand returned.');
}

function checkFunction(what: string, run: unknown): HandlerDefinition['run'] {
  if (typeof run === 'function') return run as HandlerDefinition['run'];
  throw refuse(`${what} has no handler function`, 'Pass (ctx, data) => …');
}

function checkOptions(what: string, options: object, known: readonly string[]): void {
  for (const option of Object.keys(options)) {
    if (!known.includes(option)) throw refuse(`${what} has an unknown option '${option}'`, `Use ${known.join(', ')}.`);
  }
  checkContractLists(what, options);
  const given: Readonly<Record<string, unknown>> = { ...options };
  const { yieldsTo = 'orchestrator' } = given;
  for (const option of ['where', 'key']) {
    if (given[option] === undefined || typeof given[option] === 'function') continue;
    throw refuse(`${what}: ${option} is no function`, `Write ${option}: data => ….`);
  }
  if (yieldsTo === 'orchestrator') return;
  throw refuse(`${what} yields to ${JSON.stringify(yieldsTo)}`, "Use yieldsTo: 'orchestrator'.");
}

/** A command has one owner: filtered out by it, nobody would handle or answer it. */
function checkFilter(what: string, { kind }: AnyContract, { where, yieldsTo }: TaskOptions<never>): void {
  if (kind !== 'command') return;
  if (where) throw refuse(`${what} filters a command`, 'Decide in the handler and reply.');
  if (yieldsTo) {
    throw refuse(`${what} yields a command`, 'Who orchestrates sends it: yield the event that does the same.');
  }
}

function refuse(problem: string, remedy: string): TroupeError {
  return new TroupeError('invalid-definition', `${problem}. ${remedy}`);
}
