// The kit of tests that speak to the kernel through its port: behaviors whose turns the test writes.
import type { AnyContract } from '../../src/index.ts';
import type { Program } from '../../src/runtime/start.ts';
import { SELF, type Behavior, type Handler, type TaskHandler, type Turn } from '../../src/runtime/turn/behavior.ts';
import { Decision, type TaskStart } from '../../src/runtime/turn/decision.ts';

/** A handler with nothing but what is given. */
function handlerOf(id: string, given: Partial<Handler> = {}): Handler {
  const none = { contract: undefined, pattern: undefined, key: undefined, where: undefined, retry: undefined };
  return { id, ...none, from: 'now', task: undefined, ...given };
}

/** A task handler, started by its id only, with the body a test gives. */
export function taskOf(id: string, run: TaskHandler['run'], task: Partial<TaskHandler> = {}): Handler {
  const retry = { attempts: 2, delay: 10_000, factor: 1 };
  return handlerOf(id, { retry, task: { timeoutMs: 30_000, concurrency: 64, catches: true, run, ...task } });
}

export interface BehaviorOptions extends Partial<Behavior> {
  /** Handled by `handle` under their types. */
  readonly on?: readonly AnyContract[];
  /** Handlers of tasks; their ends come to `handle` as well. */
  readonly tasks?: readonly Handler[];
  /** What a turn decides; nothing: a decision that wants nothing. */
  readonly turn: (turn: Turn, decision: Decision) => void;
}

/** A saga-like behavior: stateful, with a handler for itself. */
export function behaviorOf(name: string, { on = [], tasks = [], turn, ...given }: BehaviorOptions): Behavior {
  return {
    kind: 'saga',
    name,
    renamedFrom: undefined,
    handlers: [...on.map(contract => handlerOf(contract.type, { contract })), ...tasks, handlerOf(SELF)],
    single: false,
    publishes: [],
    sends: [],
    usesSql: false,
    stateful: true,
    version: 1,
    retryOrder: 'block',
    onExhausted: 'hold',
    initial: () => null,
    restore: state => state,
    handle: one => {
      const decision = new Decision();
      turn(one, decision);
      return decision;
    },
    ...given,
  };
}

export function programOf(...behaviors: readonly Behavior[]): Program {
  return { behaviors, schedules: [], migrate: undefined };
}

/** The start of a task by the id of its handler. */
export function startOf(handler: string, data: TaskStart['data'] = null, lane?: object): TaskStart {
  return { handler, type: `${handler}.start`, version: 1, kind: 'tick', data, text: JSON.stringify(data), ...lane };
}
