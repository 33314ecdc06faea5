// Code text: the source of a function without its comments and without the insides of strings and patterns.

/** After these a slash begins a regular expression, not a division. */
const BEFORE_PATTERN = /(?:^|[([{,;:=!&|?+\-*%<>~^}\n]|\b(?:return|typeof|case|in|of|do|else|void|delete|throw))\s*$/u;
const COMMENTS: readonly RegExp[] = [/\/\*[^]*?(?:\*\/|$)/uy, /\/\/[^\n]*/uy];
const STRINGS: readonly RegExp[] = [/'(?:[^'\\\n]|\\[^])*'?/uy, /"(?:[^"\\\n]|\\[^])*"?/uy];
const PATTERN = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/uy;
const TEMPLATE = /(?:[^`\\$]|\\[^]|\$(?!\{))*/uy;

/** The code in a source: what is in comments, strings and patterns says nothing about what runs; `${…}` does. */
export function codeOf(source: string): string {
  return new Scan(source, { keepsTexts: false }).run();
}

/** The same with its strings, for who reads the SQL in them. */
export function codeAndTextsOf(source: string): string {
  return new Scan(source, { keepsTexts: true }).run();
}

class Scan {
  readonly #source: string;
  readonly #keepsTexts: boolean;
  #at = 0;
  #code = '';
  /** The braces that are open inside each `${`. */
  readonly #templates: number[] = [];

  constructor(source: string, { keepsTexts }: { readonly keepsTexts: boolean }) {
    this.#source = source;
    this.#keepsTexts = keepsTexts;
  }

  run(): string {
    while (this.#at < this.#source.length) this.#step();
    return this.#code;
  }

  #step(): void {
    const comment = COMMENTS.find(form => this.#lengthOf(form) > 0);
    const string = STRINGS.find(form => this.#lengthOf(form) > 0);
    if (comment) this.#skip(this.#lengthOf(comment));
    else if (string) this.#text(this.#lengthOf(string));
    else if (this.#char === '/' && BEFORE_PATTERN.test(this.#code.slice(-20)) && this.#lengthOf(PATTERN) > 0) {
      this.#skip(this.#lengthOf(PATTERN));
    } else if (this.#char === '`') this.#template(1);
    else if (this.#char === '}' && this.#templates.at(-1) === 0) {
      this.#templates.pop();
      this.#template(1);
    } else {
      this.#count(this.#char);
      this.#keep(1);
    }
  }

  /** A text up to its end or to the next expression in it. */
  #template(opening: number): void {
    this.#keep(opening);
    this.#text(this.#lengthOf(TEMPLATE));
    if (this.#source.startsWith('${', this.#at)) {
      this.#templates.push(0);
      this.#keep(2);
    } else this.#keep(1);
  }

  #count(char: string): void {
    const open = this.#templates.at(-1);
    if (open === undefined || (char !== '{' && char !== '}')) return;
    this.#templates[this.#templates.length - 1] = open + (char === '{' ? 1 : -1);
  }

  get #char(): string {
    return this.#source.charAt(this.#at);
  }

  #lengthOf(form: RegExp): number {
    form.lastIndex = this.#at;
    return form.exec(this.#source)?.[0].length ?? 0;
  }

  #keep(count: number): void {
    this.#code += this.#source.slice(this.#at, this.#at + count);
    this.#at += count;
  }

  #text(count: number): void {
    if (this.#keepsTexts) this.#keep(count);
    else this.#skip(count);
  }

  /** A space keeps the words on both sides apart. */
  #skip(count: number): void {
    this.#code += ' ';
    this.#at += count;
  }
}
