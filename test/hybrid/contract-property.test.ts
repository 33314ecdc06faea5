// No false "fits": whatever an earlier schema lets through, a schema that compares as compatible lets through as well.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compareContracts, lockContracts } from '../../src/index.ts';
import { eventApp } from './contract-kit.ts';

/** A small schema as data, so that two of them can be near each other. */
type Shape =
  | { readonly is: 'text'; readonly min: number; readonly max: number; readonly pattern: boolean }
  | { readonly is: 'number'; readonly whole: boolean; readonly min: number; readonly max: number }
  | { readonly is: 'flag' | 'null' | 'any' | 'email' }
  | { readonly is: 'enum'; readonly values: readonly (string | number | boolean | null)[] }
  | { readonly is: 'list'; readonly of: Shape; readonly most: number }
  | { readonly is: 'tuple'; readonly of: readonly Shape[]; readonly rest: Shape | null }
  | { readonly is: 'record'; readonly of: Shape }
  | { readonly is: 'either'; readonly of: readonly Shape[] }
  | { readonly is: 'object'; readonly style: 'strip' | 'strict' | 'loose'; readonly parts: readonly Part[] };

interface Part {
  readonly name: string;
  readonly how: 'required' | 'optional' | 'default';
  readonly of: Shape;
}

const small = fc.integer({ min: 0, max: 3 });

const leaf: fc.Arbitrary<Shape> = fc.oneof(
  fc.record({
    is: fc.constant('text' as const),
    min: small,
    max: fc.integer({ min: 3, max: 5 }),
    pattern: fc.boolean(),
  }),
  fc.record({
    is: fc.constant('number' as const),
    whole: fc.boolean(),
    min: small,
    max: fc.integer({ min: 3, max: 5 }),
  }),
  fc.record({ is: fc.constantFrom('flag' as const, 'null' as const, 'any' as const, 'email' as const) }),
  fc.record({
    is: fc.constant('enum' as const),
    values: fc.uniqueArray(fc.constantFrom('x', 'y', 'aa', 1, 2, true, null), { minLength: 1, maxLength: 3 }),
  }),
);

const { shape } = fc.letrec<{ shape: Shape }>(tie => ({
  shape: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.record({
      is: fc.constant('object' as const),
      style: fc.constantFrom('strip' as const, 'strict' as const, 'loose' as const),
      parts: fc.uniqueArray(
        fc.record({
          name: fc.constantFrom('a', 'b', 'c'),
          how: fc.constantFrom('required' as const, 'optional' as const, 'default' as const),
          of: tie('shape'),
        }),
        { maxLength: 3, selector: ({ name }) => name },
      ),
    }),
    fc.record({ is: fc.constant('list' as const), of: tie('shape'), most: small }),
    fc.record({
      is: fc.constant('tuple' as const),
      of: fc.array(tie('shape'), { minLength: 1, maxLength: 2 }),
      rest: fc.option(tie('shape')),
    }),
    fc.record({ is: fc.constant('record' as const), of: tie('shape') }),
    fc.record({ is: fc.constant('either' as const), of: fc.array(tie('shape'), { minLength: 2, maxLength: 3 }) }),
  ),
}));

function toZod(of: Shape): z.ZodType {
  switch (of.is) {
    case 'text': {
      const text = z.string().min(of.min).max(of.max);
      return of.pattern ? text.regex(/a/) : text;
    }
    case 'number': {
      return (of.whole ? z.int() : z.number()).min(of.min).max(of.max);
    }
    case 'flag': {
      return z.boolean();
    }
    case 'null': {
      return z.null();
    }
    case 'email': {
      return z.email();
    }
    case 'any': {
      return z.json();
    }
    case 'enum': {
      return z.literal([...of.values]);
    }
    case 'list': {
      return z.array(toZod(of.of)).max(of.most);
    }
    case 'tuple': {
      return of.rest === null
        ? z.tuple(of.of.map(toZod) as [z.ZodType])
        : z.tuple(of.of.map(toZod) as [z.ZodType], toZod(of.rest));
    }
    case 'record': {
      return z.record(z.string(), toZod(of.of));
    }
    case 'either': {
      return z.union(of.of.map(toZod));
    }
    default: {
      return toObject(of);
    }
  }
}

function toObject({ style, parts }: Extract<Shape, { is: 'object' }>): z.ZodType {
  const shapes = Object.fromEntries(
    parts.map(({ name, how, of }) => {
      const schema = toZod(of);
      return [
        name,
        how === 'required' ? schema : how === 'optional' ? schema.optional() : schema.nullable().default(null),
      ];
    }),
  );
  return style === 'strict' ? z.strictObject(shapes) : style === 'loose' ? z.looseObject(shapes) : z.object(shapes);
}

