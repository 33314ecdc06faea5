// Settling a command: its reply goes to whoever waits, in the commit of the turn that made it (K21).
import type { Json } from '../message/json.ts';
import type { Subscription } from '../delivery/subscription.ts';
import { formatAddress } from '../message/address.ts';
import { deepFreeze, toJsonText } from '../message/json.ts';
import type { LoggedMessage } from '../store/records.ts';
import type { ReplyError } from './decision.ts';
import type { Drain } from './drain.ts';

/** How one command ended. */
export type Settlement =
  | { readonly ok: true; readonly value: Json | undefined }
  | { readonly ok: false; readonly error: ReplyError };

/**
 * Stores the outcome for duplicates, sends the reply to the asking address, and wakes askers of this process after
 * the commit.
 */
export function settle(drain: Drain, command: LoggedMessage, settlement: Settlement): void {
  if (command.kind !== 'command') return;
  const { store } = drain.kernel;
  if (command.idempotencyKey !== null) {
    const stored = settlement.ok ? settlement.value : { ...settlement.error };
    const text = stored === undefined ? null : toJsonText(stored, 'reply');
    store.idempotency.settle(command.idempotencyKey, settlement.ok ? 'done' : 'failed', text);
  }
  if (drain.kernel.keepsEffects && settlement.ok) keepReply(drain, command, settlement.value);
  if (command.replyTo !== null) sendReply(drain, { ...command, replyTo: command.replyTo }, settlement);
  drain.settled.set(command.position, settlement);
}

/** For those who want the same effect later. */
function keepReply({ kernel }: Drain, { type, position }: LoggedMessage, value: Json | undefined): void {
  const owner = kernel.router.owner(type);
  if (!owner?.effects || value === undefined) return;
  kernel.store.effects.reply(position, owner.id, toJsonText(value, 'reply'));
}

function sendReply(drain: Drain, command: LoggedMessage & { readonly replyTo: string }, settlement: Settlement): void {
  const [name, key, token] = JSON.parse(command.replyTo) as [string, string, string];
  const self = drain.kernel.addressee(name)?.self;
  if (!self) return;
  // What a waiting address receives: its token, and the settlement.
  const data = deepFreeze({ token, ...settlement }) as unknown as Json;
  const text = toJsonText(data, 'reply');
  const owner = drain.kernel.router.owner(command.type);
  const message = drain.append({
    type: command.type,
    version: command.version,
    kind: 'reply',
    key,
    source: owner ? addressOf(drain, owner, command) : 'runtime',
    text,
    data,
    cause: command,
    hops: command.hops,
  });
  drain.deliver(message, { subscription: self, key });
}

/** The instance that has handled a command. */
function addressOf({ kernel }: Drain, owner: Subscription, command: LoggedMessage): string {
  const { single, name } = owner.registration.behavior;
  return formatAddress(name, single ? 'default' : owner.keyOf(command, kernel.data(command)));
}
