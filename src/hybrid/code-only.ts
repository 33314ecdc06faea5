// Code only: the text of a function without its comments and without what its strings and patterns say.

const OPENERS = /\/\/|\/\*|\/|['"`{}]/gu;
/** After these a slash begins a pattern; after a value it divides. */
const BEFORE_PATTERN = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|delete|void|throw|new|await|yield))\s*$/u;
const PATTERN = /^\/(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/u;

/** Keeps the quotes, so that `ctx['publish']` stays something other than `ctx.publish`. */
export function codeOnly(source: string): string {
  return new Reader(source).code();
}

class Reader {
  readonly #source: string;
  #code = '';
  #at = 0;
  /** Braces open in each `${…}` that is being read. */
  readonly #braces: number[] = [];

  constructor(source: string) {
    this.#source = source;
  }

  code(): string {
    for (let opener = this.#next(); opener !== undefined; opener = this.#next()) this.#take(opener);
    return this.#code + this.#source.slice(this.#at);
  }

  /** Keeps everything up to the next character that may begin or end a text. */
  #next(): string | undefined {
    OPENERS.lastIndex = this.#at;
    const found = OPENERS.exec(this.#source);
    if (!found) return undefined;
    this.#code += this.#source.slice(this.#at, found.index);
    this.#at = found.index;
    return found[0];
  }

  #take(opener: string): void {
    switch (opener) {
      case '//':
        return this.#skip(/[\n\r\u2028\u2029]|$/u, ' ');
      case '/*':
        return this.#skip(/\*\/|$/u, ' ', 2);
      case '/':
        return this.#slash();
      case "'":
      case '"':
        return this.#skip(opener === "'" ? /(?<!\\)(?:\\\\)*'|$/u : /(?<!\\)(?:\\\\)*"|$/u, opener + opener, 1);
      case '`':
        this.#code += '`';
        this.#at += 1;
        return this.#template();
      default:
        return this.#brace(opener);
    }
  }

  /** Goes behind the end of what begins here, and writes something in its place. */
  #skip(end: RegExp, instead: string, length = 0): void {
    const rest = this.#source.slice(this.#at + length);
    const found = end.exec(rest);
    this.#at += length + (found ? found.index + found[0].length : rest.length);
    this.#code += instead;
  }

  #slash(): void {
    const pattern = BEFORE_PATTERN.test(this.#code) ? PATTERN.exec(this.#source.slice(this.#at)) : null;
    this.#code += '/';
    this.#at += pattern?.[0].length ?? 1;
    if (pattern) this.#code += '/';
  }

  #brace(brace: string): void {
    const open = this.#braces.pop();
    this.#code += brace;
    this.#at += 1;
    if (open === undefined) return;
    if (brace === '}' && open === 0) return this.#template();
    this.#braces.push(open + (brace === '{' ? 1 : -1));
  }

  /** The text of a template up to its end, or up to code in it. */
  #template(): void {
    const text = /^(?:[^\\`$]|\\[^]|\$(?!\{))*/u.exec(this.#source.slice(this.#at));
    this.#at += text?.[0].length ?? 0;
    if (this.#source.startsWith('${', this.#at)) {
      this.#code += '${';
      this.#at += 2;
      this.#braces.push(0);
      return;
    }
    this.#code += '`';
    this.#at += 1;
  }
}
