// Holds the scanner that the rules of tidy.test.ts stand on.
import { describe, expect, it } from 'vitest';
import { importsOf, sourceFile } from './source-text.ts';

describe('sourceFile()', () => {
  it('blanks comments and the insides of strings, and keeps every line where it was', () => {
    const { code, text } = sourceFile('a.ts', "const a = 'Date'; // Date\n/* Date\n */ const b = \"it's\";\nDate;");

    expect(code).toBe("const a = '    '; " + ' '.repeat(7) + '\n' + ' '.repeat(7) + '\n    const b = "    ";\nDate;');
    expect(code).toHaveLength(text.length);
  });

  it('keeps the code inside a template and blanks its text', () => {
    const { code } = sourceFile('a.ts', 'const a = `Date ${f({ a: `b ${Date}` })} Date`; Date;');

    expect(code).toBe('const a = `     ${f({ a: `  ${Date}` })}     `; Date;');
  });

  it('blanks regular expressions and leaves divisions alone', () => {
    const { code } = sourceFile('a.ts', "const a = /['\"/]Date/; const b = c / Date / 2; f(/'/, Date);");

    expect(code).toBe('const a = /         /; const b = c / Date / 2; f(/ /, Date);');
  });
});

describe('importsOf()', () => {
  const imports = (text: string): string[] =>
    importsOf(sourceFile('a.ts', text)).map(
      found => `${found.typeOnly ? 'type ' : ''}${found.specifier}:${found.line}`,
    );

  it('lists every form of import with its line', () => {
    const text = [
      "import a from 'a';",
      "import type { B } from './b.ts';",
      "import {\n  c,\n  type D,\n} from './c.ts';",
      "export { e } from './e.ts';",
      "export type { F } from './f.ts';",
      "import './g.ts';",
      "const h = await import('./h.ts');",
      "export * from './i.ts';",
      "import type from './type.ts';",
    ].join('\n');

    expect(imports(text).toSorted()).toEqual(
      [
        'a:1',
        'type ./b.ts:2',
        './c.ts:6',
        './e.ts:7',
        'type ./f.ts:8',
        './g.ts:9',
        './h.ts:10',
        './i.ts:11',
        './type.ts:12',
      ].toSorted(),
    );
  });

  it('sees no import in comments, strings and ordinary exports', () => {
    const text =
      "// import a from 'a';\nconst b = \"import c from 'd'\";\nexport const from = 'e';\nexport type F = 'g';";

    expect(imports(text)).toEqual([]);
  });
});
