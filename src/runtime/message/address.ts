// Addresses: `name/key` of one actor or saga instance, and what names and keys may look like.
import { TroupeError } from '../errors.ts';

/** One actor or saga instance. */
export interface Address {
  readonly name: string;
  readonly key: string;
}

const nameForm = /^[A-Za-z0-9_.-]{1,64}$/;
/** The names of process monitors begin with it, and no other name has a space: they are told apart in a database. */
export const MONITOR_PREFIX = 'expect ';
const control = /\p{Cc}/u;

/**
 * Checks the name of an actor, saga or module: letters, digits, `_`, `-`, `.`, at most 64. `what` says whose it is.
 *
 * @throws TroupeError `invalid-definition`
 */
export function checkName(name: unknown, what: string): string {
  if (typeof name === 'string' && nameForm.test(name)) return name;
  const found = typeof name === 'string' ? `'${name.slice(0, 80)}'` : `a ${typeof name}`;
  throw new TroupeError(
    'invalid-definition',
    `The name of ${what} is ${found}. Use 1 to 64 letters, digits, '_', '-' and '.'.`,
  );
}

/**
 * Checks a key: 1 to 256 characters without control characters. `what` says whose it is; the key itself is never shown.
 *
 * @throws TroupeError `invalid-message`
 */
export function checkKey(key: unknown, what: string): string {
  if (typeof key === 'string' && isKey(key)) return key;
  const found = typeof key === 'string' ? `a string of ${key.length} characters` : nameOf(key);
  throw new TroupeError(
    'invalid-message',
    `${what} is ${found}. A key is a string of 1 to 256 characters without control characters.`,
  );
}

/** Whether it is the name of a process monitor. */
export function isMonitorName(name: string): boolean {
  return name.startsWith(MONITOR_PREFIX);
}

const nameOf = (value: unknown): string =>
  value === null || value === undefined ? String(value) : `a ${typeof value}`;

/** Formats an address as `name/key`. */
export function formatAddress(name: string, key: string): string {
  return `${name}/${key}`;
}

/**
 * Reads `name/key`; the first slash splits, so a key may contain slashes.
 *
 * @throws TroupeError `invalid-message`
 */
export function parseAddress(text: string): Address {
  const slash = text.indexOf('/');
  const name = text.slice(0, Math.max(slash, 0));
  if (!nameForm.test(name) && !isMonitorName(name)) {
    throw new TroupeError(
      'invalid-message',
      `'${text.slice(0, 80)}' is no address. Write name/key, for example payments/order-1.`,
    );
  }
  return { name, key: checkKey(text.slice(slash + 1), `The key of address ${name}/…`) };
}

function isKey(key: string): boolean {
  return key.length > 0 && key.length <= 256 && key.isWellFormed() && !control.test(key);
}
