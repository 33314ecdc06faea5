// docs/testing.md says what the simulator does: its tables, the failure it shows, and its first test under Vitest.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { pageWithOutputs, writtenOutput } from '../../scripts/bug-outputs.mjs';
import { root } from '../../scripts/entries.mjs';
import { builtIn } from '../../src/testing/books.ts';
import { faultKinds } from '../../src/testing/faults.ts';
import { simulateOptions } from '../../src/testing/simulate-options.ts';
import { programsOf } from '../support/markdown.ts';

const page = readFileSync(join(root, 'docs/testing.md'), 'utf8');

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
    const rows = page.slice(page.indexOf('<!-- options:'), page.indexOf('### Faults')).split('\n');
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

  it('starts with a test that runs under Vitest once the line of its diff is changed', { timeout: 60_000 }, () => {
    const [, from = '', to = ''] = /^```diff\n-(.*)\n\+(.*)\n```$/m.exec(page) ?? [];
    const code = programsOf(page)[0]?.code ?? '';
    expect(code).toContain(from);
    const folder = join(root, '.tmp/first-test');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'orders.test.ts'), code.replace(from, to));
    const config = pathToFileURL(join(root, 'vitest.config.ts')).href;
    const ours = `import ours from '${config}';\nexport default { resolve: ours.resolve };\n`;
    writeFileSync(join(folder, 'vitest.config.ts'), ours);
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const env = { ...process.env, VITEST: undefined, NODE_OPTIONS: '', NO_COLOR: '1' };
    const run = spawnSync(process.execPath, [vitest, 'run', '--root', folder], { cwd: folder, encoding: 'utf8', env });
    expect(run.stdout + run.stderr).toContain('1 passed');
    expect(run.status).toBe(0);
  });
});
