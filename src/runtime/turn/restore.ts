// Restore: the delivery in memory that a stored row stands for.
import type { Delivery } from '../delivery/mailbox.ts';
import type { Failure } from '../delivery/retry.ts';
import type { DeliveryRow } from '../store/records.ts';
import type { Kernel } from './kernel.ts';

/** The delivery of a stored row; undefined where its subscription was dropped. */
export function restore(kernel: Kernel, row: DeliveryRow): Delivery | undefined {
  const subscription = kernel.subscription(row.subscription);
  if (!subscription) return undefined;
  return {
    id: row.id,
    position: row.message,
    subscription,
    key: row.key,
    queuedAt: kernel.clock.monotonic(),
    timer: row.timer,
    generation: row.generation,
    message: undefined,
    attempts: row.attempts,
    crashes: row.crashes,
    due: row.due,
    failures: row.failures === null ? [] : (JSON.parse(row.failures) as Failure[]),
    stored: true,
    done: false,
    stashed: row.status === 'stashed',
    verdict: undefined,
  };
}
