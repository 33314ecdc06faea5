// simulate: which runs it plays, how it fails, what it keeps, and which options it refuses (H1, H2).
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  always,
  eventually,
  measureCoverage,
  simulate,
  SimulationFailedError,
  type Scenario,
  type SimulateOptions,
} from '../../src/testing/index.ts';
import { app, appOf, Count, counters, Fetch, scenario } from './simulation-kit.ts';

const short: Scenario = ({ client }) => client.ask(Count, { id: 'a', n: 1 });
const fetchOnce: Scenario = ({ client }) => client.ask(Fetch, { id: 'f', n: 1 }, { timeout: '1d' });
const directories: string[] = [];

function setup(text?: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'troupe-simulate-'));
  directories.push(directory);
  const file = join(directory, 'seeds.json');
  if (text !== undefined) writeFileSync(file, text);
  return file;
}

afterEach(() => {
  vi.unstubAllEnvs();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

const oneBody = always('one body', t => t.attempts().length < 2);
const fragile: SimulateOptions = { name: 'fragile', seeds: 60, invariants: [oneBody], faults: ['crash-between-turns'] };

async function failureOf(options: SimulateOptions, of: Scenario = fetchOnce): Promise<SimulationFailedError> {
  try {
    await simulate(app, of, options);
  } catch (error) {
    if (error instanceof SimulationFailedError) return error;
    throw error;
  }
  throw new Error('It did not fail.');
}

describe('simulate', () => {
  it('plays so many seeds, one in a hundred twice, and tells how it went', async () => {
    const told: number[] = [];
    const report = await simulate(app, short, {
      seeds: 101,
      seedsFile: false,
      onProgress: ({ done, total }) => told.push(done, total ?? 0),
    });
    expect(report).toMatchObject({ name: 'simulation', runs: 101, twice: 2, uncontrolled: [] });
    expect(told.slice(-4)).toEqual([100, 101, 101, 101]);
  });

  it('has the same fingerprint for the same seeds, and another for others', async () => {
    const fingerprintOf = async (seed: number): Promise<string> =>
      (await simulate(app, short, { seeds: 5, seed, seedsFile: false })).fingerprint;
    expect(await fingerprintOf(1)).toBe(await fingerprintOf(1));
    expect(await fingerprintOf(1)).not.toBe(await fingerprintOf(2));
  });

  it('notes what its runs exercise, and what they do not', async () => {
    const coverage = measureCoverage(app);
    await simulate(app, short, { seeds: 3, seedsFile: false, coverage });
    const { handlers } = coverage.report();
    expect(handlers.missing).toContain('fetchers: fetch');
    expect(handlers.missing).not.toContain('counters: count');
  });

  it('ends when its time is over', async () => {
    const { runs } = await simulate(app, short, { seconds: 0.05, seedsFile: false });
    expect(runs).toBeGreaterThan(0);
  });

  it('strikes with no other kinds of faults than it is given', async () => {
    const { faults } = await simulate(app, scenario, { seeds: 40, faults: ['restart'], seedsFile: false });
    const struck = Object.entries(faults).flatMap(([kind, { struck: times }]) => (times > 0 ? [kind] : []));
    expect(struck).toEqual(['restart']);
  });

  it('finds an app that is not the same run twice', async () => {
    let calls = 0;
    const remembering = appOf({
      onCount: () => {
        calls += 1;
        if (calls === 1) throw new Error('the first call of this process');
      },
    });
    const simulated = simulate(remembering, short, { seeds: 1, faults: [], seedsFile: false });
    await expect(simulated).rejects.toMatchObject({
      code: 'simulation-failed',
      message: expect.stringMatching(/Seed 1 of simulation is not the same run twice .* make the app anew/),
    });
  });

  it('makes the app anew for each run where it is given how', async () => {
    let made = 0;
    await simulate(
      () => {
        made += 1;
        return appOf();
      },
      short,
      { seeds: 3, seedsFile: false },
    );
    expect(made).toBe(4);
  });

  it('makes the app anew for the runs that shrink a failure', async () => {
    const remembering = () => {
      const seen = new Set<number>();
      return appOf({
        onCount: ({ attempt }) => {
          if (attempt > 1 || seen.has(1)) throw new Error('it remembers what was rolled back');
          seen.add(1);
        },
      });
    };
    const counted = eventually('it is counted', t => t.state(counters, 'a')?.count === 1);
    const simulated = simulate(remembering, short, { seeds: 60, seedsFile: false, invariants: [counted] });
    await expect(simulated).rejects.toMatchObject({ faults: [expect.anything()] });
  });
});

describe('a simulation that fails', () => {
  it('quotes its name for a shell where it says how to see it again', async () => {
    const failure = await failureOf({ ...fragile, name: "the cat's", seedsFile: false });
    expect(failure.rerun).toMatch(/^TROUPE_SEED='the cat'\\''s@/);
  });

  it('says at which seed, why, with which faults, and how to see it again', async () => {
    const failure = await failureOf({ ...fragile, seedsFile: false });
    expect(failure).toMatchObject({
      code: 'simulation-failed',
      invariant: 'always one body',
      faults: [expect.stringMatching(/^crash-between-turns#\d+$/)],
    });
    expect(failure.message).toContain(`fragile fails at seed ${failure.seed}: always one body: it does not hold`);
    expect(failure.message).toContain(`TROUPE_SEED='fragile@${failure.seed}:${failure.faults.join()}' npx vitest run`);
    expect(failure.message).toContain('fetch');
  });

  it('fails in the same way when it is run again as it says', async () => {
    const failure = await failureOf({ ...fragile, seedsFile: false });
    vi.stubEnv('TROUPE_SEED', /TROUPE_SEED='(.*)'/.exec(failure.rerun)?.[1]);
    expect((await failureOf({ ...fragile, seedsFile: false })).message).toBe(failure.message);
  });

  it('fails at the same seed when only that is asked for', async () => {
    const failure = await failureOf({ ...fragile, seedsFile: false });
    vi.stubEnv('TROUPE_SEED', String(failure.seed));
    expect((await failureOf({ ...fragile, seedsFile: false })).message).toBe(failure.message);
  });

  it('plays nothing where another simulation is asked for', async () => {
    vi.stubEnv('TROUPE_SEED', 'another@1');
    expect(await simulate(app, fetchOnce, { ...fragile, seedsFile: false })).toMatchObject({ runs: 0 });
  });

  it('refuses to be asked for what is no run', async () => {
    vi.stubEnv('TROUPE_SEED', 'fragile@one');
    await expect(simulate(app, fetchOnce, fragile)).rejects.toMatchObject({ code: 'invalid-options' });
  });

  it('keeps what has failed, and runs it first for ever', async () => {
    const seedsFile = setup();
    const { seed, faults } = await failureOf({ ...fragile, seedsFile });
    expect(JSON.parse(readFileSync(seedsFile, 'utf8'))).toEqual({ fragile: [`${seed}:${faults.join()}`] });
    const again = await failureOf({ ...fragile, seedsFile, seed: 1_000, seeds: 1 });
    expect(again).toMatchObject({ seed, faults });
  });

  it('plays a kept run that passes besides its seeds', async () => {
    const seedsFile = setup('{"simulation":["9:restart#1"]}');
    expect(await simulate(app, short, { seeds: 2, seedsFile })).toMatchObject({
      runs: 3,
      faults: { restart: expect.objectContaining({ struck: expect.any(Number) }) },
    });
  });

  it('keeps nothing where nothing is to be kept', async () => {
    const kept = (): string => (existsSync('troupe-seeds.json') ? readFileSync('troupe-seeds.json', 'utf8') : '');
    const before = kept();
    await failureOf({ ...fragile, seedsFile: false });
    expect(kept()).toBe(before);
  });

  it('is refused a file that is none of failing seeds', async () => {
    await expect(simulate(app, short, { seedsFile: setup('[1]') })).rejects.toMatchObject({ code: 'invalid-options' });
  });
});

describe('H2 exploring every commit', () => {
  const explore: SimulateOptions = { explore: 'every-commit', name: 'explored', seedsFile: false };

  it('dies at every commit in three ways, and in pairs, and always comes to the same end', async () => {
    const { runs, faults } = await simulate(app, scenario, {
      ...explore,
      pairs: 10,
      end: t => ({ a: t.state(counters, 'a')?.count ?? 0, dead: t.deadLetters.list().length }),
    });
    const points = faults['crash-after-commit']?.opportunities ?? 0;
    expect(points).toBeGreaterThan(0);
    for (const kind of ['crash-before-commit', 'crash-after-commit', 'crash-in-release']) {
      expect(faults[kind]?.struck).toBeGreaterThan(10);
    }
    expect(runs).toBeGreaterThan(40);
  });

  const bodies: SimulateOptions = { ...explore, end: t => t.attempts().length };

  it('names the crash with which a run ends otherwise, and both ends', async () => {
    const failure = await failureOf(bodies);
    expect(failure).toMatchObject({
      invariant: 'the same end with a crash',
      faults: [expect.stringMatching(/^crash-/)],
    });
    expect(failure.message).toMatch(/it is 2, without a crash 1/);
    expect(failure.message).toContain('conversation');
  });

  it('finds it again when it is run again', async () => {
    const failure = await failureOf(bodies);
    vi.stubEnv('TROUPE_SEED', /TROUPE_SEED='(.*)'/.exec(failure.rerun)?.[1]);
    expect((await failureOf(bodies)).invariant).toBe('the same end with a crash');
  });

  it('holds every explored run to the invariants', async () => {
    const failure = await failureOf({
      ...explore,
      invariants: [eventually('one body', t => t.attempts().length === 1)],
    });
    expect(failure.invariant).toBe('eventually one body');
  });
});

describe('options of simulate', () => {
  const wrong: readonly Readonly<Record<string, unknown>>[] = [
    { seedz: 1 },
    { toString: 1 },
    { name: '' },
    { seeds: 0 },
    { seeds: 1.5 },
    { seconds: 0 },
    { seconds: '1' },
    { seed: 'one' },
    { faults: 'restart' },
    { faults: ['earthquake'] },
    { invariants: [() => true] },
    { explore: 'everything' },
    { pairs: -1 },
    { end: 3 },
    { horizon: 'soon' },
    { coverage: {} },
    { now: 'soon' },
    { seedsFile: true },
    { onProgress: 'yes' },
  ];

  it.each(wrong)('refuses %j', async options => {
    await expect(simulate(app, short, options as SimulateOptions)).rejects.toMatchObject({
      code: expect.stringMatching(/^invalid-/),
      message: expect.stringContaining(Object.keys(options)[0] ?? ''),
    });
  });

  it('refuses what is no app', async () => {
    await expect(simulate({} as never, short, { seedsFile: false })).rejects.toMatchObject({ code: 'invalid-options' });
  });

  it('refuses what is no scenario', async () => {
    await expect(simulate(app, 'scenario' as never, { seedsFile: false })).rejects.toMatchObject({
      code: 'invalid-options',
    });
  });
});
