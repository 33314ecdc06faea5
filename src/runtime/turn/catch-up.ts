// Catch-up: the one path by which a subscription reads the log: new, overrun, resumed or replayed (K13).
import type { Registration, Subscription } from '../delivery/subscription.ts';
import type { LoggedMessage } from '../store/records.ts';
import type { Drain } from './drain.ts';
import type { Kernel } from './kernel.ts';

const READ_PER_DRAIN = 512;

/** Whether this actor is behind and has room in memory. */
function isDue(kernel: Kernel, registration: Registration): boolean {
  if (!registration.isBehind || registration.paused) return false;
  if (registration.pending * 2 > kernel.limits.mailboxPerActor) return false;
  return registration.subscriptions.some(subscription => subscription.cursor !== null && !subscription.paused);
}

/**
 * Delivers the next slice of the log in order; at its end, which is the last commit, the subscriptions turn live
 * unless this drain has appended already.
 */
function read(drain: Drain, registration: Registration): void {
  const { kernel } = drain;
  if (!isDue(kernel, registration)) return;
  const behind = registration.subscriptions.filter(
    subscription => subscription.cursor !== null && !subscription.paused,
  );
  const from = Math.min(...behind.map(subscription => subscription.cursor ?? 0));
  const upTo = kernel.committed;
  const most = Math.min(READ_PER_DRAIN, kernel.limits.mailboxPerActor);
  const messages = kernel.store.messages.routedAfter(from, upTo, most);
  for (const message of messages) offer(drain, message, behind);
  const read = messages.length < most ? upTo : (messages.at(-1)?.position ?? upTo);
  for (const subscription of behind) {
    const cursor = Math.max(subscription.cursor ?? 0, read);
    drain.setCursor(subscription, read >= upTo && kernel.position === upTo ? null : cursor);
  }
}

function offer(drain: Drain, message: LoggedMessage, behind: readonly Subscription[]): void {
  const { router } = drain.kernel;
  const owner = router.owner(message.type);
  const targets = message.kind === 'event' ? router.subscribers(message.type) : owner ? [owner] : [];
  for (const subscription of targets) {
    const isNext = behind.includes(subscription) && (subscription.cursor ?? 0) < message.position;
    if (isNext) drain.offer(subscription, message);
  }
}

export const catchUp: { readonly isDue: typeof isDue; readonly read: typeof read } = { isDue, read };
