// Holds the reader of Markdown that docs.test.ts stands on.
import { describe, expect, it } from 'vitest';
import { programsOf } from './markdown.ts';

const fence = (info: string, text: string): string => `\`\`\`${info}\n${text}\n\`\`\`\n`;

describe('programsOf()', () => {
  it('takes ts and js blocks and leaves out the rest', () => {
    const page = [fence('ts', 'a();'), fence('ts no-run', 'b();'), fence('sh', 'npm start'), fence('js', 'c();')].join(
      '\n',
    );

    expect(programsOf(page)).toEqual([
      { language: 'ts', line: 1, code: 'a();\n', output: undefined },
      { language: 'js', line: 13, code: 'c();\n', output: undefined },
    ]);
  });

  it('appends a block that continues, and reads the promised output', () => {
    const page = `${fence('ts', 'a();')}\nThen:\n\n<!-- continues -->\n${fence('ts', 'b();')}\n<!-- output -->\n\n${fence('text', 'out')}`;

    expect(programsOf(page)).toEqual([{ language: 'ts', line: 1, code: 'a();\nb();\n', output: 'out\n' }]);
  });

  it('refuses an output or a continuation of nothing', () => {
    expect(() => programsOf(`<!-- output -->\n${fence('text', 'x')}`)).toThrow('line 1: an output without a program');
    expect(() => programsOf(`<!-- continues -->\n${fence('js', 'x')}`)).toThrow('no js block to continue');
  });
});
