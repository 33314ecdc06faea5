// Compiles an actor definition to a Behavior.
import type { Database } from 'better-sqlite3';
import type { RetryPolicy } from '../runtime/delivery/retry.ts';
import { TroupeError } from '../runtime/errors.ts';
import { checkEffect } from '../runtime/message/effect-name.ts';
import type { AnyContract } from '../runtime/message/contract.ts';
import { toMs } from '../runtime/message/duration.ts';
import { toFrozenJson } from '../runtime/message/json.ts';
import type { Behavior, Handler, TaskHandler, Turn } from '../runtime/turn/behavior.ts';
import type { Decision, TaskEnd } from '../runtime/turn/decision.ts';
import { stateLimits } from '../runtime/turn/draft.ts';
import type { Actor, HandlerDefinition } from './actor.ts';
import { ActorTurn, type Declared } from './actor-turn.ts';
import type { HandlerOptions } from './handler-options.ts';
import { TaskTurn } from './task-turn.ts';

type AnyFunction = (...args: unknown[]) => unknown;

const DEFAULT_TASK_TIMEOUT = '30s';
const DEFAULT_CONCURRENCY = 64;

/** What a handler is called, and all tasks of its actor. */
interface Names {
  readonly id: string;
  readonly tasks: ReadonlyMap<AnyContract, string>;
}

/** One handler with everything resolved that a turn needs. */
class ActorHandler implements Handler {
  readonly id: string;
  readonly contract: AnyContract | undefined;
  readonly pattern: string | undefined;
  readonly key: Handler['key'];
  readonly where: Handler['where'];
  readonly retry: RetryPolicy | undefined;
  readonly from: 'now' | 'beginning' | number;
  readonly task: TaskHandler | undefined;
  readonly effects: readonly string[] | undefined;
  readonly yieldsTo: readonly string[] | undefined;
  readonly declared: Declared;
  readonly definition: HandlerDefinition;

  constructor(actor: Actor, definition: HandlerDefinition, { id, tasks }: Names) {
    const what = `${actor.name}:${id}`;
    const { options } = definition;
    this.id = id;
    this.definition = definition;
    this.contract = definition.contract;
    this.pattern = definition.pattern;
    this.key = options.key;
    this.where = options.where;
    this.retry = options.retry ?? actor.options.retry;
    this.from = checkFrom(options.from ?? 'now', what);
    this.declared = {
      name: what,
      publishes: new Set(options.publishes ?? actor.options.publishes),
      sends: new Set(options.sends ?? actor.options.sends),
      tasks,
      sql: toSql(actor.options.sql),
    };
    this.effects = toEffects(options, what);
    this.yieldsTo = options.yieldsTo && commandsOf(actor, definition);
    this.task = definition.how === 'task' ? toTask(definition, what) : undefined;
  }
}

/** The commands whose work a handler may do: those its actor owns and those it sends. */
function commandsOf({ handlers, options }: Actor, { options: own }: HandlerDefinition): readonly string[] {
  const owned = handlers.flatMap(({ contract }) => (contract?.kind === 'command' ? [contract.type] : []));
  const sent = (own.sends ?? options.sends ?? []).map(({ type }) => type);
  return [...new Set([...owned, ...sent])];
}

function checkFrom(from: 'now' | 'beginning' | number, what: string): 'now' | 'beginning' | number {
  if (from === 'now' || from === 'beginning' || (Number.isSafeInteger(from) && from >= 1)) return from;
  throw new TroupeError(
    'invalid-definition',
    `${what}: from is ${String(from)}. Use 'now', 'beginning' or a position from 1.`,
  );
}

/** The names of both options, each once. */
function toEffects({ effect, effects = [] }: HandlerOptions<never>, what: string): readonly string[] | undefined {
  const given: unknown = effects;
  if (!Array.isArray(given)) {
    throw new TroupeError(
      'invalid-definition',
      `${what} has effects that are no list. Write effects: ['charge-card'].`,
    );
  }
  if (effect === undefined && effects.length === 0) return undefined;
  const names = new Set(effect === undefined ? effects : [effect, ...effects]);
  for (const name of names) checkEffect(name, what);
  return [...names];
}

