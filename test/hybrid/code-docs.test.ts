// The codes in docs/hybrid.md are those of `check`, and every one of them has a rule and a test.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeTable, writtenCodeTable } from '../../scripts/code-table.mjs';
import { root } from '../../scripts/entries.mjs';
import { CHECK_RULES } from '../../src/hybrid/codes.ts';

const read = (folder: string, pattern: RegExp): string =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => pattern.test(name))
    .map(name => readFileSync(join(root, folder, name), 'utf8'))
    .join('\n');

describe('docs/hybrid.md', () => {
  it('shows the codes of check', () => {
    expect(writtenCodeTable(), 'the codes are out of date: npm run docs:codes').toBe(codeTable());
  });
});

describe('the codes of check', () => {
  const source = read('src/hybrid', /^(?!codes).*\.ts$/);
  const tests = read('test/hybrid', /\.ts$/);

  it('are unique and in order', () => {
    const codes = CHECK_RULES.map(({ code }) => code);
    expect(codes).toEqual([...new Set(codes)].toSorted());
    expect(new Set(CHECK_RULES.map(({ name }) => name)).size).toBe(codes.length);
  });

  for (const { code, fixes } of CHECK_RULES) {
    it(`are found by a rule and expected by a test: ${code}`, () => {
      expect(source.includes(`'${code}'`), 'a rule').toBe(true);
      expect(tests.includes(`'${code}'`), 'a test').toBe(true);
      expect(fixes.length).toBeGreaterThan(0);
    });
  }
});
