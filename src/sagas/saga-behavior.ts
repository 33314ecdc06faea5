// Compiles a saga definition to a Behavior.
import { TroupeError } from '../runtime/errors.ts';
import { toMs } from '../runtime/message/duration.ts';
import { toFrozenJson } from '../runtime/message/json.ts';
import type { RetryPolicy } from '../runtime/delivery/retry.ts';
import { SELF, type Behavior, type Handler, type TaskHandler, type Turn } from '../runtime/turn/behavior.ts';
import { Decision, type TaskEnd } from '../runtime/turn/decision.ts';
import { awaitedBy } from './awaited.ts';
import type { ChildOutcome, StartChild, UndoChild } from './child-contracts.ts';
import type { Reply } from './ledger.ts';
import { ownContracts, Program, programOf, type ActionFunction } from './program.ts';
import type { SagaRecord, SagaStatus } from './record.ts';
import type { Binding, Saga } from './saga.ts';
import type { Seen } from './step-message.ts';
import { upgradeRecord } from './upgrade-record.ts';
import { checkChildClaims, claimsAt, claimsOfChild, commandsClaimed } from './saga-claims.ts';
import { heldError, lift } from './load.ts';
import { actionHandler, SagaDecision, taskHandler } from './saga-decision.ts';
import { SagaTurn, type Tick } from './saga-turn.ts';

/** A handler with what its turns do. */
interface SagaHandler extends Handler {
  readonly take: (program: Program, turn: Turn) => Decision;
}

/** Events for an instance that never starts become dead letters after this. */
const UNKNOWN_WAITS_MS = toMs('7d', 'unknown');

/** Compiles the sagas of an app. Which of them are children, only all together tell. */
export function toSagaBehaviors(sagas: readonly Saga[]): Behavior[] {
  const programs = sagas.map(saga => ({ saga, program: programOf(saga) }));
  const children = new Set(programs.flatMap(({ program }) => program.children().map(({ name }) => name)));
  const known = new Set(sagas.map(({ name }) => name));
  for (const { saga, program } of programs) {
    const missing = program.children().find(({ name }) => !known.has(name));
    if (!missing) continue;
    throw new TroupeError(
      'no-owner',
      `The saga ${saga.name} starts the saga ${missing.name}, which is not part of the app. ` +
        'Add it to defineApp({ sagas }).',
    );
  }
  for (const { program } of programs) program.leaves.forEach(({ definition }) => checkChildClaims(definition));
  return programs.map(({ saga, program }) => toBehavior(saga, program, children.has(saga.name)));
}

/**
 * A saga as a function of its record and a message: its decisions are for reading only, `seen` is shown how the machine
 * moves, and what its turns would do inside their transaction is left out.
 */
export function toPureBehavior(saga: Saga, seen: Seen): Behavior {
  const options = { ...saga.options, inTransaction: undefined, sql: undefined, invariant: undefined };
  const pure: Saga = { ...saga, options };
  return toBehavior(pure, new Program(pure, seen), true);
}

function toBehavior(saga: Saga, program: Program, isChild: boolean): Behavior {
  const { options } = saga;
  if (!isChild && !saga.bindings.some(({ toInput }) => toInput) && options.unknown !== 'start') {
    throw new TroupeError(
      'invalid-definition',
      `Nothing starts the saga ${saga.name}. Add .startsOn(event, data => input), or start it from another saga.`,
    );
  }
  return {
    kind: 'saga',
    name: saga.name,
    renamedFrom: options.renamedFrom,
    handlers: handlersOf(saga, program, isChild),
    single: false,
    publishes: options.publishes ?? [],
    sends: program.sends(),
    usesSql: options.sql !== undefined,
    stateful: true,
    version: options.version ?? 1,
    retryOrder: 'block',
    onExhausted: 'hold',
    claims: commandsClaimed(options),
    initial: () => undefined,
    restore: (state, from) => restore(program, state, from),
    awaits: state => awaitedBy(saga, program, state as SagaRecord),
    handle: turn => (turn.handler as SagaHandler).take(program, turn),
  };
}

