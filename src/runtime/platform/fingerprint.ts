// Fingerprint: one short name for a sequence of texts, the same on every machine.
import { createHash, type Hash } from 'node:crypto';

const HEX_DIGITS = 16;

export class Fingerprint {
  readonly #hash: Hash = createHash('sha256');

  add(text: string): void {
    this.#hash.update(text);
  }

  /** The first 16 hex digits of the SHA-256 of everything that was added. */
  toString(): string {
    return this.#hash.copy().digest('hex').slice(0, HEX_DIGITS);
  }
}
