// What each change of a schema means in each mode: add, remove, rename, narrow and widen, one row per change.
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type } from 'arktype';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { change, eventApp } from './contract-kit.ts';

const a = z.string();
const p = z.object({ kind: z.literal('p'), n: z.int() });
const q = z.object({ kind: z.literal('q') });

const refused = (path: string): string => `!data-incompatible ${path}`;
const fits = ['schema-changed'];

/** Before, after, and what backward and forward find; `full` finds both. */
const rows: readonly (readonly [string, z.ZodType, z.ZodType, readonly string[], readonly string[]])[] = [
  ['changes nothing', z.object({ a }), z.object({ a }), [], []],
  ['adds an optional property', z.object({ a }), z.object({ a, b: a.optional() }), fits, fits],
  ['adds a required property', z.object({ a }), z.object({ a, b: a }), [refused('data.b')], fits],
  [
    'adds a property with a default',
    z.object({ a }),
    z.object({ a, b: a.default('x') }),
    ['!default-not-applied data.b'],
    fits,
  ],
  ['removes an optional property', z.object({ a, b: a.optional() }), z.object({ a }), fits, fits],
  ['removes a required property', z.object({ a, b: a }), z.object({ a }), fits, [refused('data.b')]],
  [
    'removes a property from a strict object',
    z.strictObject({ a, b: a }),
    z.strictObject({ a }),
    [refused('data.b')],
    [refused('data.b')],
  ],
  ['renames a property', z.object({ a, b: a }), z.object({ a, c: a }), [refused('data.c')], [refused('data.b')]],
  ['makes a property optional', z.object({ a }), z.object({ a: a.optional() }), fits, [refused('data.a')]],
  ['makes a property required', z.object({ a: a.optional() }), z.object({ a }), [refused('data.a')], fits],
  ['makes a property nullable', z.object({ a }), z.object({ a: a.nullable() }), fits, [refused('data.a')]],
  ['narrows a number to an integer', z.object({ a: z.number() }), z.object({ a: z.int() }), [refused('data.a')], fits],
  ['widens an integer to a number', z.object({ a: z.int() }), z.object({ a: z.number() }), fits, [refused('data.a')]],
  ['changes a type', z.object({ a }), z.object({ a: z.int() }), [refused('data.a')], [refused('data.a')]],
  ['adds a minimum', z.object({ a: z.number() }), z.object({ a: z.number().min(1) }), [refused('data.a')], fits],
  [
    'raises a maximum',
    z.object({ a: z.number().max(1) }),
    z.object({ a: z.number().max(2) }),
    fits,
    [refused('data.a')],
  ],
  ['shortens a text', z.object({ a: a.max(9) }), z.object({ a: a.max(8) }), [refused('data.a')], fits],
  ['asks a text for a format', z.object({ a }), z.object({ a: z.email() }), [refused('data.a')], fits],
  ['adds a pattern', z.object({ a }), z.object({ a: a.regex(/^x/) }), [refused('data.a')], fits],
  [
    'changes a pattern',
    z.object({ a: a.regex(/^x/) }),
    z.object({ a: a.regex(/^y/) }),
    ['schema-unknown data.a'],
    ['schema-unknown data.a'],
  ],
  [
    'adds a value to an enum',
    z.object({ a: z.enum(['x']) }),
    z.object({ a: z.enum(['x', 'y']) }),
    fits,
    [refused('data.a')],
  ],
  [
    'takes a value from an enum',
    z.object({ a: z.enum(['x', 'y']) }),
    z.object({ a: z.enum(['x']) }),
    [refused('data.a')],
    fits,
  ],
  ['frees an enum', z.object({ a: z.enum(['x']) }), z.object({ a }), fits, [refused('data.a')]],
  [
    'adds a case to a union',
    z.discriminatedUnion('kind', [p]),
    z.discriminatedUnion('kind', [p, q]),
    fits,
    [refused('data.kind')],
  ],
  [
    'takes a case from a union',
    z.discriminatedUnion('kind', [p, q]),
    z.discriminatedUnion('kind', [p]),
    [refused('data.kind')],
    fits,
  ],
  [
    'changes a case of a union',
    z.discriminatedUnion('kind', [p, q]),
    z.discriminatedUnion('kind', [p.extend({ n: a }), q]),
    [refused('data.n')],
    [refused('data.n')],
  ],
  [
    'narrows the items of a list',
    z.object({ a: z.array(z.object({ n: z.number() })) }),
    z.object({ a: z.array(z.object({ n: z.int() })) }),
    [refused('data.a[].n')],
    fits,
  ],
  ['bounds a list', z.object({ a: z.array(a) }), z.object({ a: z.array(a).max(3) }), [refused('data.a')], fits],
  ['makes a tuple a list', z.object({ a: z.tuple([a, a]) }), z.object({ a: z.array(a) }), fits, [refused('data.a')]],
  ['narrows the values of a record', z.record(a, z.number()), z.record(a, z.int()), [refused('data.*')], fits],
];

