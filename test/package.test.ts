// Installs the packed tarball in an empty folder and runs the README's first program there, the way its users would.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../scripts/entries.mjs';
import { pack } from '../scripts/pack.mjs';
import { programsOf } from './support/markdown.ts';
import type { Program } from './support/markdown.ts';

const windows = process.platform === 'win32';
const minutes = 60_000;

interface Result {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly cwd: string;
  readonly node?: string;
}

function run(args: readonly string[], { cwd, node = process.execPath }: RunOptions): Result {
  const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' };
  return spawnSync(node, args, { cwd, env, encoding: 'utf8', timeout: minutes });
}

/** Runs a command of npm, or of this repository, and fails with what it printed. */
function must(command: string, args: readonly string[], cwd: string): void {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', shell: windows });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`);
}

function install(cwd: string, ...what: string[]): void {
  must('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', ...what], cwd);
}

/** A folder that is a package and depends on nothing yet. */
function emptyPackage(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const allowScripts = { node: true, 'better-sqlite3': false };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', allowScripts }));
  return folder;
}

/** A Node.js of another version, from the registry. */
function installNode(folder: string, version: string): string {
  install(emptyPackage(folder), '--no-save', `node@${version}`);
  return join(folder, 'node_modules/node/bin', windows ? 'node.exe' : 'node');
}

/** The Node 20 of this machine, or one from the registry. */
function findNode20(folder: string): string {
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map(place => join(place, windows ? 'node.exe' : 'node'))
    .filter(node => existsSync(node))
    .find(node => run(['--version'], { cwd: root, node }).stdout.startsWith('v20.'));
  return onPath ?? installNode(folder, '20');
}

function firstProgram(): Program {
  const readme = join(root, 'README.md');
  const program = existsSync(readme)
    ? programsOf(readFileSync(readme, 'utf8')).find(({ language }) => language === 'ts')
    : undefined;
  if (program === undefined) throw new Error('README.md has no ts block: the first one is the program this test runs');
  return program;
}

/** What the program imports besides this package, at the versions this repository tests with. */
function companions(code: string): string[] {
  const names = [...code.matchAll(/\bfrom '(?<name>[^'.][^']*)'/g)].map(match => match[1] ?? '');
  return [...new Set(names)]
    .filter(name => !name.startsWith('node:') && !/^troupe\b/.test(name))
    .map(name => {
      const { version } = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'));
      return `${name}@${version}`;
    });
}

/** The program as CommonJS: imports become require(), and top-level await moves into a function. */
function toCommonJs(javaScript: string): string {
  const imports = /^import\s+(?<names>\{[^}]*\}|\w+)\s+from\s+(?<specifier>'[^']+');?$/gm;
  const body = javaScript
    .replaceAll(imports, (_, names: string, specifier: string) => {
      const value = names.startsWith('{') ? `require(${specifier})` : `require(${specifier}).default`;
      return `const ${names.replaceAll(' as ', ': ')} = ${value};`;
    })
    .replaceAll(/^export (?=const|let|class|function|async)/gm, '');
  return `(async () => {\n${body}\n})();\n`;
}

describe('the packed package', () => {
  const temporary = mkdtempSync(join(tmpdir(), 'troupe-package-'));
  const consumer = emptyPackage(join(temporary, 'consumer'));
  let files: string[] = [];
  let size = 0;
  let program: Program;

  beforeAll(() => {
    must('npm', ['run', '--silent', 'build'], root);
    const tarball = pack(temporary);
    ({ files, size } = tarball);
    program = firstProgram();
    install(consumer, tarball.path, ...companions(program.code));
    const javaScript = stripTypeScriptTypes(program.code);
    writeFileSync(join(consumer, 'program.ts'), program.code);
    writeFileSync(join(consumer, 'program.mjs'), javaScript);
    writeFileSync(join(consumer, 'program.cjs'), toCommonJs(javaScript));
  }, 3 * minutes);

  afterAll(() => rmSync(temporary, { recursive: true, force: true }));

  /** Runs one form of the program in a fresh working directory, and expects what the README promises. */
  const expectToRun = (file: string, node: string = process.execPath, flags: readonly string[] = []): void => {
    const cwd = mkdtempSync(join(temporary, 'run-'));
    const result = run([...flags, join(consumer, file)], { cwd, node });

    expect(result.status, `${file} ended with ${result.signal ?? result.status}:\n${result.stderr}`).toBe(0);
    if (program.output !== undefined) expect(result.stdout.trimEnd()).toBe(program.output.trimEnd());
  };

  it('holds what dist has been built from src, the pages about it, and nothing else', () => {
    const surplus = files.filter(
      file => !/^dist\/.*\.(?:js|d\.ts)$|^(?:README\.md|LICENSE|CHANGELOG\.md|package\.json)$/.test(file),
    );

    expect(surplus).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining(['LICENSE', 'CHANGELOG.md', 'README.md', 'package.json', 'dist/index.js']),
    );
    expect(files.filter(file => /(?:^|\/)tests?\/|\.test\./.test(file))).toEqual([]);
    expect(size, 'the tarball has become large').toBeLessThan(1024 * 1024);
  });

  it('brings no test framework, schema library or tool to its users', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const intruders = Object.keys(dependencies).filter(name =>
      /vitest|fast-check|zod|valibot|arktype|oxlint/.test(name),
    );

    expect(intruders).toEqual([]);
  });

  it('runs the first program as TypeScript on this Node.js', { timeout: minutes }, () => {
    expectToRun('program.ts');
  });

  it('runs the first program as JavaScript, by import', { timeout: minutes }, () => {
    expectToRun('program.mjs');
  });

  it('runs the first program as CommonJS, by require', { timeout: minutes }, () => {
    expectToRun('program.cjs');
  });

  it(
    'type-checks the first program against the published declarations, every library checked',
    { timeout: minutes },
    () => {
      const config = {
        extends: join(root, 'tsconfig.base.json'),
        compilerOptions: {
          noEmit: true,
          skipLibCheck: false,
          // The declarations of xstate do not compile under it; ours have been checked with it already.
          exactOptionalPropertyTypes: false,
          noUnusedLocals: false,
          typeRoots: [join(root, 'node_modules/@types')],
        },
        files: ['program.ts'],
      };
      writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify(config));

      const { status, stdout } = run([join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'], { cwd: consumer });

      expect(stdout).toBe('');
      expect(status).toBe(0);
    },
  );

  it('runs on the oldest Node.js it supports, in all three forms', { timeout: 3 * minutes }, () => {
    const node = installNode(join(temporary, 'oldest'), '22.14.0');

    expectToRun('program.ts', node, ['--experimental-strip-types']);
    expectToRun('program.mjs', node);
    expectToRun('program.cjs', node);
  });

  it.each([
    ['20', findNode20],
    // The last before Node-API 10: it passes the `engines` of better-sqlite3, which then crashes on it.
    ['22.13.1', (folder: string) => installNode(folder, '22.13.1')],
  ])('refuses Node.js %s with `node-too-old` and no crash', { timeout: 3 * minutes }, (version, findNode) => {
    const node = findNode(join(temporary, `node-${version}`));
    const code = 'console.log(error.code); console.log(error.message); process.exit(3);';
    writeFileSync(join(consumer, 'old.mjs'), `import('troupe').catch(error => { ${code} });`);

    const result = run(['old.mjs'], { cwd: consumer, node });

    expect(result).toMatchObject({ status: 3, signal: null });
    expect(result.stdout).toContain('node-too-old\nTroupe needs Node.js 22.14.0 or newer');
    expect(result.stdout).toContain(`this is ${version}.`);
  });
});
