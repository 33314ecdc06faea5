import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { simulateCommand, type Simulation, type SimulationReport } from '../../src/testing/index.ts';
import { broken, sound } from './simulate-command-program.ts';

const program = fileURLToPath(new URL('simulate-command-program.ts', import.meta.url));

interface Json {
  readonly ok: boolean;
  readonly problem?: string;
  readonly all: SimulationReport;
  readonly each: readonly SimulationReport[];
}

interface Setup {
  readonly simulations?: readonly Simulation[];
  readonly isTTY?: boolean;
  readonly seedsFile?: string | false;
}

async function run(line: string, { simulations = [sound], isTTY = false, seedsFile = false }: Setup = {}) {
  let text = '';
  const stdout = { isTTY, write: (part: string) => void (text += part) };
  const code = await simulateCommand(simulations, { argv: line.split(' '), stdout, seedsFile });
  return { code, text };
}

async function runJson(line: string, setup?: Setup): Promise<Json> {
  const { text } = await run(`${line} --json`, setup);
  return JSON.parse(text) as Json;
}

/** The program as a process of its own; everybody who takes part says its pid. */
function start(line: string, env: NodeJS.ProcessEnv = {}) {
  const args = [program, ...line.split(' ')];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pids: number[] = [];
  const lines: string[] = [];
  const { promise: allThere, resolve } = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on('line', text => {
    if (!text.startsWith('pid ')) lines.push(text);
    else if (pids.push(Number(text.slice('pid '.length))) === 3) resolve();
  });
  const ended = new Promise<{ code: number | null; signal: string | null }>(done => {
    child.on('close', (code, signal) => done({ code, signal }));
  });
  return { child, pids, lines, allThere, ended };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('simulateCommand', () => {
  it('plays the seeds of all simulations in equal shares, and sums up', async () => {
    const other = { ...sound, name: 'other' };
    const { code, text } = await run('--seeds 20 --jobs 1', { simulations: [sound, other] });

    expect(code).toBe(0);
    expect(text).toMatch(/^sound +10 /mu);
    expect(text).toMatch(/^other +10 /mu);
    expect(text).toMatch(/^crash-after-commit +\d+ +\d+$/mu);
    expect(text).toMatch(/^nothing lost +\d+$/mu);
    expect(text).toMatch(/20 seeds, \d+ commits, \d+ turns in .* seeds\/s\), fingerprint [0-9a-f]{16}\n$/u);
  });

  it('gives the figures as JSON', async () => {
    const { ok, all, each } = await runJson('--seeds 20 --jobs 1');

    expect({ ok, runs: all.runs, names: each.map(({ name }) => name) }).toEqual({
      ok: true,
      runs: 20,
      names: ['sound'],
    });
    expect(all.faults['restart']?.opportunities).toBeGreaterThan(0);
  });

  it('starts from a seed', async () => {
    const [first, second] = [await runJson('--seeds 3 --jobs 1'), await runJson('--seeds 3 --seed 4 --jobs 1')];

    expect(second.all.fingerprint).not.toBe(first.all.fingerprint);
  });

  it('plays one simulation of many', async () => {
    const { each } = await runJson('--seeds 5 --only sound --jobs 1', { simulations: [broken, sound] });

    expect(each.map(({ name, runs }) => [name, runs])).toEqual([['sound', 5]]);
  });

  it('ends when its time is over', async () => {
    const { ok, all } = await runJson('--seconds 0.001 --jobs 1');

    expect({ ok, runs: all.runs }).toEqual({ ok: true, runs: 100 });
  });

  it('explores a crash at every commit', async () => {
    const { ok, all } = await runJson('--explore --jobs 1');

    expect(ok).toBe(true);
    expect(all.faults['crash-after-commit']?.struck).toBeGreaterThan(1);
    expect(all.faults['commit-busy']?.struck).toBe(0);
  });

  it('fails with the message of the run that failed', async () => {
    const { code, text } = await run('--seeds 10 --jobs 1', { simulations: [broken] });

    expect(code).toBe(1);
    expect(text).toContain('broken fails at seed 2: always the total is below 2');
    expect(text).toContain("TROUPE_SEED='broken@2:none'");
  });

  it('keeps a failing seed, and plays it first', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'troupe-simulate-'));
    const seedsFile = join(folder, 'seeds.json');
    try {
      await run('--seeds 10 --jobs 1', { simulations: [broken], seedsFile });
      expect(JSON.parse(readFileSync(seedsFile, 'utf8'))).toEqual({ broken: ['2:none'] });

      const { ok, problem } = await runJson('--seeds 1 --jobs 1', { simulations: [broken], seedsFile });
      expect(ok).toBe(false);
      expect(problem).toContain('broken fails at seed 2');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('fails where a kind of fault never struck and an invariant was never looked at', async () => {
    const idle = { ...sound, scenario: () => Promise.resolve() };
    const { ok, problem } = await runJson('--seeds 500 --jobs 1', { simulations: [idle] });

    expect(ok).toBe(false);
    expect(problem).toMatch(/In 500 runs these faults never struck: .*handler-failure.*never looked at: applied once/u);
  });

  it('expects no fault that all simulations leave out', async () => {
    const calm = { ...sound, options: { faults: ['restart', 'disk-full'] as const } };
    const { problem } = await runJson('--seeds 500 --jobs 1', { simulations: [calm] });

    expect(problem).not.toContain('faults never struck');
  });

  it('draws a bar on a terminal only', async () => {
    const [terminal, file] = [await run('--seeds 2 --jobs 1', { isTTY: true }), await run('--seeds 2 --jobs 1')];

    expect(terminal.text).toMatch(/\r█+░+ 1\/2/u);
    expect(file.text).not.toContain('\r');
  });

  it.each([
    { line: '--sedes 3', problem: '--sedes' },
    { line: '--seeds many', problem: "--seeds is 'many'. Use a whole number from 1." },
    { line: '--seconds 0', problem: "--seconds is '0'. Use a number above 0." },
    { line: '--only nothing', problem: "There is no simulation 'nothing'. Use sound." },
  ])('refuses $line', async ({ line, problem }) => {
    const { code, text } = await run(line);

    expect(code).toBe(1);
    expect(text).toContain(problem);
  });

  it('explains itself', async () => {
    const { code, text } = await run('--help');

    expect(code).toBe(0);
    expect(text).toContain('Plays simulations: sound.');
  });

  describe('with jobs', { timeout: 30_000 }, () => {
    it('plays the same runs as without', async () => {
      const { lines, ended } = start('--seeds 220 --jobs 2 --json');
      const { code } = await ended;
      const parallel = JSON.parse(lines.join('\n')) as Json;
      const alone = await runJson('--seeds 220 --jobs 1');

      expect(code).toBe(0);
      expect({ ...parallel.all, seconds: 0 }).toEqual({ ...alone.all, seconds: 0 });
    });

    it('ends all jobs when one fails', async () => {
      const { lines, pids, ended } = start('--seeds 1000000 --jobs 2', { TROUPE_BROKEN: '1' });
      const { code } = await ended;

      expect(code).toBe(1);
      expect(lines.join('\n')).toContain('broken fails at seed 2');
      expect(pids.filter(pid => isAlive(pid))).toEqual([]);
    });

    it('ends all jobs when it is interrupted', async () => {
      const { child, pids, allThere, ended } = start('--seconds 600 --jobs 2');
      await allThere;
      child.kill('SIGINT');
      const { signal } = await ended;

      expect(signal).toBe('SIGINT');
      expect(pids.filter(pid => isAlive(pid))).toEqual([]);
    });
  });
});