function toSql(
  sql: true | ((database: Database) => unknown) | undefined,
): ((database: Database) => unknown) | undefined {
  return sql === true ? plain : sql;
}

const plain = (database: Database): Database => database;

function toTask({ run, failed, options }: HandlerDefinition, what: string): TaskHandler {
  const concurrency = options.concurrency ?? DEFAULT_CONCURRENCY;
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new TroupeError('invalid-definition', `${what}: concurrency is ${concurrency}. Use a whole number from 1.`);
  }
  return {
    timeoutMs: toMs(options.timeout ?? DEFAULT_TASK_TIMEOUT, `${what}: timeout`),
    concurrency,
    catches: failed !== undefined,
    run: async (scope, data) => await (run as AnyFunction)(new TaskTurn(scope), data),
  };
}

/** Checks the definition as a whole and resolves its handlers. */
export function toActorBehavior(actor: Actor): Behavior {
  const { options } = actor;
  const handlers = nameHandlers(actor);
  return {
    kind: 'actor',
    name: actor.name,
    renamedFrom: options.renamedFrom,
    handlers,
    single: options.single ?? false,
    publishes: options.publishes ?? [],
    sends: options.sends ?? [],
    usesSql: options.sql !== undefined,
    stateful: options.state !== undefined,
    version: options.version ?? 1,
    retryOrder: options.retryOrder ?? 'block',
    onExhausted: options.onExhausted ?? 'continue',
    initial: key => (options.state ? toFrozenJson(options.state(key), 'state', stateLimits) : undefined),
    restore: (state, from) => migrate(actor, state, from),
    handle: turn => handle(turn.handler as ActorHandler, turn),
  };
}

/** The type or pattern, numbered where an actor takes the same one twice. */
function nameHandlers(actor: Actor): readonly ActorHandler[] {
  const counts = new Map<string, number>();
  const tasks = new Map<AnyContract, string>();
  return actor.handlers.map(definition => {
    const base = definition.contract?.type ?? definition.pattern ?? '';
    const count = (counts.get(base) ?? 0) + 1;
    counts.set(base, count);
    const id = count === 1 ? base : `${base}#${count}`;
    if (definition.how === 'task' && definition.contract && !tasks.has(definition.contract)) {
      tasks.set(definition.contract, id);
    }
    return new ActorHandler(actor, definition, { id, tasks });
  });
}

function migrate(actor: Actor, state: unknown, from: number): unknown {
  const { version = 1, migrate: steps } = actor.options;
  const unloadable = (remedy: string): TroupeError =>
    new TroupeError(
      'upcaster-missing',
      `The stored state of ${actor.name} has version ${from}, the code has ${version}. ${remedy}`,
    );
  if (from === version) return state;
  if (from > version) throw unloadable('Deploy the newer code.');
  let current = state;
  for (let step = from; step < version; step++) {
    const run = steps?.[step];
    if (!run) throw unloadable(`Add migrate: { ${step}: old => … }.`);
    current = run(current);
  }
  return toFrozenJson(current, 'state', stateLimits);
}

function handle(handler: ActorHandler, turn: Turn): Decision {
  const ctx = new ActorTurn(turn, handler.declared);
  try {
    return ctx.finish(
      handler.contract,
      turn.kind === 'end' ? handleEnd(handler, ctx, turn) : handleMessage(handler, ctx, turn),
    );
  } finally {
    ctx.close();
  }
}

function handleMessage({ definition }: ActorHandler, ctx: ActorTurn, turn: Turn): unknown {
  const run = definition.run as AnyFunction;
  return definition.how === 'onAny' ? run(ctx, turn.envelope) : run(ctx, turn.data);
}

/** Without `done` the result is the reply; a failure without `failed` never gets here. */
function handleEnd({ definition, contract }: ActorHandler, ctx: ActorTurn, turn: Turn): unknown {
  const end = turn.data as TaskEnd;
  const { data } = turn.origin;
  if (!end.ok) return (definition.failed as AnyFunction)(ctx, end.failure, data);
  if (definition.done) return (definition.done as AnyFunction)(ctx, end.result, data);
  return contract?.kind === 'command' && contract.reply === undefined ? undefined : end.result;
}
