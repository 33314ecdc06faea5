// Holds the form of the source: layers, third parties, sizes, names, first lines, documented error codes.
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { purposeOf, tree, writtenTree } from '../scripts/architecture-tree.mjs';
import { root } from '../scripts/entries.mjs';
import { table, writtenTable } from '../scripts/rule-tests.mjs';
import { layerOf, layers, packages, platformModules } from './support/layers.ts';
import { importsOf, lineAt, readSources, sourceFile } from './support/source-text.ts';
import type { SourceFile } from './support/source-text.ts';

/** A rule, and files that break it: a rule that cannot fail is no rule. */
interface Rule {
  readonly name: string;
  readonly check: (files: readonly SourceFile[]) => string[];
  readonly planted: Readonly<Record<string, string>>;
}

const source = readSources(join(root, 'src'));

/** Reports every match in the code of each file, comments and strings aside. */
function refuse(pattern: RegExp, why: string, where: (path: string) => boolean = () => true) {
  return (files: readonly SourceFile[]): string[] =>
    files
      .filter(file => where(file.path))
      .flatMap(({ path, code }) =>
        [...code.matchAll(pattern)].map(match => `src/${path}:${lineAt(code, match.index)} ${match[0].trim()}: ${why}`),
      );
}

/** Reports every line for which `wrong` has something to say. */
function lines(wrong: (line: string) => string | undefined) {
  return (files: readonly SourceFile[]): string[] =>
    files.flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, index) => {
        const problem = wrong(line);
        return problem === undefined ? [] : [`src/${path}:${index + 1} ${problem}`];
      }),
    );
}

function checkLayers(files: readonly SourceFile[]): string[] {
  return files.flatMap(file => {
    const layer = layerOf(file.path);
    if (layer === undefined) return [`src/${file.path} is in no layer: add it to the table in test/support/layers.ts`];
    return importsOf(file).flatMap(({ specifier, typeOnly, line }) => {
      if (!specifier.startsWith('.')) return [];
      const target = layerOf(posix.join(posix.dirname(file.path), specifier));
      const seen = [layer.name, ...layer.sees, ...(typeOnly ? layer.sees.map(name => name.replace(/^type /, '')) : [])];
      if (target !== undefined && seen.includes(target.name)) return [];
      const kind = typeOnly ? 'types of ' : '';
      return [`src/${file.path}:${line} ${specifier}: ${layer.name} may not import ${kind}${target?.name ?? 'this'}`];
    });
  });
}

function checkPackages(files: readonly SourceFile[]): string[] {
  return files.flatMap(file =>
    importsOf(file).flatMap(({ specifier, typeOnly, line }) => {
      if (specifier.startsWith('.')) return [];
      const at = `src/${file.path}:${line} ${specifier}`;
      if (specifier.startsWith('node:')) {
        const confined = platformModules.includes(specifier) && !file.path.startsWith('runtime/platform/');
        return confined ? [`${at}: only in src/runtime/platform/`] : [];
      }
      const allowed = Object.entries(packages).find(
        ([name]) => specifier === name || specifier.startsWith(`${name}/`),
      )?.[1];
      const folders = (typeOnly ? allowed?.types : allowed?.values) ?? [];
      if (folders.some(folder => file.path.startsWith(folder))) return [];
      return [`${at}: ${folders.length === 0 ? 'not a package of src' : `only in ${folders.join(', ')}`}`];
    }),
  );
}

function checkCycles(files: readonly SourceFile[]): string[] {
  const edges = new Map(
    files.map(file => [
      file.path,
      importsOf(file)
        .filter(found => !found.typeOnly && found.specifier.startsWith('.'))
        .map(found => posix.join(posix.dirname(file.path), found.specifier)),
    ]),
  );
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string[] => {
    if (trail.includes(path)) return [`cycle: ${[...trail.slice(trail.indexOf(path)), path].join(' -> ')}`];
    if (done.has(path)) return [];
    const found = (edges.get(path) ?? []).flatMap(next => visit(next, [...trail, path]));
    done.add(path);
    return found;
  };
  return [...edges.keys()].flatMap(path => visit(path, []));
}

