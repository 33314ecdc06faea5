// Compiles and runs every program in README.md and docs/, and compares what it prints with what the page says it prints.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { root } from '../scripts/entries.mjs';
import { programsOf } from './support/markdown.ts';
import type { Program } from './support/markdown.ts';

const folder = join(root, '.tmp/docs');
const fromSource = pathToFileURL(join(root, 'scripts/from-source.mjs')).href;

interface Snippet extends Program {
  readonly title: string;
  readonly file: string;
}

/** Writes each program of the pages into a folder of its own and says where. */
function writeSnippets(pages: readonly string[]): Snippet[] {
  rmSync(folder, { recursive: true, force: true });
  return pages.flatMap(page =>
    programsOf(readFileSync(join(root, page), 'utf8')).map(program => {
      const home = join(folder, `${page.replaceAll(/[/.]/g, '-')}-${program.line}`);
      const file = join(home, program.language === 'ts' ? 'main.ts' : 'main.mjs');
      mkdirSync(home, { recursive: true });
      writeFileSync(file, program.code);
      return { ...program, title: `${page}:${program.line}`, file };
    }),
  );
}

function pagesOf(): string[] {
  const docs = existsSync(join(root, 'docs'))
    ? readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    : [];
  return ['README.md', ...docs.filter(path => path.endsWith('.md')).map(path => `docs/${path.replaceAll('\\', '/')}`)]
    .filter(page => existsSync(join(root, page)))
    .toSorted();
}

function typeCheck(): string {
  const config = {
    extends: '../../tsconfig.json',
    // A page shows one thing at a time; what it does not use is for the reader's next step.
    compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, checkJs: false },
    include: ['**/*.ts'],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  return spawnSync(process.execPath, [tsc, '-p', folder], { cwd: root, encoding: 'utf8' }).stdout;
}

const snippets = writeSnippets(pagesOf());

describe('the programs of README.md and docs/', () => {
  it('compile', { timeout: 60_000 }, () => {
    const hasTypes = snippets.some(snippet => snippet.language === 'ts');

    expect(hasTypes ? typeCheck() : '').toBe('');
  });

  for (const { title, file, output } of snippets) {
    it(`run: ${title}`, { timeout: 60_000 }, () => {
      const args = ['--import', fromSource, file];
      // Colours and warnings belong to the terminal of the reader, not to the page.
      const env = { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '', NODE_ENV: 'development' };

      const run = spawnSync(process.execPath, args, { cwd: join(file, '..'), encoding: 'utf8', env, timeout: 50_000 });

      expect(
        run.status,
        `${title} (${relative(root, file)}) ended with ${run.signal ?? run.status}:\n${run.stderr}`,
      ).toBe(0);
      if (output !== undefined) expect(run.stdout.trimEnd()).toBe(output.trimEnd());
    });
  }
});
