// Digest: a short name for a text or a sequence of texts, the same in every process and on every machine.
import { createHash, type Hash } from 'node:crypto';

const HEX_DIGITS = 16;

/** The first 16 hex digits of the SHA-256 of everything that was added. */
export class Digest {
  readonly #hash: Hash = createHash('sha256');

  add(text: string): this {
    this.#hash.update(text);
    return this;
  }

  toString(): string {
    return this.#hash.copy().digest('hex').slice(0, HEX_DIGITS);
  }
}

/** The first 16 hex digits of the text's SHA-256. */
export function digest(text: string): string {
  return new Digest().add(text).toString();
}
