// Claims at boot: a deploy may have taken a saga away, brought it back, or told it to claim what it did not (K25).
import type { Subscription } from '../delivery/subscription.ts';
import type { ClaimRow, SubscriptionRow } from '../store/records.ts';
import { wantedBy } from './claims.ts';
import type { Kernel } from './kernel.ts';

/** Brings the claims of the database to what the app of today says. `stored`: the subscriptions as they were found. */
export function settleClaims(kernel: Kernel, stored: readonly SubscriptionRow[]): void {
  const { claims } = kernel.store;
  for (const { saga, command } of claims.kinds()) {
    if (kernel.registration(saga)?.behavior.claims?.includes(command)) continue;
    claims.endKind({ saga, command }, kernel.committed);
    kernel.logger.warn(
      { saga, command },
      'the claims of this saga have ended: it does not claim this command any more',
    );
  }
  const starting = [...kernel.registrations].flatMap(({ subscriptions }) =>
    subscriptions.filter(({ handler }) => handler.claims),
  );
  adopt(kernel, starting);
  for (const row of stored) leaveToEvents(kernel, row);
  releaseUnstarted(kernel, starting);
}

/** What runs already claims from now on, under its own key: nobody knows any more what it was started with. */
function adopt({ store, committed }: Kernel, starting: readonly Subscription[]): void {
  for (const { handler, registration } of starting) {
    for (const { command, key } of handler.claims ?? []) {
      if (!key) store.claims.adopt({ saga: registration.behavior.name, command }, committed + 1);
    }
  }
}

/**
 * While a saga was not in the app events did its work, where somebody yields to it now. It does not read what came
 * then: each of those would be done twice.
 */
function leaveToEvents(kernel: Kernel, { id, cursor, seen }: SubscriptionRow): void {
  const { store, epoch } = kernel;
  const subscription = kernel.subscription(id);
  const last = store.epochs.findLast(({ opened }) => opened === seen);
  const isBack = last !== undefined && last.epoch < epoch.epoch - 1;
  if (!subscription || cursor === null || !isBack || cursor < last.last) return;
  const commands = subscription.handler.claims?.map(({ command }) => command) ?? [];
  const hasOthers = [...kernel.registrations].some(({ subscriptions }) =>
    subscriptions.some(({ handler }) => handler.yieldsTo?.some(command => commands.includes(command))),
  );
  if (!hasOthers) return;
  subscription.cursor = null;
  subscription.registration.refresh();
  store.subscriptions.setCursor(id, null);
  const text = 'a saga that claims its work is back; what came while it was not in the app stays with events';
  kernel.logger.warn({ handler: subscription.name, after: cursor }, text);
}

/** A start that waits nowhere, and that the code of today would not read, cannot hold others up for ever. */
function releaseUnstarted(kernel: Kernel, starting: readonly Subscription[]): void {
  const { claims } = kernel.store;
  for (const claim of claims.unstarted(starting.map(({ id }) => id))) {
    if (!starting.some(one => willRead(kernel, one, claim))) claims.end(claim, kernel.committed);
  }
}

function willRead(kernel: Kernel, subscription: Subscription, { saga, sagaKey, since }: ClaimRow): boolean {
  const { cursor, registration, handler } = subscription;
  if (cursor === null || cursor >= since || registration.behavior.name !== saga) return false;
  const message = kernel.store.messages.get(since);
  if (message === undefined || message.type !== handler.contract?.type) return false;
  return wantedBy(subscription, kernel, message)?.key === sagaKey;
}
