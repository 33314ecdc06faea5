// Handling: one message on its way through one turn.
import type { Delivery } from '../delivery/mailbox.ts';
import type { LoggedMessage } from '../store/records.ts';
import type { Claimed } from './claims.ts';
import type { Drain } from './drain.ts';
import type { Occurrence } from './effects.ts';
import type { Instance } from './instance.ts';

export interface Handling {
  readonly drain: Drain;
  readonly instance: Instance;
  readonly delivery: Delivery;
  readonly message: LoggedMessage;
  /** What the decision wants remembered of the turn, as JSON text. */
  detail: string | null;
  /** Effects that this turn does if it succeeds. */
  effects: readonly Occurrence[] | undefined;
  /** What the instance claims where this turn starts it. */
  claimed: readonly Claimed[];
}

type Queued = Pick<Handling, 'drain' | 'instance' | 'delivery'>;

/** Takes the message out of the mailbox. */
export function unqueue({ drain, instance: { mailbox, registration } }: Queued): void {
  mailbox.shift();
  drain.addPending(registration, -1);
}

/** Ends the delivery: whatever becomes of the message, it does not come again. */
export function leave(on: Queued): void {
  unqueue(on);
  on.drain.close(on.delivery);
}
