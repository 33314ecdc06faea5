// The part of a page that a script writes: between two comments, so that the rest stays as its author left it.
import { readFileSync, writeFileSync } from 'node:fs';

/** A part of `page` that begins with `<!-- <name>: … -->` and ends with `<!-- end of <name> -->`. */
export class MarkedBlock {
  /** @readonly */
  #page;
  /** @readonly */
  #marker;
  /** @readonly */
  #end;
  /** @readonly */
  #block;

  /**
   * @param {string} page
   * @param {{ name: string, note: string }} what
   */
  constructor(page, { name, note }) {
    this.#page = page;
    this.#marker = `<!-- ${name}: ${note} -->`;
    this.#end = `<!-- end of ${name} -->`;
    this.#block = new RegExp(`${this.#marker}\n[\\s\\S]*?${this.#end}`);
  }

  /** The text as the page has it, or an empty string. */
  read() {
    const found = this.#block.exec(readFileSync(this.#page, 'utf8'));
    return found === null ? '' : found[0].split('\n').slice(1, -1).join('\n');
  }

  /**
   * Puts a text into the page; at its end where the page has no such part yet.
   *
   * @param {string} text
   */
  write(text) {
    const fenced = `${this.#marker}\n${text}\n${this.#end}`;
    const page = readFileSync(this.#page, 'utf8');
    const next = this.#block.test(page) ? page.replace(this.#block, () => fenced) : `${page.trimEnd()}\n\n${fenced}\n`;
    writeFileSync(this.#page, next);
  }
}
