// Why: what an instance waits for, so that nothing stands still without a reason.
import type { Registration } from '../delivery/subscription.ts';
import type { Kernel } from '../turn/kernel.ts';
import { toSentence } from './why-text.ts';

/** One reason an instance does not move, or will move later. Times are ms since 1970, UTC. */
export type Reason =
  | { readonly kind: 'held'; readonly reason: string; readonly error: string | undefined; readonly since: number }
  | { readonly kind: 'paused'; readonly what: string }
  | { readonly kind: 'ready'; readonly messageId: string; readonly type: string }
  | {
      readonly kind: 'retry';
      readonly messageId: string;
      readonly type: string;
      /** The attempt to come. */
      readonly attempt: number;
      readonly at: number;
      readonly error: string;
    }
  | { readonly kind: 'behind'; readonly messageId: string; readonly type: string; readonly waiting: number }
  | { readonly kind: 'resting'; readonly handler: string; readonly until: number }
  | {
      readonly kind: 'stashed';
      /** The oldest of them, and when it was accepted. */
      readonly messageId: string;
      readonly type: string;
      readonly since: number;
      readonly count: number;
    }
  | { readonly kind: 'reply-owed'; readonly messageId: string; readonly type: string }
  | {
      /** A step of a saga, or the undo of one, that has not ended. */
      readonly kind: 'step';
      readonly step: string;
      readonly isUndo: boolean;
      /** The address of a child saga, or the reply to a command. */
      readonly what: string;
    }
  | {
      /** Events that the state of a saga accepts. */
      readonly kind: 'event';
      readonly types: readonly string[];
    }
  | {
      /** What a process monitor expects, and of which conversation. */
      readonly kind: 'outcome';
      readonly types: readonly string[];
      readonly due: number;
      readonly isOverdue: boolean;
      readonly correlationId: string;
    }
  | {
      readonly kind: 'task';
      readonly messageId: string;
      readonly type: string;
      readonly attempt: number;
      readonly running: boolean;
      readonly due: number;
    }
  | { readonly kind: 'timer'; readonly id: string; readonly due: number }
  | { readonly kind: 'catching-up'; readonly handler: string; readonly position: number };

/** Why an instance is not moving. */
export interface Explanation {
  readonly address: string;
  /** `idle`: nothing to do; `waiting`: something below will move it; `blocked`: somebody has to act. */
  readonly status: 'idle' | 'waiting' | 'blocked';
  readonly reasons: readonly Reason[];
  /** The same as one sentence per reason. */
  readonly text: string;
}

export function explain(kernel: Kernel, registration: Registration, key: string): Explanation {
  const address = `${registration.behavior.name}/${key}`;
  const reasons = [
    ...holds(kernel, registration, key),
    ...mailbox(kernel, registration, key),
    ...stashed(kernel, address),
    ...awaited(kernel, registration, key),
    ...later(kernel, registration, key),
  ];
  const isBlocked = reasons.some(isForSomebody);
  const status = isBlocked ? 'blocked' : reasons.length > 0 ? 'waiting' : 'idle';
  const sentences = reasons.map(reason => toSentence(reason, kernel.clock.now()));
  const text = [`${address} is ${status}${reasons.length > 0 ? ':' : ': it has nothing to do.'}`, ...sentences];
  return { address, status, reasons, text: text.join('\n') };
}

/** Whether nothing but a person ends it. */
function isForSomebody(reason: Reason): boolean {
  return reason.kind === 'held' || reason.kind === 'paused' || (reason.kind === 'outcome' && reason.isOverdue);
}

function holds(kernel: Kernel, registration: Registration, key: string): Reason[] {
  const { hold, address } = kernel.instances.find(registration, key) ?? {};
  const reasons: Reason[] = [];
  if (hold?.reason === 'paused') reasons.push({ kind: 'paused', what: address ?? key });
  else if (hold) reasons.push({ kind: 'held', ...hold });
  if (registration.paused) reasons.push({ kind: 'paused', what: registration.behavior.name });
  for (const { paused, name } of registration.subscriptions) if (paused) reasons.push({ kind: 'paused', what: name });
  return reasons;
}

