// Says in one sentence why an instance is not moving, with the time it will and what to do where somebody must act.
import { toIso } from '../platform/iso-time.ts';
import type { Reason } from './why.ts';
import { toDuration } from './words.ts';

export function toSentence(reason: Reason, now: number): string {
  switch (reason.kind) {
    case 'held':
      return heldSentence(reason, now);
    case 'paused':
      return `${reason.what} is paused until somebody resumes it.`;
    case 'ready':
      return `${name(reason)} waits for its turn.`;
    case 'retry':
      return `${name(reason)} waits for attempt ${reason.attempt} ${at(reason.at, now)}. The last: ${reason.error}.`;
    case 'behind':
      return `${count(reason.waiting, 'message')} behind ${name(reason)}.`;
    case 'resting':
      return `${reason.handler} rests for ${toDuration(Math.max(0, reason.until - now))} after ten failures in a row.`;
    case 'stashed':
      return stashedSentence(reason, now);
    case 'reply-owed':
      return `A reply to ${name(reason)} is owed: its handler deferred it.`;
    case 'task':
      return taskSentence(reason, now);
    case 'timer':
      return `The timer ${reason.id} fires ${at(reason.due, now)}.`;
    case 'catching-up':
      return `${reason.handler} reads the log and has come to position ${reason.position}.`;
    default:
      return awaitedSentence(reason, now);
  }
}

function awaitedSentence(reason: Extract<Reason, { kind: 'step' | 'event' | 'outcome' }>, now: number): string {
  if (reason.kind === 'outcome') return outcomeSentence(reason, now);
  if (reason.kind === 'event') return `It waits for ${reason.types.join(' or ')}.`;
  return `${reason.isUndo ? 'The undo of' : 'The step'} ${reason.step} waits for ${reason.what}.`;
}

function heldSentence({ reason, error, since }: Extract<Reason, { kind: 'held' }>, now: number): string {
  const because = error === undefined ? '' : ` with ${error.replace(/\.$/, '')}`;
  const remedy =
    reason === 'failed' ? 'Retry, edit or discard its dead letter.' : 'Deploy code that can load it, and start again.';
  return `It is held (${reason}) for ${toDuration(Math.max(0, now - since))}${because}. ${remedy}`;
}

function stashedSentence({ count: many, since, ...oldest }: Extract<Reason, { kind: 'stashed' }>, now: number): string {
  const age = toDuration(Math.max(0, now - since));
  if (many === 1) return `${name(oldest)} is put aside until a later turn wants it; it came ${age} ago.`;
  return `${many} messages are put aside until a later turn wants them; ${name(oldest)} came first, ${age} ago.`;
}

function outcomeSentence(
  { types, due, isOverdue, correlationId }: Extract<Reason, { kind: 'outcome' }>,
  now: number,
): string {
  const what = types.join(' or ');
  if (!isOverdue) return `It expects ${what} ${at(due, now)}, or sooner.`;
  const late = toDuration(Math.max(0, now - due));
  return `${what} is overdue by ${late}. runtime.trace('${correlationId}') shows how far it has come.`;
}

function taskSentence({ attempt, running, due, ...about }: Extract<Reason, { kind: 'task' }>, now: number): string {
  if (running) return `The task of ${name(about)} runs, attempt ${attempt}.`;
  if (due > now) return `The task of ${name(about)} waits for attempt ${attempt} ${at(due, now)}.`;
  return `The task of ${name(about)} waits for its turn, attempt ${attempt}.`;
}

function name({ type, messageId }: { readonly type: string; readonly messageId: string }): string {
  return `${type} (${messageId})`;
}

function count(many: number, what: string): string {
  return many === 1 ? `1 ${what} waits` : `${many} ${what}s wait`;
}

function at(time: number, now: number): string {
  return time <= now ? 'now' : `in ${toDuration(time - now)} (${toIso(time)})`;
}