function handlersOf(saga: Saga, program: Program, isChild: boolean): SagaHandler[] {
  return [
    ...saga.bindings.map(binding =>
      handlerOf({
        id: binding.contract.type,
        contract: binding.contract,
        key: binding.correlate,
        where: binding.where,
        claims: claimsAt(binding, saga.options),
        take: (_, turn) => takeEvent(program, turn, binding),
      }),
    ),
    handlerOf({ id: SELF, take: takeOwn }),
    ...(isChild ? ownContracts(saga) : []).flatMap(({ start, undo }) => [
      handlerOf({ id: start.type, contract: start, claims: claimsOfChild(saga.options), take: takeStart }),
      handlerOf({ id: undo.type, contract: undo, take: takeUndo }),
    ]),
    ...program.tasks().map(({ src, definition }) => {
      const { timeout, retry, effect, run } = definition;
      const task = toTask(timeout === undefined ? Infinity : toMs(timeout, 'timeout'), (scope, data) => {
        const { input } = data as { readonly input: never };
        const { idempotencyKey, attempt, signal, log } = scope;
        return run({ input, idempotencyKey, attempt, signal, log });
      });
      const effects = effect === undefined ? undefined : [effect];
      return handlerOf({ id: taskHandler(src), retry, task: { ...task, catches: true }, effects, take: takeTaskEnd });
    }),
    ...program.actions
      .filter(({ src }) => saga.options.inTransaction?.[src] === undefined)
      .map(({ src, definition }) =>
        handlerOf({ id: actionHandler(src), task: toAction(definition), take: () => new Decision() }),
      ),
  ];
}

type TaskBody = TaskHandler['run'];

const toTask = (timeoutMs: number, run: (...args: Parameters<TaskBody>) => unknown): TaskHandler => ({
  timeoutMs,
  concurrency: CONCURRENCY,
  catches: false,
  run: async (scope, data) => run(scope, data),
});

const CONCURRENCY = 64;

/** A named action runs as XState would run it, but after the commit, at least once. */
function toAction(action: ActionFunction): TaskHandler {
  return toTask(Infinity, ({ idempotencyKey }, data) => {
    const { context, event, params } = data as { context: unknown; event: unknown; params: unknown };
    const self = { id: idempotencyKey, sessionId: idempotencyKey };
    return action({ context, event, self, system: {} }, params);
  });
}

function handlerOf(of: {
  readonly id: string;
  readonly take: SagaHandler['take'];
  readonly contract?: Handler['contract'];
  readonly key?: Handler['key'];
  readonly where?: Handler['where'];
  readonly claims?: Handler['claims'];
  readonly retry?: RetryPolicy | undefined;
  readonly task?: TaskHandler;
  readonly effects?: readonly string[] | undefined;
}): SagaHandler {
  const { id, contract, key, where, claims, retry, task, effects, take } = of;
  return { id, contract, pattern: undefined, key, where, claims, retry, from: 'now', task, effects, take };
}

/** Replies, timers, and what operators say. */
function takeOwn(program: Program, turn: Turn): Decision {
  if (turn.kind !== 'reply' && 'unknown' in (turn.envelope.data as object)) return lookAgain(turn);
  if (turn.status === null) return ignored('late');
  const saga = new SagaTurn(program, turn);
  if (turn.kind === 'reply') saga.settle(turn.envelope.data as Reply);
  else {
    const tick = turn.envelope.data as Tick;
    if (turn.status !== 'running' && !isForEnded(turn.status, tick)) return ignored('late');
    saga.tick(tick);
  }
  return saga.finish();
}

/** A finished instance can be undone, a failed one driven again. */
function isForEnded(status: string, tick: Tick): boolean {
  if ('redrive' in tick) return true;
  return status === 'done' && 'cancel' in tick && tick.cancel.compensate;
}

function takeTaskEnd(program: Program, turn: Turn): Decision {
  if (turn.status === null) return ignored('late');
  const saga = new SagaTurn(program, turn);
  const { n } = turn.origin.data as { readonly n: number };
  saga.endTask(n, turn.envelope.data as TaskEnd);
  return saga.finish();
}

