// What may travel and be stored: plain JSON, checked, copied and frozen in one pass.
import { TroupeError } from '../errors.ts';
import { formatPath, reportKey, reportValue, type NotJsonReport } from './json-report.ts';

type Leaf = string | number | boolean | null | undefined;

/** The paths in `T` that JSON would lose, as sentences; `never` when there is none. Looks five levels deep. */
export type NotJson<T, Path extends string, Depth extends 0[] = []> = unknown extends T
  ? never // any and unknown are checked at run time
  : Depth['length'] extends 5
    ? never // recursive schemas end here
    : T extends Leaf
      ? never
      : T extends bigint | symbol | ((...args: never) => unknown)
        ? `${Path} is not JSON (bigint, symbol or function)`
        : T extends Date
          ? `${Path} is a Date; store milliseconds or an ISO string`
          : T extends ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
            ? `${Path} is a Map or Set; store an object or array`
            : T extends readonly (infer Item)[]
              ? NotJson<Item, `${Path}[]`, [...Depth, 0]>
              : { [K in keyof T & string]: NotJson<T[K], `${Path}.${K}`, [...Depth, 0]> }[keyof T & string];

/** A JSON value; what this module returns is deeply frozen. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** How large one JSON value may be. */
export interface JsonLimits {
  /** UTF-8 bytes of the text. */
  readonly bytes: number;
  /** Objects and arrays inside each other. */
  readonly depth: number;
  /** Properties of all objects together. */
  readonly keys: number;
}

/** The limits of a message: 256 KiB, 64 levels, 10,000 properties. */
export const messageLimits: JsonLimits = { bytes: 262_144, depth: 64, keys: 10_000 };

const objectPrototype: unknown = Object.prototype;
const useReference = 'Send less, or store the bulk elsewhere and send a reference to it.';

/** Answers for an object itself, for example with a value that was checked before; `undefined` means: copy it. */
export type KnownJson = (value: object, level: number) => Json | undefined;

/**
 * Checks and copies one value, most often four levels deep at most; keeps the path while it walks, so that only an
 * error pays for its text.
 */
export class JsonCopier {
  /** The keys that lead to the value being copied; entries behind its level are stale. */
  readonly path: (string | number)[] = ['', '', '', ''];
  readonly #what: string;
  readonly #limits: JsonLimits;
  readonly #known: KnownJson | undefined;
  readonly #ancestors: (object | undefined)[] = [undefined, undefined, undefined, undefined];
  #keys = 0;
  #bytes = 0;

  constructor(what: string, limits: JsonLimits, known?: KnownJson) {
    this.#what = what;
    this.#limits = limits;
    this.#known = known;
  }

