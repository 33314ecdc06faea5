// The kit of lane tests: a behavior that starts a task per event in the lane the event names, and can cancel a lane.
import type { Program } from '../../src/runtime/start.ts';
import type { Behavior, TaskHandler, TaskScope } from '../../src/runtime/turn/behavior.ts';
import { behaviorOf, programOf, startOf, taskOf } from './behavior-kit.ts';
import { eventOf, type Launched } from './kernel-kit.ts';

/** Starts task `n` in lane `text`. */
export const Begin = eventOf('lanes.begin');
/** Cancels lane `text`; with `n` it starts task `n` there at once. */
export const Cancel = eventOf('lanes.cancel');

/** An attempt whose end the test decides. */
export interface OpenAttempt {
  readonly scope: TaskScope;
  readonly n: number;
  done(value?: unknown): void;
  fail(error: Error): void;
}

export interface Lanes {
  readonly open: OpenAttempt[];
  readonly behavior: Behavior;
  readonly program: Program;
}

/** What the address `worker/a` has heard of its tasks. */
export const heard = ({ runtime }: Launched): unknown => runtime.state({ name: 'worker' } as never, 'a') ?? [];

export function setupLanes(run?: TaskHandler['run'], task: Partial<TaskHandler> = {}): Lanes {
  const open: OpenAttempt[] = [];
  const wait: TaskHandler['run'] = (scope, data) =>
    new Promise((resolve, reject) => open.push({ scope, n: data as number, done: resolve, fail: reject }));
  const behavior = behaviorOf('worker', {
    on: [Begin, Cancel],
    tasks: [taskOf('work', run ?? wait, task)],
    turn: ({ kind, data, origin, envelope, state }, decision) => {
      const { n, text } = data as { readonly n: number; readonly text: string };
      if (kind === 'end') {
        const { ok } = data as { readonly ok: boolean };
        decision.state = [...((state as unknown[]) ?? []), `${String(origin.data)} ${ok ? 'done' : 'failed'}`];
        decision.changed = true;
        return;
      }
      if (envelope.type === Cancel.type) decision.cancelledTasks = [text];
      if (envelope.type === Begin.type || n > 0) decision.starts = [startOf('work', n, { lane: text })];
    },
  });
  return { open, behavior, program: programOf(behavior) };
}
