// docs/testing.md is true: its tables, the failures it shows, its tests under Vitest, and its program.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { pageWithOutputs, writtenOutput } from '../../scripts/bug-outputs.mjs';
import { root } from '../../scripts/entries.mjs';
import { builtIn } from '../../src/testing/books.ts';
import { faultKinds } from '../../src/testing/faults.ts';
import { usage } from '../../src/testing/simulate-command-line.ts';
import { mutants } from '../mutants/mutants.ts';
import { simulations } from '../simulation/simulations.ts';
import { simulateOptions } from '../../src/testing/simulate-options.ts';
import { programsOf } from '../support/markdown.ts';

const page = readFileSync(join(root, 'docs/testing.md'), 'utf8');

const env = { ...process.env, VITEST: undefined, NODE_OPTIONS: '', NO_COLOR: '1', NODE_ENV: 'development' };
const fromSource = pathToFileURL(join(root, 'scripts/from-source.mjs')).href;

/** The code blocks behind a text, in order. */
function blocksBehind(text: string): readonly string[] {
  return [...page.slice(page.indexOf(text)).matchAll(/^```[^\n]*\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
}

const blockBehind = (text: string): string => blocksBehind(text)[0] ?? '';

/** What most snippets go on from. */
const shop = blockBehind('## A shop to test');

function folderOf(name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(root, '.tmp', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [file, code] of Object.entries(files)) writeFileSync(join(folder, file), code);
  return folder;
}

interface Report {
  readonly testResults: readonly { readonly assertionResults: readonly Result[] }[];
}

interface Result {
  readonly status: string;
  readonly failureMessages: readonly string[];
}

/** Runs test files as a project of a reader would. */
function runVitest(name: string, files: Readonly<Record<string, string>>) {
  const setupFiles = Object.keys(files).filter(file => !file.endsWith('.test.ts'));
  const ours = `import ours from '${pathToFileURL(join(root, 'vitest.config.ts')).href}';\n`;
  const config = `export default { resolve: ours.resolve, test: { setupFiles: ${JSON.stringify(setupFiles)} } };\n`;
  const folder = folderOf(name, { ...files, 'vitest.config.ts': ours + config });
  const output = join(folder, 'report.json');
  const reporter = ['--reporter=json', `--outputFile=${output}`];
  const args = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder, ...reporter];
  const { status } = spawnSync(process.execPath, args, { cwd: folder, stdio: 'ignore', env });
  const report = JSON.parse(readFileSync(output, 'utf8')) as Report;
  return { status, results: report.testResults.flatMap(({ assertionResults }) => assertionResults) };
}

/** The first column of the table behind a comment. */
function namesBehind(comment: string): readonly string[] {
  const rows = page.slice(page.indexOf(comment)).split('\n').slice(3);
  const end = rows.findIndex(row => !row.startsWith('|'));
  return rows.slice(0, end).map(row => row.split('`')[1] ?? '');
}

describe('docs/testing.md', () => {
  it('lists every fault', () => {
    expect(namesBehind('<!-- faults:')).toEqual([...faultKinds]);
  });

  it('lists every option of simulate', () => {
    const rows = page.slice(page.indexOf('<!-- options of simulate:'), page.indexOf('### Faults')).split('\n');
    const named = rows.flatMap(row => row.split('|')[1]?.match(/(?<=`)\w+(?=`)/g) ?? []);
    expect(named.toSorted()).toEqual(simulateOptions.toSorted());
  });

  it('lists every built-in invariant', () => {
    expect(namesBehind('<!-- built in:')).toEqual([...builtIn]);
  });

  it('shows what the simulator prints about a bug; `npm run docs:bugs` rewrites it', () => {
    expect(page).toContain(writtenOutput('race'));
    expect(page).toBe(pageWithOutputs());
  });

  it('lists every matcher', () => {
    const code = readFileSync(join(root, 'src/testing/vitest.ts'), 'utf8');
    const matchers = [...code.matchAll(/^ {2}(to\w+)(?:: matcher\(|\(app: unknown)/gm)].map(([, name]) => name);
    const listed = namesBehind('<!-- matchers:').map(name => name.replace(/\(.*/, ''));
    expect(listed).toEqual(matchers);
  });

  it('lists every option of a simulation program', () => {
    const listed = namesBehind('<!-- program options:').map(name => name.split(' ')[0]);
    const known = [...usage([]).matchAll(/^ {2}(--\w+)/gm)].map(([, name]) => name);
    expect(listed).toEqual([...known, '--help']);
  });

  it('shows the figures of every simulation, fault and invariant', () => {
    const shown = blockBehind('<!-- simulate:');
    const tables = shown.split('\n\n').map(table => table.split('\n').slice(1));
    const names = tables.map(table => table.map(line => line.split(/ {2,}/)[0]));
    expect(names.slice(0, 3)).toEqual([simulations.map(({ name }) => name), [...faultKinds], [...builtIn]]);
  });

  it('counts the mutants', () => {
    expect(page).toContain(`\`npm run mutants\` | ${mutants.length} of ${mutants.length} |`);
  });

  it('starts with a test that runs under Vitest once the line of its diff is changed', { timeout: 60_000 }, () => {
    const [, from = '', to = ''] = /^```diff\n-(.*)\n\+(.*)\n```$/m.exec(page) ?? [];
    const code = programsOf(page)[0]?.code ?? '';
    expect(code).toContain(from);
    const { status, results } = runVitest('first-test', { 'orders.test.ts': code.replace(from, to) });
    expect(results.map(({ status: one }) => one)).toEqual(['passed']);
    expect(status).toBe(0);
  });

  it('shows a test with matchers, and what it prints where it fails', { timeout: 60_000 }, () => {
    const [, setup = ''] = /`(import 'troupe\/testing\/vitest';)`/.exec(page) ?? [];
    const [code = '', printed = ''] = blocksBehind('<!-- vitest -->');
    const early = code.replace("advance('2h')", "advance('1h')");
    expect(early).not.toBe(code);
    const files = { 'setup.ts': setup, 'sound.test.ts': shop + code, 'early.test.ts': shop + early };
    const { results } = runVitest('matchers', files);
    const messages = results.map(({ failureMessages }) => failureMessages.join('\n'));
    expect(messages.toSorted()[0]).toBe('');
    expect(messages.toSorted()[1]).toContain(printed.trimEnd());
  });

  it('shows a program that plays a simulation', { timeout: 60_000 }, () => {
    const [scenario = ''] = blocksBehind('You write what clients do');
    const [program = ''] = blocksBehind('<!-- command -->');
    const plays = scenario.indexOf('const { runs, faults } = await simulate');
    const folder = folderOf('program', { 'main.ts': shop + scenario.slice(0, plays) + program });
    const args = ['--import', fromSource, join(folder, 'main.ts'), '--seeds', '200', '--jobs', '2'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', env });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^shop +200 /mu);
    expect(status).toBe(0);
  });
});
