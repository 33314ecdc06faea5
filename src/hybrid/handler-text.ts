// Handler text: what the source of a handler says it may do with its ctx, where only its actor declares it.
import { codeOf } from './code-text.ts';

/** Whether a function uses a method of its ctx; `unknown` where it hands ctx on or is not readable. */
export type Use = 'never' | 'uses' | 'unknown';

/** What a function calls a method of its ctx with. */
export interface Calls {
  readonly use: Use;
  /** The names of the contracts in these calls, as they are written. */
  readonly names: readonly string[];
  /** Whether there is no other use than by these names. */
  readonly isComplete: boolean;
}

const NAME = String.raw`[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*`;
const IS_NAME = new RegExp(`^${NAME}$`, 'u');
/** One lower-case word alone is what variables are called: `event` or `done`, in a function that makes handlers. */
const IS_VARIABLE = /^\p{Ll}+$/u;
const NEVER: Calls = { use: 'never', names: [], isComplete: true };
const UNKNOWN: Calls = { use: 'unknown', names: [], isComplete: false };

/** Reads one function of a handler. */
export class HandlerText {
  readonly #source: string;
  /** The first parameter: a name, a pattern in braces, something else, or undefined without one. */
  readonly #first: string | undefined;

  constructor(run: (...args: never) => unknown) {
    this.#source = codeOf(Function.prototype.toString.call(run));
    this.#first = firstParameter(this.#source);
  }

  /** What it calls its ctx; undefined where it takes it apart or does not take it. */
  get ctx(): string | undefined {
    return this.#first !== undefined && IS_NAME.test(this.#first) ? this.#first : undefined;
  }

  /** Property names survive minifiers, so a use of `ctx.publish` is in the text; who gets ctx may do anything. */
  uses(...methods: readonly string[]): Use {
    return joinUses(methods.map(method => this.calls(method).use));
  }

  /** `position`: which argument of the method is the contract. */
  calls(method: string, position = 0): Calls {
    if (this.#source.includes('[native code]') || /\barguments\b/u.test(this.#source)) return UNKNOWN;
    const first = this.#first;
    if (first === undefined) return NEVER;
    if (first.startsWith('{')) return this.#ofParts(first, { method, position });
    return IS_NAME.test(first) ? this.#ofName(first, { method, position }) : UNKNOWN;
  }

  /** Whether the text has any of these calls, as `fetch(` or `.then(`. */
  mentions(pattern: RegExp): boolean {
    return pattern.test(this.#source);
  }

  #ofName(ctx: string, { method, position }: { readonly method: string; readonly position: number }): Calls {
    const word = wordOf(ctx);
    const uses = this.#argumentsOf(String.raw`${word}\s*\??\.\s*${method}(?![\p{ID_Continue}$])`, position);
    // Every mention beside `ctx.something` and the parameter itself hands ctx to somebody.
    const mentions = this.#source.match(new RegExp(String.raw`${word}(?!\s*\??\.\s*${NAME})`, 'gu'));
    const parts = this.#partsOf(word);
    const isHandedOn = (mentions?.length ?? 0) - 1 > parts.length;
    const taken = parts.filter(part => isNamedIn(part, method)).map(() => undefined);
    return toCalls([...uses, ...taken], isHandedOn);
  }

  /** What is taken out of ctx by name, as in `const { state } = ctx`. */
  #partsOf(word: string): readonly string[] {
    const pattern = String.raw`(?<parts>\{[^{}]*\})\s*=\s*${word}(?!\s*(?:[\[(]|\??\.))`;
    const found = [...this.#source.matchAll(new RegExp(pattern, 'gu'))].map(({ groups }) => groups?.['parts'] ?? '');
    return found.filter(parts => !isOpaque(parts));
  }

  #ofParts(parts: string, { method, position }: { readonly method: string; readonly position: number }): Calls {
    if (isOpaque(parts)) return UNKNOWN;
    const found = new RegExp(String.raw`[{,]\s*${method}(?![\p{ID_Continue}$])\s*(?::\s*(?<alias>${NAME}))?`, 'u').exec(
      parts,
    );
    if (!found) return NEVER;
    const name = found.groups?.['alias'] ?? method;
    const [, ...uses] = this.#argumentsOf(wordOf(name), position);
    return { ...toCalls(uses, false), use: 'uses' };
  }

