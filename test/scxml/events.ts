// Names and fields of events, in SCXML's words and in XState's.
import type { EventObject } from 'xstate';
import { engineObject } from './datamodel.ts';

/** An event on its way between SCXML sessions, or within one. */
export interface ScxmlEvent extends EventObject {
  readonly data?: unknown;
  readonly sendid?: string;
  readonly origin?: string;
  readonly origintype?: string;
  readonly invokeid?: string;
  /** Where it came from; `external` unless given. */
  readonly kind?: 'internal' | 'platform';
}

export const scxmlProcessor = 'http://www.w3.org/TR/scxml/#SCXMLEventProcessor';
export const httpProcessor = 'http://www.w3.org/TR/scxml/#BasicHTTPEventProcessor';

const doneInvoke = /^xstate\.done\.actor\./;
const doneState = /^xstate\.done\.state\./;
const variables = new WeakMap<object, Readonly<Record<string, unknown>>>();

/** `_event` as expressions see it; unbound before the first event. */
export function eventVariable(event: EventObject): Readonly<Record<string, unknown>> | undefined {
  if (event.type === 'xstate.init') return undefined;
  const known = variables.get(event);
  if (known !== undefined) return known;
  const made = engineObject(Object.freeze(fieldsOf(event)));
  variables.set(event, made);
  return made;
}

function fieldsOf(event: EventObject): Readonly<Record<string, unknown>> {
  const { type, data, sendid, origin, origintype, invokeid, kind } = event as ScxmlEvent;
  const { output, actorId } = event as EventObject & { readonly output?: unknown; readonly actorId?: string };
  const fields = { name: type, type: kind ?? 'external', data, sendid, origin, origintype, invokeid };
  if (doneInvoke.test(type)) {
    return { ...fields, name: type.replace(doneInvoke, 'done.invoke.'), data: output, invokeid: actorId };
  }
  if (doneState.test(type)) {
    return { ...fields, name: type.replace(doneState, 'done.state.'), data: output, type: 'platform' };
  }
  return fields;
}

/** XState's descriptor for one of SCXML's: `foo` and `foo.*` mean foo and all that begins with `foo.`. */
export function toDescriptor(event: string): string {
  const tokens = event.replace(/\.?\*?$/, '').split('.');
  if (tokens[0] === '') return '*';
  if (tokens[0] === 'done') {
    tokens.unshift('xstate');
    if (tokens[2] === 'invoke') tokens[2] = 'actor';
    if (tokens[2] === 'state' && tokens.length > 3) tokens.splice(3, Infinity, toKey(tokens.slice(3).join('.')));
  }
  return `${tokens.join('.')}.*`;
}

/** Whether every event of `inner` is one of `outer`: `foo.*` covers `foo.bar.*`. */
export function covers(outer: string, inner: string): boolean {
  return outer === '*' || inner.startsWith(outer.slice(0, -1));
}

/** The key and id of a state in XState, which takes a dot for a step down. */
export function toKey(id: string): string {
  return id.replaceAll('.', '$');
}
