import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  deepFreeze,
  fromJsonText,
  messageLimits,
  toFrozenJson,
  toJsonText,
} from '../../../src/runtime/message/json.ts';

const roundTrip = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function isDeepFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeepFrozen);
}

/** Whether JSON text would hold exactly this, told another way than the code under test does. */
function isPlainJson(value: unknown, isItem: boolean = false): boolean {
  if (value === undefined) return !isItem;
  if (typeof value === 'string') return !/\p{Surrogate}/u.test(value);
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'boolean' || value === null) return true;
  if (Array.isArray(value)) return [...(value as unknown[])].every(item => isPlainJson(item, true));
  if (typeof value !== 'object' || Object.prototype.toString.call(value) !== '[object Object]') return false;
  if (![Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null)) return false;
  return Object.entries(value).every(([key, item]) => {
    const isDropped = item === undefined;
    return (
      isDropped || (!['__proto__', 'constructor', 'prototype'].includes(key) && isPlainJson(key) && isPlainJson(item))
    );
  });
}

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom('\ud800', 'a\udc00b', '__proto__', 'constructor'),
);
const anything = fc.anything({
  key: text,
  maxDepth: 4,
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withSparseArray: true,
  withTypedArray: true,
  values: [text, fc.double(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant(undefined), fc.constant(-0)],
});

describe('toFrozenJson', () => {
  it('copies what JSON keeps and refuses what JSON would change (K5)', () => {
    fc.assert(
      fc.property(anything, value => {
        if (value !== undefined && isPlainJson(value)) {
          const copy = toFrozenJson(value, 'data');
          expect(copy).toEqual(roundTrip(value));
          expect(JSON.stringify(copy)).toBe(JSON.stringify(value));
          expect(isDeepFrozen(copy)).toBe(true);
        } else {
          expect(() => toFrozenJson(value, 'data')).toThrow(expect.objectContaining({ code: 'not-json' }));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('copies every JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), value => {
        fc.pre(isPlainJson(value));
        expect(toFrozenJson(value, 'data')).toEqual(roundTrip(value));
      }),
    );
  });

  it('is not changed by what happens to the original later (K5)', () => {
    const original = { items: [{ quantity: 1 }] };

    const copy = toFrozenJson(original, 'data');
    original.items[0]!.quantity = 2;
    original.items.push({ quantity: 3 });

    expect(copy).toEqual({ items: [{ quantity: 1 }] });
  });

  it('leaves the original unfrozen', () => {
    const original = { items: [1] };

    toFrozenJson(original, 'data');

    expect(Object.isFrozen(original) || Object.isFrozen(original.items)).toBe(false);
  });

  it.each<[string, unknown, string]>([
    ['NaN', Number.NaN, 'NaN'],
    ['Infinity', Number.POSITIVE_INFINITY, 'Infinity'],
    ['-Infinity', Number.NEGATIVE_INFINITY, '-Infinity'],
    ['a bigint', 1n, 'a bigint'],
    ['a function', () => 1, 'a function'],
    ['a symbol', Symbol('x'), 'a symbol'],
    ['a Date', new Date(0), 'a Date'],
    ['an invalid Date', new Date(Number.NaN), 'a Date'],
    ['a Map', new Map(), 'a Map'],
    ['a Set', new Set(), 'a Set'],
    ['a RegExp', /x/, 'a RegExp'],
    ['an Error', new TypeError('x'), 'an Error'],
    ['a Promise', Promise.resolve(), 'a Promise'],
    ['bytes', new Uint8Array(2), 'bytes'],
    ['a Buffer', Buffer.from('x'), 'bytes'],
    ['an instance of a class', new (class Money {})(), 'an instance of Money'],
    ['an instance of a class without name', new (class {})(), 'no plain object'],
    ['a boxed string', Object('x'), 'an instance of String'],
    ['an object with another prototype', Object.create({ a: 1 }), 'Object'],
    ['half a surrogate pair', 'a\ud800', 'half a surrogate pair'],
    ['an own toJSON', { toJSON: () => 1 }, 'a function'],
    ['a URL', new URL('https://example.org'), 'an instance of URL'],
  ])('refuses %s with its path and a remedy', (_, value, found) => {
    expect(() => toFrozenJson({ items: [0, 1, { due: value }] }, 'data')).toThrow(
      expect.objectContaining({
        code: 'not-json',
        message: expect.stringMatching(/^data\.items\[2\]\.due[^ ]* is .+, which is not JSON\. [A-Z].+\.$/),
      }),
    );
    expect(() => toFrozenJson({ items: [0, 1, { due: value }] }, 'data')).toThrow(found);
  });

  it('refuses undefined and holes in arrays', () => {
    // oxlint-disable-next-line no-sparse-arrays -- a hole is the subject
    for (const items of [[1, undefined], [1, , 3], Array(3)]) {
      expect(() => toFrozenJson({ items }, 'data')).toThrow(expect.objectContaining({ code: 'not-json' }));
    }
    expect(() => toFrozenJson(undefined, 'data')).toThrow(expect.objectContaining({ code: 'not-json' }));
  });

  it.each(['__proto__', 'constructor', 'prototype'])('refuses the property name %s', key => {
    const parsed: unknown = JSON.parse(`{"a":{"${key}":{"isAdmin":true}}}`);

    expect(() => toFrozenJson(parsed, 'data')).toThrow(
      expect.objectContaining({ code: 'not-json', message: expect.stringContaining(`data.a.${key}`) }),
    );
    expect(Object.hasOwn(Object.prototype, 'isAdmin')).toBe(false);
  });

  it('refuses half a surrogate pair in a property name', () => {
    expect(() => toFrozenJson({ 'a\udc00': 1 }, 'data')).toThrow(
      expect.objectContaining({
        code: 'not-json',
        message: String.raw`data["a\udc00"] is a property name with half a surrogate pair, which is not JSON. Call toWellFormed() on it.`,
      }),
    );
  });

  it('refuses cycles and names where they close', () => {
    const order: Record<string, unknown> = { id: '1' };
    const line = { order };
    order['lines'] = [line];

    expect(() => toFrozenJson({ order }, 'data')).toThrow(
      expect.objectContaining({
        code: 'not-json',
        message: expect.stringContaining('data.order.lines[0].order is a part of itself'),
      }),
    );
    const self: unknown[] = [];
    self.push(self);
    expect(() => toFrozenJson(self, 'data')).toThrow('data[0] is a part of itself');
  });

  it('accepts the same object in two places, as two copies', () => {
    const shared = { a: 1 };

    const copy = toFrozenJson([shared, shared], 'data') as readonly object[];

    expect(copy).toEqual([{ a: 1 }, { a: 1 }]);
    expect(copy[0]).not.toBe(copy[1]);
  });

  it('reads a getter once', () => {
    let reads = 0;
    const value = {
      get count() {
        return ++reads;
      },
    };

    expect(toFrozenJson(value, 'data')).toEqual({ count: 1 });
    expect(reads).toBe(1);
  });

  it('copies proxies and plain objects of another realm', () => {
    expect(toFrozenJson(new Proxy({ a: new Proxy([1], {}) }, {}), 'data')).toEqual({ a: [1] });
    expect(toFrozenJson(runInNewContext('({ a: [1, { b: null }] })'), 'data')).toEqual({ a: [1, { b: null }] });
    expect(() => toFrozenJson(runInNewContext('({ a: new Date() })'), 'data')).toThrow('data.a is a Date');
  });

  it('does not copy what a polluted Object.prototype adds', () => {
    Object.defineProperty(Object.prototype, 'polluted', { value: 1, enumerable: true, configurable: true });
    const copy = toFrozenJson({ a: 1 }, 'data') as object;
    Reflect.deleteProperty(Object.prototype, 'polluted');

    expect(Object.keys(copy)).toEqual(['a']);
  });

  it('never shows a value', () => {
    for (const value of ['secret\ud800', new Date('2001-01-01'), Symbol('secret'), new Error('secret')]) {
      expect(() => toFrozenJson({ value }, 'data')).toThrow(
        expect.objectContaining({ message: expect.not.stringMatching(/secret|2001/) }),
      );
    }
  });
});

describe('limits', () => {
  const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
  const tooLarge = expect.objectContaining({ code: 'too-large' });

  it('takes 64 levels and refuses 65', () => {
    expect(toFrozenJson(nested(64), 'data')).toEqual(nested(64));
    expect(() => toFrozenJson(nested(65), 'data')).toThrow(tooLarge);
    expect(() => toFrozenJson(nested(5000), 'data')).toThrow(tooLarge);
  });

  it('takes 10,000 properties and refuses one more', () => {
    const wide = (keys: number) => Object.fromEntries(Array.from({ length: keys }, (_, index) => [`k${index}`, 1]));

    expect(Object.keys(toFrozenJson(wide(10_000), 'data') as object)).toHaveLength(10_000);
    expect(() => toFrozenJson(wide(10_001), 'data')).toThrow(tooLarge);
    expect(() => toFrozenJson([wide(5001), wide(5000)], 'data')).toThrow(tooLarge);
  });

  it('takes 256 KiB of text and refuses a byte more', () => {
    const check = (value: string) => toJsonText(toFrozenJson(value, 'data'), 'data');

    expect(check('x'.repeat(messageLimits.bytes - 2))).toHaveLength(messageLimits.bytes);
    expect(() => check('x'.repeat(messageLimits.bytes - 1))).toThrow(tooLarge);
    expect(() => check('€'.repeat(messageLimits.bytes / 3))).toThrow(tooLarge);
    expect(check('€'.repeat(80_000))).toHaveLength(80_002);
  });

  it('refuses a small value that shares its parts without end', () => {
    let array: unknown = ['x'];
    let object: unknown = { x: 1 };
    for (let level = 0; level < 60; level++) {
      array = [array, array];
      object = { a: object, b: object };
    }
    const long = 'x'.repeat(100_000);

    expect(() => toFrozenJson(array, 'data')).toThrow(tooLarge);
    expect(() => toFrozenJson(object, 'data')).toThrow(tooLarge);
    expect(() =>
      toFrozenJson(object, 'state', { bytes: 1_048_576, depth: 64, keys: Number.POSITIVE_INFINITY }),
    ).toThrow(tooLarge);
    expect(() => toFrozenJson(Array(1000).fill(long), 'data')).toThrow(tooLarge);
    expect(() => toFrozenJson(Array(2 ** 32 - 1), 'data')).toThrow(tooLarge);
  });

  it('never refuses what fits', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        const bytes = Buffer.byteLength(JSON.stringify(value));
        fc.pre(isPlainJson(value));
        expect(() => toFrozenJson(value, 'data', { ...messageLimits, bytes })).not.toThrow();
        expect(() => toJsonText(toFrozenJson(value, 'data'), 'data', { ...messageLimits, bytes: bytes - 1 })).toThrow(
          tooLarge,
        );
      }),
    );
  });
});

describe('fromJsonText', () => {
  it('reads back frozen what toJsonText wrote (K5)', () => {
    const value = toFrozenJson({ a: [1, { b: null }], c: 'ü🙂\u2028' }, 'data');

    const read = fromJsonText(toJsonText(value, 'data'));

    expect(read).toEqual(value);
    expect(isDeepFrozen(read)).toBe(true);
  });

  it('refuses what is not JSON without quoting it', () => {
    expect(() => fromJsonText('{"secret')).toThrow(
      expect.objectContaining({ code: 'not-json', message: expect.not.stringContaining('secret') }),
    );
  });
});

describe('deepFreeze', () => {
  it('freezes in place', () => {
    const value = { a: [{ b: 1 }] };

    expect(deepFreeze(value)).toBe(value);
    expect(isDeepFrozen(value)).toBe(true);
  });
});