/** Values that the schema lets through, and near misses. */
function valueOf(of: Shape): fc.Arbitrary<unknown> {
  switch (of.is) {
    case 'text': {
      return fc.constantFrom('', 'a', 'b', 'aa', 'bbb', 'aaaa', 'aaaaaa', 'x');
    }
    case 'number': {
      return fc.constantFrom(0, 1, 1.5, 2, 3, 3.5, 4, 5, 6);
    }
    case 'flag': {
      return fc.boolean();
    }
    case 'null': {
      return fc.constant(null);
    }
    case 'email': {
      return fc.constantFrom('a@b.de', 'a');
    }
    case 'any': {
      return fc.constantFrom<unknown>(null, 1, 'a', true, [1], { a: 1 }, { b: 'x' });
    }
    case 'enum': {
      return fc.constantFrom<unknown>(...of.values);
    }
    case 'list': {
      return fc.array(valueOf(of.of), { maxLength: 4 });
    }
    case 'tuple': {
      const rest = of.rest === null ? fc.constant([]) : fc.array(valueOf(of.rest), { maxLength: 2 });
      return fc.tuple(fc.tuple(...of.of.map(valueOf)), rest).map(([first, more]) => [...first, ...more]);
    }
    case 'record': {
      return fc.dictionary(fc.constantFrom('a', 'b', 'd'), valueOf(of.of));
    }
    case 'either': {
      return fc.oneof(...of.of.map(valueOf));
    }
    default: {
      const parts = Object.fromEntries(of.parts.map(part => [part.name, valueOf(part.of)]));
      const more = fc.dictionary(fc.constantFrom('a', 'c', 'e'), fc.constantFrom<unknown>(1, 'a', null), {
        maxKeys: 1,
      });
      return fc
        .tuple(
          more,
          fc.record(parts, { requiredKeys: of.parts.filter(({ how }) => how === 'required').map(({ name }) => name) }),
        )
        .map(([extra, data]) => (of.style === 'strict' ? data : { ...extra, ...data }));
    }
  }
}

/** One small change somewhere: two random schemas hardly ever fit. */
function nearBy(of: Shape): fc.Arbitrary<Shape> {
  const others: fc.Arbitrary<Shape>[] = [
    fc.constant(of),
    leaf,
    fc.tuple(fc.constant(of), leaf).map(both => ({ is: 'either', of: both })),
  ];
  if (of.is === 'object') {
    others.push(
      fc
        .tuple(
          ...of.parts.map(part =>
            fc.oneof(
              fc.constant(part),
              nearBy(part.of).map(one => ({ ...part, of: one })),
              fc.constantFrom('required' as const, 'optional' as const).map(how => ({ ...part, how })),
            ),
          ),
        )
        .map(parts => ({ ...of, parts })),
      fc.subarray([...of.parts]).map(parts => ({ ...of, parts })),
      fc.constantFrom('strip' as const, 'strict' as const, 'loose' as const).map(style => ({ ...of, style })),
      leaf.map(one => ({
        ...of,
        parts: [...of.parts.filter(({ name }) => name !== 'c'), { name: 'c', how: 'optional', of: one }],
      })),
    );
  }
  if (of.is === 'list' || of.is === 'record') others.push(nearBy(of.of).map(one => ({ ...of, of: one })));
  if (of.is === 'either') others.push(fc.tuple(...of.of.map(nearBy)).map(all => ({ ...of, of: all })));
  if (of.is === 'text' || of.is === 'number') others.push(small.map(min => ({ ...of, min })));
  return fc.oneof(...others);
}

const cases = shape.chain(before =>
  fc.tuple(fc.constant(before), nearBy(before), fc.array(valueOf(before), { maxLength: 12 })),
);

/** Validation may leave out what it does not know; what it adds is missing in stored data that is not validated again. */
function isPartOf(part: unknown, whole: unknown): boolean {
  if (typeof part !== 'object' || part === null) return part === whole;
  if (typeof whole !== 'object' || whole === null) return false;
  return Object.entries(part).every(
    ([key, one]) => Object.hasOwn(whole, key) && isPartOf(one, Reflect.get(whole, key)),
  );
}

describe('a comparison that finds nothing', () => {
  it('means that whatever was written is accepted, and is what handlers count on', { timeout: 60_000 }, () => {
    let fits = 0;
    let values = 0;
    fc.assert(
      fc.property(cases, ([before, after, inputs]) => {
        const [old, current] = [toZod(before), toZod(after)];
        const lock = lockContracts(eventApp(old));
        const codes = compareContracts(lock, eventApp(current)).map(({ code }) => code);
        if (codes.some(code => code !== 'schema-changed')) return;
        fits += 1;
        // A default in the first of two branches says nothing about data that fits the second.
        const hasUnion = JSON.stringify(after).includes('"either"');
        for (const input of inputs) {
          const stored = old.safeParse(input);
          if (!stored.success) continue;
          values += 1;
          const read = current.safeParse(stored.data);
          expect(read.error?.issues).toBeUndefined();
          if (!hasUnion) expect(isPartOf(read.data, stored.data)).toBe(true);
        }
      }),
      { numRuns: 800, seed: 5 },
    );
    expect(fits).toBeGreaterThan(200);
    expect(values).toBeGreaterThan(500);
  });

  it('is what the same schema gets, whatever it is', () => {
    fc.assert(
      fc.property(shape, of => {
        const lock = lockContracts(eventApp(toZod(of)));
        expect(compareContracts(lock, eventApp(toZod(of)), { mode: 'full' })).toEqual([]);
      }),
      { numRuns: 200, seed: 5 },
    );
  });
});
