// The table of what a machine may not contain says what the lint does.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/entries.mjs';
import { lintTable, writtenLintTable } from '../../scripts/lint-table.mjs';
import { LINT_RULES } from '../../src/sagas/lint-rules.ts';

const read = (folder: string, pattern: RegExp): string =>
  readdirSync(join(root, folder))
    .filter(name => pattern.test(name))
    .map(name => readFileSync(join(root, folder, name), 'utf8'))
    .join('\n');

describe('docs/sagas.md', () => {
  it('shows the rules of the lint', () => {
    expect(writtenLintTable(), 'the table is out of date: npm run docs:lint').toBe(lintTable());
  });
});

describe('every rule of the lint', () => {
  const source = read('src/sagas', /^lint(?!-rules).*\.ts$/);
  const tests = read('test/sagas', /^lint(?!-docs).*\.test\.ts$/);

  for (const { code, level } of LINT_RULES) {
    it(`is applied and tested: ${code}`, () => {
      expect(source).toContain(`code: '${code}'`);
      expect(tests).toContain(level === 'refused' ? `code: '${code}'` : `'${code} `);
    });
  }
});
