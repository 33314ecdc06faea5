// Judges `check` by apps written before its rules: silent on the correct ones, the exact code on the faulty ones.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CheckCode } from '../../src/hybrid/codes.ts';
import { CHECK_RULES } from '../../src/hybrid/codes.ts';
import { check, createRuntime, type App, type CheckReport } from '../../src/index.ts';

interface Exhibit {
  readonly app: App;
  /** The codes of all findings, one for each finding. */
  readonly expected?: readonly CheckCode[];
  /** Codes that the definitions allow. */
  readonly waived?: readonly CheckCode[];
  readonly hints?: boolean;
}

interface Entry {
  readonly name: string;
  readonly exhibit: Exhibit;
}

const FEWEST = 25;
const correct = await entriesOf('correct');
const faulty = await entriesOf('faulty');

/** The apps of one half of the corpus, in the order of their numbers. */
async function entriesOf(half: string): Promise<readonly Entry[]> {
  const folder = new URL(`corpus/${half}/`, import.meta.url);
  const files = readdirSync(folder).toSorted();
  return Promise.all(
    files.map(async file => ({
      name: file.replace('.ts', ''),
      exhibit: (await import(new URL(file, folder).href)) as Exhibit,
    })),
  );
}

const examine = ({ app, hints }: Exhibit): CheckReport => check(app, { hints });

const codesOf = (findings: readonly { readonly code: CheckCode }[]): readonly CheckCode[] =>
  findings.map(({ code }) => code).toSorted();

describe('check, on a correct app', () => {
  it.each(correct)('is silent: $name', ({ exhibit }) => {
    const { findings, waived, passed } = examine(exhibit);

    expect(findings).toEqual([]);
    expect(codesOf(waived)).toEqual(exhibit.waived ?? []);
    expect(passed).toBe(true);
  });
});

describe('check, on a faulty app', () => {
  it.each(faulty)('finds what is wrong and nothing else: $exhibit.expected in $name', ({ exhibit }) => {
    const { findings } = examine(exhibit);

    expect(codesOf(findings), findings.map(({ code, problem }) => `${code} ${problem}`).join('\n')).toEqual(
      exhibit.expected,
    );
  });
});

describe('the corpus', () => {
  it('has enough apps of both kinds', () => {
    expect(correct.length).toBeGreaterThanOrEqual(FEWEST);
    expect(faulty.length).toBeGreaterThanOrEqual(FEWEST);
  });

  it('has an app for every code', () => {
    const codes = new Set(faulty.flatMap(({ exhibit }) => exhibit.expected ?? []));

    expect(CHECK_RULES.map(({ code }) => code).filter(code => !codes.has(code))).toEqual([]);
  });

  it('looks for hints where it expects one', () => {
    const hints = new Set(CHECK_RULES.filter(({ level }) => level === 'hint').map(({ code }) => code));
    const wants = ({ exhibit }: Entry): boolean => (exhibit.expected ?? []).some(code => hints.has(code));

    expect(faulty.filter(entry => wants(entry) !== (entry.exhibit.hints ?? false))).toEqual([]);
  });

  it('says in the first line of each app what is right or wrong in it', () => {
    const firstLine = (half: string, { name }: Entry): string | undefined =>
      readFileSync(new URL(`corpus/${half}/${name}.ts`, import.meta.url), 'utf8').split('\n', 1)[0];
    const lines = [
      ...correct.map(entry => firstLine('correct', entry)),
      ...faulty.map(entry => firstLine('faulty', entry)),
    ];

    expect(lines.filter(line => !/^\/\/ .+\.$/.test(line ?? ''))).toEqual([]);
  });

  it.each(correct)('has correct apps that start: $name', async ({ exhibit }) => {
    await using runtime = await createRuntime(exhibit.app, { database: ':memory:' });

    expect(runtime.deadLetters.list()).toEqual([]);
  });
});
