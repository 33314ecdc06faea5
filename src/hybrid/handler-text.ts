// Handler text: what the source of a handler says it may do with its ctx, where only its actor declares it.
import { codeOf } from './code-text.ts';

/** Whether a function uses a method of its ctx; `unknown` where it hands ctx on or is not readable. */
export type Use = 'never' | 'uses' | 'unknown';

/** Reads one function of a handler. */
export class HandlerText {
  readonly #source: string;
  readonly #ctx: string | undefined;
  readonly #destructured: string | undefined;

  constructor(run: (...args: never) => unknown) {
    const source = codeOf(Function.prototype.toString.call(run));
    const first = firstParameter(source);
    this.#source = source;
    this.#ctx = first !== undefined && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(first) ? first : undefined;
    this.#destructured = first?.startsWith('{') ? first : undefined;
  }

  /** Property names survive minifiers, so a use of `ctx.publish` is in the text; who gets ctx may do anything. */
  uses(...methods: readonly string[]): Use {
    const source = this.#source;
    if (source.includes('[native code]')) return 'unknown';
    const names = new RegExp(String.raw`\b(?:${methods.join('|')})\b`, 'u');
    if (this.#destructured !== undefined) {
      if (this.#destructured.includes('...')) return 'unknown';
      return names.test(this.#destructured) ? 'uses' : 'never';
    }
    if (/\barguments\b/u.test(source)) return 'unknown';
    const ctx = this.#ctx;
    if (ctx === undefined) return firstParameter(source) === undefined ? 'never' : 'unknown';
    const escaped = ctx.replaceAll('$', String.raw`\$`);
    if (new RegExp(String.raw`(?<![\w$.])${escaped}\??\.(?:${methods.join('|')})\b`, 'u').test(source)) return 'uses';
    // Every mention beside `ctx.something` and the parameter itself hands ctx to somebody.
    const mentions = source.match(
      new RegExp(String.raw`(?<![\w$.])${escaped}(?![\w$])(?!\??\.[\p{ID_Start}$_])`, 'gu'),
    );
    return (mentions?.length ?? 0) > 1 ? 'unknown' : 'never';
  }

  /** Whether the text has any of these calls, as `fetch(` or `.then(`. */
  mentions(pattern: RegExp): boolean {
    return pattern.test(this.#source);
  }
}

/** The strongest of several uses. */
export function joinUses(uses: readonly Use[]): Use {
  return uses.includes('uses') ? 'uses' : uses.includes('unknown') ? 'unknown' : 'never';
}

/** `ctx` of `(ctx, data) => …`, `ctx => …`, `function f(ctx) {…}`, `f(ctx) {…}`; undefined without one. */
function firstParameter(source: string): string | undefined {
  const arrow = /^(?:async\s+)?(?<name>[\p{ID_Start}$_][\p{ID_Continue}$]*)\s*=>/u.exec(source)?.groups?.['name'];
  if (arrow !== undefined) return arrow;
  const open = source.indexOf('(');
  if (open === -1) return undefined;
  const parameter = untilComma(source.slice(open + 1)).trim();
  return parameter === '' ? undefined : (parameter.split(/\s*=[^>]/u, 1)[0] ?? '').trim();
}

/** Up to the first comma or the closing bracket that is in no other bracket. */
function untilComma(text: string): string {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if ('({['.includes(char)) depth += 1;
    else if (depth === 0 && (char === ',' || char === ')')) return text.slice(0, at);
    else if (')}]'.includes(char)) depth -= 1;
  }
  return text;
}