describe('a change of a schema under the same version', () => {
  it.each(rows)('that %s', (_, before, after, backward, forward) => {
    const [from, to] = [eventApp(before), eventApp(after)];

    expect(change(from, to)).toEqual(backward);
    expect(change(from, to, { mode: 'forward' })).toEqual(forward);
    const isChange = (one: string): boolean => one !== 'schema-changed';
    const both = [...new Set([...backward, ...forward].filter(isChange))];
    expect(change(from, to, { mode: 'full' })).toEqual(both.length > 0 || backward.length === 0 ? both : fits);
  });

  it('is the other one backwards', () => {
    for (const [, before, after] of rows) {
      const codes = (found: string[]): string[] =>
        found.map(one => one.replace('default-not-applied', 'data-incompatible'));
      const there = change(eventApp(before), eventApp(after));
      const back = change(eventApp(after), eventApp(before), { mode: 'forward' });
      expect(codes(there)).toEqual(codes(back));
    }
  });

  it('says that it does not know where objects are open: earlier data may have the new property as something else', () => {
    const [from, to] = [eventApp(type({ a: 'string' })), eventApp(type({ a: 'string', 'b?': 'string' }))];

    expect(change(from, to)).toEqual(['schema-unknown data.b']);
  });
});

/** A schema of a library that gives its JSON Schema as it is. */
function plain(schema: Readonly<Record<string, unknown>>): StandardSchemaV1 {
  const validate = (value: unknown): { readonly value: unknown } => ({ value });
  const jsonSchema = { input: () => schema, output: () => schema };
  return { '~standard': { version: 1, vendor: 'plain', validate, jsonSchema } } as StandardSchemaV1;
}

describe('a JSON Schema written by hand', () => {
  it.each([
    ['an object as its value', { const: { a: [1] } }],
    ['lists as its values', { enum: [[1], [2]] }],
    ['properties by pattern', { type: 'object', patternProperties: { '^x': {} }, additionalProperties: false }],
    ['alternatives that overlap', { oneOf: [{ type: 'number' }, { type: 'number', minimum: 4 }] }],
  ])('fits itself with %s', (_, schema) => {
    const [from, to] = [eventApp(plain(schema)), eventApp(plain({ ...schema }))];

    expect(change(from, to, { mode: 'full' })).toEqual([]);
  });

  it('compares values that are objects by their parts', () => {
    const of = (...values: readonly unknown[]) => eventApp(plain({ enum: values }));

    expect(change(of({ a: 1 }), of({ a: 1 }, { a: 2 }))).toEqual(['schema-changed']);
    expect(change(of({ a: 1 }, { a: 2 }), of({ a: 1 }))).toEqual(['!data-incompatible data.a']);
    expect(change(of([1]), eventApp(plain({ const: [2] })))).toEqual(['!data-incompatible data[0]']);
  });

  it.each([
    ['items', { items: [{ type: 'string' }] }, { items: [{ type: 'number' }] }],
    ['exclusiveMinimum', { minimum: 0 }, { minimum: 0, exclusiveMinimum: true }],
    ['required', {}, { required: true }],
    [
      'maxProperties',
      { type: 'object', properties: { a: {} }, patternProperties: { '^x': {} }, additionalProperties: false },
      { type: 'object', maxProperties: 1 },
    ],
  ])('is not called compatible where %s is that of an earlier draft, or meets a pattern', (_, before, after) => {
    expect(change(eventApp(plain(before)), eventApp(plain(after)))).toEqual(['schema-unknown data']);
  });
});
