// Headers: small texts that travel with a message and all that follows from it.
import { TroupeError } from '../errors.ts';

/** Texts by lower-case name. */
export type Headers = Readonly<Record<string, string>>;

/** The names this library gives a meaning; all others are the application's. */
export const headerNames = {
  /** W3C Trace Context: the span that caused the message. */
  traceparent: 'traceparent',
  /** W3C Trace Context: what tracing vendors add. */
  tracestate: 'tracestate',
  /** W3C Baggage: pairs that follow the trace. */
  baggage: 'baggage',
} as const;

const none: Headers = Object.freeze({});
const nameForm = /^[a-z0-9-]{1,64}$/;
const control = /\p{Cc}/u;
const limitBytes = 8192;

/**
 * Checks and copies headers: names of `a-z`, `0-9` and `-`, texts without control characters, 8 KiB together.
 *
 * @throws TroupeError `invalid-message`, `too-large`
 */
export function checkHeaders(headers: unknown): Headers {
  if (headers === undefined) return none;
  if (typeof headers !== 'object' || headers === null) throw refuse(`The headers are a ${typeof headers}`);
  const copy: Record<string, string> = {};
  let bytes = 0;
  for (const [name, value] of Object.entries(headers) as [string, unknown][]) {
    if (value === undefined) continue;
    if (!nameForm.test(name)) {
      throw refuse(`The header name ${JSON.stringify(name.slice(0, 80))} is not lower-case a-z, 0-9 and -`);
    }
    if (typeof value !== 'string') throw refuse(`The header ${name} is a ${typeof value}`);
    if (!value.isWellFormed() || control.test(value)) {
      throw refuse(`The header ${name} holds control characters or half a surrogate pair`);
    }
    bytes += name.length + Buffer.byteLength(value);
    if (bytes > limitBytes) {
      throw new TroupeError('too-large', `The headers are larger than ${limitBytes} bytes. Put bulk into the data.`);
    }
    copy[name] = value;
  }
  return Object.freeze(copy);
}

/** The headers of a message as JSON: its own, and those of its cause that it does not set itself. */
export function joinHeaders(own: string | undefined, inherited: string | null | undefined): string | null {
  if (own === undefined || inherited === null || inherited === undefined) return own ?? inherited ?? null;
  return JSON.stringify({ ...(JSON.parse(inherited) as Headers), ...(JSON.parse(own) as Headers) });
}

function refuse(problem: string): TroupeError {
  return new TroupeError('invalid-message', `${problem}. Headers are texts by name: { 'tenant-id': '7' }.`);
}