  /** Copies a value that sits `level` objects or arrays deep. */
  copy(value: unknown, level: number): Json {
    switch (typeof value) {
      case 'string':
        if (!value.isWellFormed()) this.refuse(reportValue(value), level);
        // Every character is at least one byte, so this never refuses what would fit.
        this.#bytes += value.length;
        if (this.#bytes > this.#limits.bytes) this.#refuseSize();
        return value;
      case 'number':
        if (!Number.isFinite(value)) this.refuse(reportValue(value), level);
        return value + 0; // -0 becomes 0, as in JSON text
      case 'boolean':
        return value;
      case 'object':
        if (value === null) return null;
        return this.#known?.(value, level) ?? this.#copyObject(value, level);
      default:
        return this.refuse(reportValue(value), level);
    }
  }

  /** Refuses a property name that is no text, or that a merge would take for something else. */
  checkKey(key: string, level: number): void {
    if (isReservedKey(key) || !key.isWellFormed()) this.refuse(reportKey(key), level);
    this.#bytes += key.length + 1;
    if (this.#bytes > this.#limits.bytes) this.#refuseSize();
    if (++this.#keys > this.#limits.keys) {
      throw this.#error('too-large', 0, `has more than ${this.#limits.keys} properties. ${useReference}`);
    }
  }

  /** Begins an object or array; every cycle ends here, because it is deeper than any limit. */
  enter(object: object, level: number): void {
    if (level >= this.#limits.depth) this.#refuseDepth(level);
    this.#ancestors[level] = object;
  }

  /** Throws `not-json` with the path down to `level`. */
  refuse(report: NotJsonReport, level: number): never {
    throw this.#error('not-json', level, `is ${report.found}, which is not JSON. ${report.remedy}`);
  }

  #copyObject(object: object, level: number): Json {
    this.enter(object, level);
    if (Array.isArray(object)) return this.#copyItems(object, level);
    const prototype: unknown = Object.getPrototypeOf(object);
    if (prototype !== objectPrototype && !isPlainPrototype(prototype)) this.refuse(reportValue(object), level);
    const source = object as Readonly<Record<string, unknown>>;
    const copy: Record<string, Json> = {};
    for (const key in source) {
      if (!Object.hasOwn(source, key)) continue;
      const value = source[key];
      if (value === undefined) continue;
      this.path[level] = key;
      this.checkKey(key, level + 1);
      copy[key] = this.copy(value, level + 1);
    }
    return Object.freeze(copy);
  }

  #copyItems(items: readonly unknown[], level: number): Json {
    const { length } = items;
    this.#bytes += length;
    if (this.#bytes > this.#limits.bytes) this.#refuseSize();
    const copy: Json[] = [];
    for (let index = 0; index < length; index++) {
      this.path[level] = index;
      copy.push(this.copy(items[index], level + 1));
    }
    return Object.freeze(copy);
  }

  #refuseDepth(level: number): never {
    const repeat = this.#ancestors.findIndex((ancestor, at) => at < level && this.#ancestors.indexOf(ancestor) < at);
    if (repeat >= 0) this.refuse({ found: 'a part of itself (a cycle)', remedy: 'Store an id instead.' }, repeat);
    throw this.#error('too-large', level, `lies more than ${this.#limits.depth} levels deep. Flatten the data.`);
  }

  #refuseSize(): never {
    throw this.#error('too-large', 0, `is larger than ${this.#limits.bytes} bytes. ${useReference}`);
  }

  #error(code: 'not-json' | 'too-large', level: number, text: string): TroupeError {
    return new TroupeError(code, `${formatPath(this.#what, this.path, level)} ${text}`);
  }
}

/**
 * Checks that `value` is plain JSON and returns a deeply frozen copy, equal to `JSON.parse(JSON.stringify(value))`.
 * What JSON would change without a word (a Date, NaN, a hole, half a surrogate pair …) is refused with its path.
 *
 * @throws TroupeError `not-json`, `too-large`
 */
export function toFrozenJson(value: unknown, what: string, limits: JsonLimits = messageLimits): Json {
  return new JsonCopier(what, limits).copy(value, 0);
}

/**
 * Makes the JSON text of a checked value.
 *
 * @throws TroupeError `too-large`
 */
export function toJsonText(json: Json, what: string, limits: JsonLimits = messageLimits): string {
  const text = JSON.stringify(json);
  // A UTF-16 unit is at most three bytes of UTF-8: most texts need no counting.
  if (text.length * 3 <= limits.bytes || Buffer.byteLength(text) <= limits.bytes) return text;
  throw new TroupeError('too-large', `${what} is larger than ${limits.bytes} bytes as JSON. ${useReference}`);
}

/**
 * Reads stored JSON text; the value is deeply frozen.
 *
 * @throws TroupeError `not-json`
 */
export function fromJsonText(text: string): Json {
  try {
    return deepFreeze(JSON.parse(text) as Json);
  } catch {
    // The parser's own message quotes the text, which may be private.
    throw new TroupeError(
      'not-json',
      `A stored text of ${text.length} characters is not JSON. The file was damaged or edited.`,
    );
  }
}

/** Freezes a tree of plain objects and arrays in place. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) for (const item of value) deepFreeze(item);
  else for (const key in value) deepFreeze(value[key]);
  return Object.freeze(value);
}

/** Tells the property names that reach an object's prototype. */
function isReservedKey(key: string): boolean {
  // Compares lengths first: this runs for every property of every message.
  if (key.length !== 9 && key.length !== 11) return false;
  return key === '__proto__' || key === 'prototype' || key === 'constructor';
}

/** `null`, or `Object.prototype` of another realm (a vm context, a test runner). */
function isPlainPrototype(prototype: unknown): boolean {
  if (prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf');
}
