// Why: what an instance waits for, so that nothing stands still without a reason.
import type { Registration } from '../delivery/subscription.ts';
import type { Failure } from '../delivery/retry.ts';
import type { Kernel } from '../turn/kernel.ts';

/** One reason an instance does not move, or will move later. */
export type Reason =
  | { readonly kind: 'held'; readonly reason: string; readonly error: string | undefined; readonly since: number }
  | { readonly kind: 'paused'; readonly what: string }
  | {
      readonly kind: 'retry';
      readonly messageId: string;
      readonly type: string;
      readonly attempt: number;
      readonly at: number;
      readonly error: string;
    }
  | { readonly kind: 'behind'; readonly messageId: string; readonly type: string; readonly waiting: number }
  | { readonly kind: 'resting'; readonly handler: string; readonly until: number }
  | { readonly kind: 'reply-owed'; readonly messageId: string; readonly type: string }
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
}

export function explain(kernel: Kernel, registration: Registration, key: string): Explanation {
  const reasons = [
    ...holds(kernel, registration, key),
    ...mailbox(kernel, registration, key),
    ...later(kernel, registration, key),
  ];
  const isBlocked = reasons.some(({ kind }) => kind === 'held' || kind === 'paused');
  const status = isBlocked ? 'blocked' : reasons.length > 0 ? 'waiting' : 'idle';
  return { address: `${registration.behavior.name}/${key}`, status, reasons };
}

function holds(kernel: Kernel, registration: Registration, key: string): Reason[] {
  const hold = kernel.find(registration, key)?.hold;
  const reasons: Reason[] = [];
  if (hold?.reason === 'paused') reasons.push({ kind: 'paused', what: `${registration.behavior.name}/${key}` });
  else if (hold) reasons.push({ kind: 'held', ...hold });
  if (registration.paused) reasons.push({ kind: 'paused', what: registration.behavior.name });
  for (const { paused, name } of registration.subscriptions) if (paused) reasons.push({ kind: 'paused', what: name });
  return reasons;
}

function mailbox(kernel: Kernel, registration: Registration, key: string): Reason[] {
  const instance = kernel.find(registration, key);
  const waiting = instance?.mailbox.waiting() ?? [];
  const head = waiting[0];
  if (!head) return [];
  const messageId = kernel.idOf(head.position);
  const type = (head.message ?? kernel.store.messages.get(head.position))?.type ?? 'unknown';
  const reasons: Reason[] = [];
  const last: Failure | undefined = head.failures.at(-1);
  if (last)
    reasons.push({
      kind: 'retry',
      messageId,
      type,
      attempt: head.attempts + 1,
      at: head.due,
      error: `${last.name}: ${last.message}`,
    });
  const until = head.subscription.breaker.restsUntil(kernel.clock.now());
  if (until > 0) reasons.push({ kind: 'resting', handler: head.subscription.name, until });
  if (waiting.length > 1) reasons.push({ kind: 'behind', messageId, type, waiting: waiting.length - 1 });
  return reasons;
}

function later(kernel: Kernel, registration: Registration, key: string): Reason[] {
  const { name } = registration.behavior;
  const typeOf = (position: number): string => kernel.store.messages.get(position)?.type ?? 'unknown';
  const ids = registration.subscriptions.map(({ id }) => id);
  const owed = kernel.store.deliveries.of(ids, key).filter(({ status }) => status === 'deferred');
  const instance = kernel.find(registration, key);
  const tasks = instance ? kernel.tasks.of(instance) : [];
  return [
    ...owed.map((row): Reason => ({
      kind: 'reply-owed',
      messageId: kernel.idOf(row.message),
      type: typeOf(row.message),
    })),
    ...tasks.map((task): Reason => {
      const { attempt, due, message } = task.row;
      return {
        kind: 'task',
        messageId: kernel.idOf(message),
        type: task.message.type,
        attempt,
        running: task.running !== undefined,
        due,
      };
    }),
    ...kernel.store.timers.of(name, key).map((row): Reason => ({ kind: 'timer', id: row.timer, due: row.due })),
    ...registration.subscriptions.flatMap(({ cursor, handler }): Reason[] =>
      cursor === null ? [] : [{ kind: 'catching-up', handler: handler.id, position: cursor }],
    ),
  ];
}