  /** For every match the argument at a position of the call it is; undefined where it is no call. */
  #argumentsOf(pattern: string, position: number): readonly (string | undefined)[] {
    return [...this.#source.matchAll(new RegExp(pattern, 'gu'))].map(({ 0: text, index }) => {
      const rest = this.#source.slice(index + text.length);
      const open = /^\s*(?:\?\.\s*)?\(/u.exec(rest);
      return open ? argumentAt(rest.slice(open[0].length), position) : undefined;
    });
  }
}

/** The strongest of several uses. */
function joinUses(uses: readonly Use[]): Use {
  return uses.includes('uses') ? 'uses' : uses.includes('unknown') ? 'unknown' : 'never';
}

/** Several functions as one. */
export function joinCalls(calls: readonly Calls[]): Calls {
  return {
    use: joinUses(calls.map(({ use }) => use)),
    names: calls.flatMap(({ names }) => names),
    isComplete: calls.every(({ isComplete }) => isComplete),
  };
}

/** With a rest, or names that are computed or in quotes: their text is not in the code. */
const isOpaque = (parts: string): boolean => /\.\.\.|\[|[{,]\s*:/u.test(parts);

const isNamedIn = (parts: string, method: string): boolean =>
  new RegExp(String.raw`[{,]\s*${method}(?![\p{ID_Continue}$])`, 'u').test(parts);

/** `OrderPlaced` and `contracts.OrderPlaced` are names of contracts; compilers write `(0, contracts.OrderPlaced)`. */
function toCalls(uses: readonly (string | undefined)[], isHandedOn: boolean): Calls {
  const path = new RegExp(String.raw`^(?:\(\s*0\s*,\s*)?(?:${NAME}\s*\??\.\s*)*(?<name>${NAME})\s*\)?$`, 'u');
  const names = uses.map(text =>
    text === undefined || IS_VARIABLE.test(text) ? undefined : path.exec(text)?.groups?.['name'],
  );
  const known = names.filter(name => name !== undefined);
  return {
    use: uses.length > 0 ? 'uses' : isHandedOn ? 'unknown' : 'never',
    names: known,
    isComplete: known.length === uses.length && !isHandedOn,
  };
}

/** The name as a word of its own, which is no property: `...ctx` is one, `other.ctx` is not. */
function wordOf(name: string): string {
  const escaped = name.replaceAll('$', String.raw`\$`);
  return String.raw`(?<![\p{ID_Continue}$]|(?<!\.\.)\.)${escaped}(?![\p{ID_Continue}$])`;
}

/** `ctx` of `(ctx, data) => …`, `ctx => …`, `function f(ctx) {…}`, `f(ctx) {…}`; undefined without one. */
export function firstParameter(source: string): string | undefined {
  const arrow = new RegExp(String.raw`^(?:async\s+)?(?<name>${NAME})\s*=>`, 'u').exec(source)?.groups?.['name'];
  if (arrow !== undefined) return arrow;
  const open = source.indexOf('(');
  if (open === -1) return undefined;
  const parameter = argumentAt(source.slice(open + 1), 0);
  return parameter === '' ? undefined : (parameter.split(/\s*=(?!>)/u, 1)[0] ?? '').trim();
}

/** One of the arguments behind an opening bracket; empty where there are fewer. */
function argumentAt(text: string, position: number): string {
  let depth = 0;
  let count = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    const isEnd = depth === 0 && ')]}'.includes(char);
    if (isEnd || (depth === 0 && char === ',')) {
      if (count === position) return text.slice(start, at).trim();
      if (isEnd) return '';
      count += 1;
      start = at + 1;
    } else if ('({['.includes(char)) depth += 1;
    else if (')}]'.includes(char)) depth -= 1;
  }
  return count === position ? text.slice(start).trim() : '';
}
