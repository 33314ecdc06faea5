// Compiles a process monitor to a Behavior: one instance per business key, with one durable timer.
import { checkData, keyOf, type AnyEvent } from '../runtime/message/contract.ts';
import { toFrozenJson, toJsonText } from '../runtime/message/json.ts';
import { SELF, type Awaited, type Behavior, type Handler, type Turn } from '../runtime/turn/behavior.ts';
import { Decision } from '../runtime/turn/decision.ts';
import { FlowOverdue, type FlowOverdueData } from './flow-overdue.ts';
import type { Monitor } from './monitor.ts';

/** What a monitor stores of one start; the status is `running`, `overdue` or `completed`. */
interface Watched {
  readonly messageId: string;
  readonly correlationId: string;
  readonly since: number;
  readonly due: number;
  /** When `FlowOverdue` was published. */
  readonly overdueAt: number | null;
  /** What it has led to. */
  readonly outcome: { readonly type: string; readonly messageId: string; readonly at: number } | null;
}

/** The data of the timer. `again`: it was late once, and has let go first what waited behind it. */
interface Tick {
  readonly again: boolean;
}

interface MonitorHandler extends Handler {
  readonly take: (turn: Turn) => Decision;
}

const TIMER = 'due';
/** A timer that had to wait longer than this was kept from its turn: by a pause, a hold or a crash. */
const LATE_MS = 1000;
/** How soon to look again where the log still holds older messages. */
const LOOK_AGAIN_MS = 60_000;

export function toMonitorBehavior(monitor: Monitor): Behavior {
  const { start, outcomes } = monitor;
  const handlers: readonly MonitorHandler[] = [
    { ...handlerOf(monitor, start), where: monitor.where, take: turn => begin(monitor, turn) },
    ...outcomes.map(outcome => ({ ...handlerOf(monitor, outcome), take: complete })),
    { ...handlerOf(monitor), take: turn => tick(monitor, turn) },
  ];
  return {
    kind: 'monitor',
    name: monitor.name,
    renamedFrom: undefined,
    handlers,
    single: false,
    publishes: [FlowOverdue],
    sends: [],
    usesSql: false,
    stateful: true,
    version: 1,
    retryOrder: 'block',
    onExhausted: 'continue',
    initial: () => null,
    restore: state => state,
    awaits: state => awaitedBy(monitor, state as Watched | null),
    handle: turn => (turn.handler as MonitorHandler).take(turn),
  };
}

function handlerOf({ correlate }: Monitor, contract?: AnyEvent): Handler {
  const key = contract && correlate[contract.type];
  const none = { pattern: undefined, where: undefined, retry: undefined, task: undefined };
  return { ...none, id: contract?.type ?? SELF, contract, key, from: 'now' };
}

/** The first start counts until its outcome has come; the next one after that is watched anew. */
function begin({ withinMs }: Monitor, turn: Turn): Decision {
  const decision = new Decision();
  if (turn.status === 'running' || turn.status === 'overdue') {
    decision.outcome = 'joined';
    return decision;
  }
  const { id: messageId, correlationId, time: since } = turn.envelope;
  const due = since + withinMs;
  const watched: Watched = { messageId, correlationId, since, due, overdueAt: null, outcome: null };
  decision.restarted = turn.status !== null;
  keep(decision, 'running', watched);
  arm(decision, Math.max(0, due - turn.now()), { again: false });
  return decision;
}

/** An outcome without a start is not remembered: in one log the cause comes before what follows from it. */
function complete({ status, state, envelope }: Turn): Decision {
  const decision = new Decision();
  const watched = state as Watched | null;
  if (watched === null || status === 'completed') {
    decision.outcome = 'ignored';
    return decision;
  }
  const { type, id: messageId, time: at } = envelope;
  keep(decision, 'completed', { ...watched, outcome: { type, messageId, at } });
  decision.outcome = at <= watched.due ? 'completed' : 'completed-late';
  if (status === 'running') decision.cancelled = [TIMER];
  return decision;
}

/** Nothing is overdue while an outcome that came in time may still wait behind the timer or in the log. */
function tick(monitor: Monitor, turn: Turn): Decision {
  const decision = new Decision();
  const watched = turn.state as Watched | null;
  if (watched === null || turn.status !== 'running') {
    decision.outcome = 'ignored';
    return decision;
  }
  const { again } = turn.data as Tick;
  const isLate = !again && turn.now() - turn.envelope.time > LATE_MS;
  if (turn.isBehind || isLate) {
    arm(decision, turn.isBehind ? LOOK_AGAIN_MS : 0, { again: true });
    decision.outcome = 'looks-again';
    return decision;
  }
  keep(decision, 'overdue', { ...watched, overdueAt: turn.now() });
  raise(decision, monitor, turn);
  decision.outcome = 'overdue';
  return decision;
}

function raise(decision: Decision, { name, outcomes }: Monitor, { state, key, log }: Turn): void {
  const { since, due, messageId, correlationId } = state as Watched;
  const expected = outcomes.map(({ type }) => type);
  const flow: FlowOverdueData = { monitor: name, key, since, due, expected, messageId, correlationId };
  const data = checkData(FlowOverdue, flow);
  const fixed = { delayMs: undefined, ttlMs: undefined, headers: undefined, token: undefined };
  const text = toJsonText(data, 'data');
  decision.outgoing = [{ ...fixed, contract: FlowOverdue, data, text, key: keyOf(FlowOverdue, data) }];
  log.warn({ expected, since, due, messageId, correlationId }, 'flow overdue');
}

function keep(decision: Decision, status: 'running' | 'overdue' | 'completed', watched: Watched): void {
  decision.status = status;
  decision.changed = true;
  decision.state = toFrozenJson(watched, 'state');
}

function arm(decision: Decision, delayMs: number, data: Tick): void {
  decision.timers = [{ id: TIMER, delayMs, clock: 'wall', send: { tick: toFrozenJson(data, 'timer') } }];
}

function awaitedBy({ outcomes }: Monitor, watched: Watched | null): readonly Awaited[] {
  if (watched?.outcome !== null) return [];
  const { due, overdueAt, correlationId } = watched;
  const types = outcomes.map(({ type }) => type);
  return [{ kind: 'outcome', types, due, isOverdue: overdueAt !== null, correlationId }];
}