function takeEvent(program: Program, turn: Turn, binding: Binding): Decision {
  const { type, data } = turn.envelope;
  if (turn.status === null) return begin(program, turn, binding);
  const { late, unhandled } = program.options;
  if (turn.status !== 'running') {
    return late === 'deadLetter' ? refused('late') : ignored(late === 'ignore' ? 'ignored' : 'late');
  }
  const saga = new SagaTurn(program, turn);
  if (saga.isEnding) return late === 'deadLetter' ? refused('late') : ignored('late');
  if (!program.accepts(type)) return ignored('joined');
  if (saga.deliver(type, data)) return saga.finish();
  if (unhandled === 'stash') return saga.stash();
  return unhandled === 'deadLetter' ? refused('unhandled') : ignored('unhandled');
}

/** The event that starts an instance is then delivered to it, where the machine takes it; else it has done its part. */
function begin(program: Program, turn: Turn, { toInput, isDelivered }: Binding): Decision {
  const { unknown, unhandled } = program.options;
  const { type, data } = turn.envelope;
  if (!toInput && unknown !== 'start') return takeUnknown(program, turn);
  const saga = new SagaTurn(program, turn);
  saga.start(toInput ? toInput(data as never, turn.envelope) : data);
  const isTaken = !program.accepts(type) || saga.isEnding || saga.deliver(type, data);
  const decision = !isTaken && isDelivered && unhandled === 'stash' ? saga.stash() : saga.finish();
  decision.outcome = undefined;
  if (unknown === 'wait') decision.unstash = true;
  return decision;
}

function takeUnknown({ options }: Program, turn: Turn): Decision {
  if (options.unknown === 'ignore') return ignored('unknown');
  const delayMs = turn.envelope.time + UNKNOWN_WAITS_MS - turn.now();
  if (options.unknown !== 'wait' || delayMs <= 0) return refused('unknown-instance');
  const wants = new SagaDecision();
  wants.arm(`unknown-${turn.envelope.position}`, { delayMs }, { unknown: true });
  wants.decision.stash = true;
  return wants.decision;
}

/** Those that have waited long enough become dead letters, the others wait again. */
function lookAgain({ status }: Turn): Decision {
  const decision = ignored('done');
  decision.unstash = status === null;
  return decision;
}

const TAKEN: ChildOutcome = { status: 'exists', output: null, error: null };

function takeStart(program: Program, turn: Turn): Decision {
  if (turn.status !== null) return answered(TAKEN);
  const { input, by } = turn.envelope.data as StartChild;
  const saga = new SagaTurn(program, turn);
  saga.answerLater();
  saga.start(input, by);
  const decision = saga.finish();
  decision.unstash ||= program.options.unknown === 'wait';
  return decision;
}

function takeUndo(program: Program, turn: Turn): Decision {
  const { status, state } = turn;
  const { compensate, by } = turn.envelope.data as UndoChild;
  if (status !== null && (state as SagaRecord).startedBy !== by) return answered(TAKEN);
  if (status !== 'running' && (status !== 'done' || !compensate)) {
    const { output = null, error = null } = (state ?? {}) as Partial<SagaRecord>;
    return answered({ status: (status ?? 'cancelled') as SagaStatus, output, error });
  }
  const saga = new SagaTurn(program, turn);
  saga.answerLater();
  saga.cancel(compensate);
  return saga.finish();
}

function answered(outcome: ChildOutcome): Decision {
  const decision = new Decision();
  decision.reply = toFrozenJson(outcome, 'outcome');
  return decision;
}

function ignored(outcome: string): Decision {
  const decision = new Decision();
  decision.outcome = outcome;
  return decision;
}

function refused(reason: string): Decision {
  const decision = new Decision();
  decision.deadLetter = reason;
  return decision;
}

/** A stored instance for the machine of today; one that does not fit is held, never guessed. */
function restore(program: Program, state: unknown, from: number): SagaRecord {
  const { machine, name, options } = program;
  const record = upgradeRecord(state);
  const lifted = lift({ machine, version: options.version, migrate: options.migrate }, record, from);
  if (!lifted.ok) throw heldError(name, lifted);
  const { disarmed, rearmed, effects, record: restored } = lifted;
  if (disarmed.length + rearmed.length + effects.length === 0) return restored;
  const { pending = { disarmed: [], rearmed: [], effects: [] } } = restored;
  return {
    ...restored,
    pending: {
      disarmed: [...pending.disarmed, ...disarmed],
      rearmed: [...pending.rearmed, ...rearmed],
      effects: [...pending.effects, ...effects],
    },
  };
}
