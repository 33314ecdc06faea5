// Digest: a short name for a text, the same in every process and on every machine.
import { createHash } from 'node:crypto';

const HEX_DIGITS = 16;

/** The first 16 hex digits of the text's SHA-256. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HEX_DIGITS);
}
