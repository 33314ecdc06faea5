// Claims: a saga's right to a command's work for a key, from the message that starts it to its end (K25).
import type { Registration, Subscription } from '../delivery/subscription.ts';
import { keyOf } from '../message/contract.ts';
import { toJsonText } from '../message/json.ts';
import type { LoggedMessage } from '../store/records.ts';
import type { Claimer } from '../store/hybrid-ports.ts';
import type { ClaimRule } from './behavior.ts';
import type { Drain } from './drain.ts';
import type { Handling } from './handling.ts';
import type { Instance } from './instance.ts';
import type { Kernel } from './kernel.ts';

/** The work of a command for one key. */
export interface Claimed {
  readonly command: string;
  readonly key: string;
}

/** What a message claims for the instance `key`. Throws what a key function throws. */
export function claimedBy(
  rules: readonly ClaimRule[],
  { key, data }: { readonly key: string; readonly data: unknown },
): readonly Claimed[] {
  return rules.map(rule => ({
    command: rule.command,
    key: rule.key ? keyOf({ type: rule.command, key: rule.key }, data as never) : key,
  }));
}

/** Who a message is for, and what it claims for it. */
export interface Wanted {
  readonly key: string;
  readonly claimed: readonly Claimed[];
}

/** Undefined where the subscription refuses the message, or will make a dead letter of it: it then starts nothing. */
export function wantedBy(subscription: Subscription, kernel: Kernel, message: LoggedMessage): Wanted | undefined {
  const { handler } = subscription;
  try {
    const data = kernel.data(message) as never;
    if (handler.where && !handler.where(data)) return undefined;
    const key = subscription.keyOf(message, data);
    return { key, claimed: claimedBy(handler.claims ?? [], { key, data }) };
  } catch {
    return undefined;
  }
}

/**
 * Takes the claims of a message that is being routed, before anybody who gives way is asked, and whether or not the
 * saga reads it at once. One that comes after the end claims that message only, so that its work is not done again.
 */
export function takeClaims(drain: Drain, claimers: readonly Subscription[], message: LoggedMessage): void {
  const { kernel } = drain;
  for (const subscription of claimers) {
    const wanted = wantedBy(subscription, kernel, message);
    if (!wanted) continue;
    const { registration } = subscription;
    const status = statusOf(kernel, registration, wanted.key);
    const ended = status === null || status === 'running' ? null : message.position;
    take(drain, wanted.claimed, { by: claimerOf(registration, wanted.key), since: message.position, ended });
  }
}

interface Span {
  readonly by: Claimer;
  readonly since: number;
  readonly ended: number | null;
}

function take({ kernel }: Drain, claimed: readonly Claimed[], { by, since, ended }: Span): void {
  for (const one of claimed) kernel.store.claims.take({ ...one, ...by, since, ended });
}

const claimerOf = ({ behavior }: Registration, sagaKey: string): Claimer => ({ saga: behavior.name, sagaKey });

/** Memory over database: what this drain has changed is not written yet (K12). */
function statusOf({ instances, store }: Kernel, registration: Registration, key: string): string | null {
  const instance = instances.find(registration, key);
  if (instance?.loaded) return instance.status;
  return store.states.get(`${registration.behavior.name}/${key}`)?.status ?? null;
}

const isOver = (status: string | null): boolean => status !== null && status !== 'running';

/** Whether a handler gives way, `key` being its own key for the message; the trace then says to whom. */
export function isClaimed(
  drain: Drain,
  message: LoggedMessage,
  { subscription, key }: { readonly subscription: Subscription; readonly key: string },
): boolean {
  const { kernel } = drain;
  for (const command of subscription.handler.yieldsTo ?? []) {
    const by = kernel.store.claims.at(command, key, message.position);
    if (!by) continue;
    skip(drain, message, { subscription, key, detail: { claimedBy: `${by.saga}/${by.sagaKey}`, command } });
    return true;
  }
  return false;
}

interface Skipped {
  readonly subscription: Subscription;
  readonly key: string;
  readonly detail: { readonly claimedBy: string; readonly command: string };
}

function skip(
  drain: Drain,
  { position, key: own }: LoggedMessage,
  { subscription, key: wanted, detail }: Skipped,
): void {
  const { kernel, now } = drain;
  const { behavior } = subscription.registration;
  const key = behavior.single ? 'default' : wanted;
  drain.turns.push({
    message: position,
    turn: kernel.unique(),
    subscription: subscription.id,
    attempt: 1,
    key: key === own ? null : key,
    at: now,
    queueUs: 0,
    runUs: 0,
    outcome: 'skipped',
    error: null,
    detail: toJsonText(detail, 'detail'),
    visit: null,
  });
  if (!kernel.bus.hears('turn')) return;
  const { id: handler } = subscription.handler;
  const messageId = kernel.idOf(position);
  const event = {
    address: `${behavior.name}/${key}`,
    handler,
    messageId,
    attempt: 1,
    outcome: 'skipped',
    durationMs: 0,
  };
  drain.afterCommit.push(() => kernel.bus.emit('turn', event));
}

/** What a turn that starts an instance claims: an operator's retry was not routed, nor what older code had accepted. */
export function claimedAtStart({ drain, instance, delivery, message }: Handling): readonly Claimed[] {
  const { claims } = delivery.subscription.handler;
  if (!claims || instance.status !== null) return [];
  return claimedBy(claims, { key: instance.key, data: drain.kernel.data(message) });
}

/** Before a turn's own messages are routed: an instance that starts, or goes on after its end, claims. */
export function beginClaims({ drain, instance, message, claimed }: Handling, status: string): void {
  const by = claimerOf(instance.registration, instance.key);
  const { position } = message;
  if (instance.status === null) take(drain, claimed, { by, since: position, ended: null });
  else if (isOver(instance.status) && !isOver(status)) drain.kernel.store.claims.revive(by, position);
}

/** After them: the claims of an instance that this turn has ended apply to the messages so far. */
export function endClaims({ drain: { kernel }, instance }: Handling, status: string | undefined): void {
  if (status === undefined || status === 'running') return;
  kernel.store.claims.end(claimerOf(instance.registration, instance.key), kernel.position);
}

/** A message that starts is given up or too old: the claims go unless another one is in hand. */
export function releaseClaims(drain: Drain, instance: Instance): void {
  const { kernel } = drain;
  const { registration, key, mailbox } = instance;
  if (statusOf(kernel, registration, key) !== null) return;
  const starting = registration.subscriptions.filter(({ handler }) => handler.claims);
  const ids = starting.map(({ id }) => id);
  const isWaiting =
    mailbox.waiting().some(({ subscription }) => starting.includes(subscription)) ||
    isOnDisk(drain, instance, starting) ||
    kernel.store.deadLetters.isAt(ids, key);
  if (!isWaiting) kernel.store.claims.end(claimerOf(registration, key), kernel.position);
}

/** What is held or paused waits there only. */
function isOnDisk({ kernel, closed }: Drain, { hold, key }: Instance, starting: readonly Subscription[]): boolean {
  if (!hold && !starting.some(({ paused }) => paused)) return false;
  const gone = new Set(closed.map(({ id }) => id));
  const rows = kernel.store.deliveries.of(
    starting.map(({ id }) => id),
    key,
  );
  return rows.some(({ id }) => !gone.has(id));
}