/** The head of the queue and what waits behind it; what is held or paused waits on disk only. */
function mailbox(kernel: Kernel, registration: Registration, key: string): Reason[] {
  const waiting = kernel.instances.find(registration, key)?.mailbox.waiting() ?? [];
  const head = waiting[0];
  if (!head) return stored(kernel, registration, key);
  const about = { messageId: kernel.idOf(head.position), type: typeOf(kernel, head.position) };
  const until = head.subscription.breaker.restsUntil(kernel.clock.now());
  const last = head.failures.at(-1);
  const reasons: Reason[] = [];
  if (last) {
    const error = `${last.name}: ${last.message}`;
    reasons.push({ kind: 'retry', ...about, attempt: head.attempts + 1, at: head.due, error });
  } else if (until === 0) reasons.push({ kind: 'ready', ...about });
  if (until > 0) reasons.push({ kind: 'resting', handler: head.subscription.name, until });
  if (waiting.length > 1) reasons.push({ kind: 'behind', ...about, waiting: waiting.length - 1 });
  return reasons;
}

function stored(kernel: Kernel, registration: Registration, key: string): Reason[] {
  const open = rowsOf(kernel, registration, key).filter(({ status }) => status === 'open');
  const head = open[0];
  if (!head) return [];
  const about = { messageId: kernel.idOf(head.message), type: typeOf(kernel, head.message) };
  const ready: Reason = { kind: 'ready', ...about };
  return open.length === 1 ? [ready] : [ready, { kind: 'behind', ...about, waiting: open.length - 1 }];
}

/** What the instance has put aside until a later turn wants it back. */
function stashed(kernel: Kernel, address: string): Reason[] {
  const all = kernel.stash.of(address);
  const oldest = all[0];
  if (!oldest) return [];
  const { type = 'unknown', time = 0 } = kernel.store.messages.get(oldest.position) ?? {};
  return [{ kind: 'stashed', messageId: kernel.idOf(oldest.position), type, since: time, count: all.length }];
}

function awaited(kernel: Kernel, registration: Registration, key: string): readonly Reason[] {
  const state = stateOf(kernel, registration, key);
  return state === undefined ? [] : (registration.behavior.awaits?.(state) ?? []);
}

/** Undefined where the code of today cannot load it: then it is held, which is reason enough. */
function stateOf(kernel: Kernel, registration: Registration, key: string): unknown {
  try {
    return kernel.peekState(registration, key);
  } catch {
    return undefined;
  }
}

function later(kernel: Kernel, registration: Registration, key: string): Reason[] {
  const owed = rowsOf(kernel, registration, key).filter(({ status }) => status === 'deferred');
  const instance = kernel.instances.find(registration, key);
  const tasks = instance ? kernel.tasks.of(instance) : [];
  return [
    ...owed.map((row): Reason => ({
      kind: 'reply-owed',
      messageId: kernel.idOf(row.message),
      type: typeOf(kernel, row.message),
    })),
    ...tasks.map((task): Reason => {
      const { attempt, due, message } = task.row;
      const running = task.running !== undefined;
      return { kind: 'task', messageId: kernel.idOf(message), type: task.message.type, attempt, running, due };
    }),
    ...timersOf(kernel, registration, key),
    ...registration.subscriptions.flatMap(({ cursor, handler, paused }): Reason[] =>
      cursor === null || paused || registration.paused
        ? []
        : [{ kind: 'catching-up', handler: handler.id, position: cursor }],
    ),
  ];
}

/** What a monitor waits for has the time of its timer. */
function timersOf({ store }: Kernel, { behavior }: Registration, key: string): Reason[] {
  if (behavior.kind === 'monitor') return [];
  return store.timers.of(behavior.name, key).map((row): Reason => ({ kind: 'timer', id: row.timer, due: row.due }));
}

function rowsOf(
  kernel: Kernel,
  registration: Registration,
  key: string,
): ReturnType<Kernel['store']['deliveries']['of']> {
  const ids = registration.subscriptions.map(({ id }) => id);
  return kernel.store.deliveries.of(ids, key);
}

function typeOf(kernel: Kernel, position: number): string {
  return kernel.store.messages.get(position)?.type ?? 'unknown';
}