const outside = (folder: string) => (path: string) => !path.startsWith(folder);
const clean = "// Says what it is for.\nexport const a: string = 'any Date, console.log';\n";
const globals = 'setTimeout|setInterval|setImmediate|queueMicrotask|performance|crypto|Date';

const rules: Rule[] = [
  {
    name: 'imports down the layers only',
    check: checkLayers,
    planted: {
      'runtime/store/a.ts': "import { b } from '../delivery/b.ts';",
      'actors/a.ts': "import type { B } from '../sagas/b.ts';",
      'sagas/a.ts': "import { now } from '../runtime/platform/clock.ts';",
      'somewhere/a.ts': clean,
    },
  },
  {
    name: 'keeps each third party in its room',
    check: checkPackages,
    planted: {
      'runtime/delivery/a.ts': "import Database from 'better-sqlite3';",
      'actors/a.ts': "import type { Emitter } from 'mitt';",
      'runtime/message/a.ts': "import { z } from 'zod';",
      'runtime/turn/a.ts': "import { setTimeout } from 'node:timers/promises';",
    },
  },
  {
    name: 'imports values without cycles',
    check: checkCycles,
    planted: { 'runtime/a.ts': "import './b.ts';", 'runtime/b.ts': "import { a } from './a.ts';" },
  },
  {
    name: 'reads time, makes ids and sets timers in the platform only',
    check: refuse(
      new RegExp(
        `(?<![.\\w$]|\\b(?:instanceof|extends) )(?:(?:globalThis\\.)?(?:${globals})\\b(?!\\??:)|Math\\.random\\b|process\\.(?:nextTick|hrtime)\\b|AbortSignal\\.timeout\\b)`,
        'g',
      ),
      'goes through src/runtime/platform',
      outside('runtime/platform/'),
    ),
    planted: {
      'runtime/a.ts': 'const now = Date.now();',
      'runtime/b.ts': 'const id = Math.random();',
      'sagas/a.ts': 'globalThis.setTimeout(f, 1);',
      'actors/a.ts': 'process.nextTick(f);',
    },
  },
  {
    name: 'writes nothing to the console',
    check: refuse(/\bconsole\b(?!\??:)/g, 'log through the Logger, print through the stream that was passed in'),
    planted: { 'actors/a.ts': "console.log('x');" },
  },
  {
    name: 'has no enum, namespace, decorator or `export *`',
    check: refuse(
      /(?<=^|[;}\n])\s*(?:(?:export\s+|declare\s+|const\s+)*(?:enum|namespace)\s+\w[\w.]*\s*\{|@\w+|export\s*\*)/g,
      'not used here',
    ),
    planted: {
      'runtime/a.ts': 'export enum A { B }',
      'runtime/b.ts': 'declare namespace A { }',
      'runtime/c.ts': "export * from './d.ts';",
      'runtime/d.ts': '@sealed\nclass A {}',
    },
  },
  {
    name: 'has no `any`',
    check: refuse(/(?<![.\w$])any\b(?!\s*[(:=?])/g, 'use unknown and narrow it'),
    planted: {
      'runtime/a.ts': 'let a: any;',
      'runtime/b.ts': 'f(a as any);',
      'runtime/c.ts': 'type A = Map<string, any>;',
    },
  },
  {
    name: 'builds no SQL from templates outside the store',
    check: refuse(
      /\.(?:prepare|exec)\s*(?:<[^()]*>)?\(\s*`/g,
      'use a named statement of the store',
      outside('runtime/store/'),
    ),
    planted: { 'runtime/turn/a.ts': 'database.prepare(`SELECT ${x}`);', 'sagas/a.ts': 'db.exec(\n`DROP`);' },
  },
  {
    name: 'keeps files within 400 lines',
    check: files =>
      files
        .map(({ path, text }) => ({ path, count: text.trimEnd().split('\n').length }))
        .filter(({ count }) => count > 400)
        .map(({ path, count }) => `src/${path} has ${count} lines`),
    planted: { 'runtime/a.ts': '\n'.repeat(400) + clean },
  },
  {
    name: 'keeps lines within 120 columns',
    check: lines(line => (line.length > 120 ? `has ${line.length} columns` : undefined)),
    planted: { 'runtime/a.ts': `// ${'x'.repeat(118)}` },
  },
  {
    name: 'leaves no TODO behind',
    check: lines(line => /\b(?:TODO|FIXME|XXX|HACK)\b/.exec(line)?.[0]),
    planted: { 'runtime/a.ts': '// TODO: later' },
  },
  {
    name: 'names files in kebab-case',
    check: files =>
      files
        .filter(({ path }) => !/^(?:[a-z0-9]+(?:-[a-z0-9]+)*\/)*[a-z0-9]+(?:-[a-z0-9]+)*\.ts$/.test(path))
        .map(({ path }) => path),
    planted: { 'runtime/fooBar.ts': clean, 'Actors/a.ts': clean },
  },
  {
    name: 'opens each file with one sentence that says what it is for',
    check: files =>
      files
        .filter(({ text }) => purposeOf(text) === '' || /[.!?] [A-Z]/.test(purposeOf(text)))
        .map(({ path }) => `src/${path}: the first line is not \`// <one sentence>.\``),
    planted: { 'runtime/a.ts': 'export {};', 'runtime/b.ts': '// No full stop', 'runtime/c.ts': '// One. Two.' },
  },
];

describe('src', () => {
  for (const rule of rules) {
    it(rule.name, () => {
      expect(rule.check(source)).toEqual([]);
    });
  }
});

describe('the rules', () => {
  for (const rule of rules) {
    it(`catch a planted fault: ${rule.name}`, () => {
      const planted = Object.entries(rule.planted).map(([path, text]) => sourceFile(path, text));
      const found = rule.check(planted).join('\n');

      if (rule.check === checkCycles) expect(found).toContain('runtime/a.ts -> runtime/b.ts -> runtime/a.ts');
      else for (const { path } of planted) expect(found).toContain(path);
    });

    it(`let clean code pass: ${rule.name}`, () => {
      expect(rule.check([sourceFile('runtime/clean.ts', clean)])).toEqual([]);
    });
  }

  it('name only layers that exist', () => {
    const names = new Set(layers.map(layer => layer.name));

    expect(layers.flatMap(layer => layer.sees).filter(name => !names.has(name.replace(/^type /, '')))).toEqual([]);
  });
});

describe('docs/architecture.md', () => {
  it('shows the tree that the source files describe', () => {
    expect(writtenTree(), 'the tree is out of date: npm run docs:tree').toBe(tree());
  });
});

describe('docs/guarantees.md', () => {
  it('names the tests that hold each rule', () => {
    expect(writtenTable(), 'the table is out of date: npm run docs:rules').toBe(table());
  });
});

describe('error codes', () => {
  const errors = readFileSync(join(root, 'src/runtime/errors.ts'), 'utf8');
  const union = /export type ErrorCode =(?<codes>[^;]*);/.exec(errors)?.groups?.['codes'] ?? '';
  const codes = [...union.matchAll(/'(?<code>[a-z-]+)'/g)].map(match => match[1] ?? '');

  it('are documented in docs/errors.md, and nothing else is', () => {
    const page = join(root, 'docs/errors.md');
    const text = existsSync(page) ? readFileSync(page, 'utf8') : '';
    const documented = [...text.matchAll(/^(?:\| *|#+ +)`(?<code>[a-z-]+)`/gm)].map(match => match[1] ?? '');

    expect(codes.length).toBeGreaterThan(0);
    expect(documented.toSorted()).toEqual(codes.toSorted());
  });

  it('are each provoked by a test', () => {
    const tests = readSources(join(root, 'test')).filter(file => file.path !== 'tidy.test.ts');
    const untested = codes.filter(code => !tests.some(({ text }) => new RegExp(`['"\`]${code}['"\`]`).test(text)));

    expect(untested, 'no test mentions these codes; provoke each in a test, or remove the code').toEqual([]);
  });
});
