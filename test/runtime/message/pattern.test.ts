import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPattern, PatternTrie } from '../../../src/runtime/message/pattern.ts';

function matches(pattern: string, type: string): boolean {
  const trie = new PatternTrie<true>();
  trie.add(pattern, true);
  return trie.match(type).length === 1;
}

/** The definition itself, as slow as it likes. */
function matchesNaively(pattern: readonly string[], type: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return type.length === 0;
  if (first === '#') {
    return matchesNaively(rest, type) || (type.length > 0 && matchesNaively(pattern, type.slice(1)));
  }
  return type.length > 0 && (first === '*' || first === type[0]) && matchesNaively(rest, type.slice(1));
}

describe('PatternTrie', () => {
  it.each([
    ['order.placed', 'order.placed', true],
    ['order.placed', 'order.placed.late', false],
    ['order.*', 'order.placed', true],
    ['order.*', 'order', false],
    ['order.*', 'order.placed.late', false],
    ['*', 'order', true],
    ['*.placed', 'order.placed', true],
    ['#', 'order', true],
    ['#', 'a.b.c.d', true],
    ['order.#', 'order', true],
    ['order.#', 'order.a.b.c', true],
    ['order.#', 'orders', false],
    ['#.placed', 'placed', true],
    ['#.placed', 'a.b.placed', true],
    ['a.#.z', 'a.z', true],
    ['a.#.z', 'a.b.z.c.z', true],
    ['#.#.#', 'a', true],
    ['#.*', 'a', true],
    ['*.#.*', 'a', false],
    ['constructor.*', 'constructor.__proto__', true],
  ])('lets %s match %s: %s', (pattern, type, expected) => {
    expect(matches(pattern, type)).toBe(expected);
  });

  it('agrees with the definition on any set of patterns', () => {
    const pattern = fc.array(fc.constantFrom('a', 'b', '*', '#'), { minLength: 1, maxLength: 7 });
    const type = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 8 }), type, (patterns, segments) => {
        const trie = new PatternTrie<number>();
        for (const [index, some] of patterns.entries()) trie.add(some.join('.'), index);

        const expected = [...patterns.keys()].filter(index => matchesNaively(patterns[index] ?? [], segments));
        expect(trie.match(segments.join('.'))).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it('gives a value once when several of its patterns match', () => {
    const trie = new PatternTrie<string>();
    trie.add('order.*', 'audit');
    trie.add('order.placed', 'mail');
    trie.add('#', 'audit');

    expect(trie.match('order.placed')).toEqual(['audit', 'mail']);
  });

  it('stays fast for patterns that make backtracking explode', () => {
    const trie = new PatternTrie<number>();
    const hostile = Array.from({ length: 8 }, () => '#.*').join('.');
    trie.add(hostile, 1);
    trie.add(Array.from({ length: 16 }, () => '#').join('.'), 2);
    const type = Array.from({ length: 16 }, () => 'a').join('.');

    const started = process.cpuUsage().user;
    for (let run = 0; run < 100; run++) expect(trie.match(type)).toEqual([1, 2]);

    expect(process.cpuUsage().user - started).toBeLessThan(500_000);
  });
});

describe('checkPattern', () => {
  it('returns the segments', () => {
    expect(checkPattern('order.*.#')).toEqual(['order', '*', '#']);
  });

  it.each<unknown>([
    '',
    '.',
    'a..b',
    'a.',
    'a*',
    '**',
    'a.b c',
    'ä',
    Array(17).fill('a').join('.'),
    'x'.repeat(65),
    7,
    null,
    /a/,
  ])('refuses %s', pattern => {
    expect(() => checkPattern(pattern)).toThrow(expect.objectContaining({ code: 'invalid-definition' }));
  });
});
