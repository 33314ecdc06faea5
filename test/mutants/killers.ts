// Killers: what is run against a mutant, its tests or the simulator, and how either says that it noticed.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Mutant } from './mutant.ts';
import { runNode, type Ended } from './programs.ts';

/** What became of one mutant. */
export interface Verdict {
  /** What noticed it; undefined where it survived. */
  readonly killedBy: string | undefined;
  readonly seconds: number;
}

/** How long the sound code takes, by test file. */
export type Durations = ReadonlyMap<string, number>;

export interface Killer {
  applies(mutant: Mutant): boolean;
  /** Throws where the sound code does not pass. */
  prove(root: string, mutants: readonly Mutant[], jobs: number): Promise<Durations>;
  kill(root: string, mutant: Mutant, durations: Durations): Promise<Verdict>;
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly startTime: number;
    readonly endTime: number;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const REPORT = 'mutants.json';
const PROVING_LIMIT_MS = 600_000;
/** The sound code, so many times over, and this for starting. */
const PATIENCE = 4;
const LEAST_LIMIT_MS = 30_000;

const fileOf = (test: string): string => `test/${test}.test.ts`;

async function runTests(
  root: string,
  tests: readonly string[],
  more: { readonly flags: readonly string[]; readonly limitMs: number },
): Promise<{ readonly ended: Ended; readonly report: Report | undefined }> {
  const file = join(root, REPORT);
  rmSync(file, { force: true });
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${file}`];
  const args = ['node_modules/vitest/vitest.mjs', 'run', ...tests.map(fileOf), ...reporters, ...more.flags];
  const ended = await runNode(args, { cwd: root, limitMs: more.limitMs });
  const report = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Report) : undefined;
  return { ended, report };
}

/** Throws where no test has run: that is no bug found, but a mutant that is none. */
function firstFailure({ ended, report }: Awaited<ReturnType<typeof runTests>>): string {
  if (ended.timedOut) return `timed out after ${Math.round(ended.seconds)} s`;
  const results = report?.testResults ?? [];
  const tests = results.flatMap(result => result.assertionResults);
  const failed = tests.find(({ status }) => status === 'failed');
  if (failed) return failed.fullName;
  const message = results.find(result => result.message !== '')?.message ?? ended.output;
  if (!tests.some(({ status }) => status === 'passed')) throw new Error(`no test has run:\n${message}`);
  return /^.*(?:Error|Unhandled|Timeout).*/m.exec(message)?.[0].trim() ?? `exit ${ended.code ?? 'by a signal'}`;
}

/** The tests that each mutant names. */
export const testKiller: Killer = {
  applies: () => true,
  async prove(root, mutants, jobs) {
    const tests = [...new Set(mutants.flatMap(mutant => mutant.tests))];
    const flags = [`--maxWorkers=${jobs}`];
    const { ended, report } = await runTests(root, tests, { flags, limitMs: PROVING_LIMIT_MS });
    if (ended.code !== 0 || !report) throw new Error(`the tests fail without any mutant:\n${ended.output}`);
    const byFile = new Map(report.testResults.map(({ name, startTime, endTime }) => [name, endTime - startTime]));
    return new Map(tests.map(test => [test, byFile.get(join(root, fileOf(test)).replaceAll('\\', '/')) ?? 0]));
  },
  async kill(root, { name, tests }, durations) {
    const limitMs = LEAST_LIMIT_MS + PATIENCE * tests.reduce((sum, test) => sum + (durations.get(test) ?? 0), 0);
    const ran = await runTests(root, tests, { flags: ['--bail=1', '--maxWorkers=1'], limitMs });
    const { code, seconds } = ran.ended;
    if (code === 0) return { killedBy: undefined, seconds };
    try {
      return { killedBy: firstFailure(ran), seconds };
    } catch (cause) {
      throw new Error(`'${name}': ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  },
};

/** So many runs over all simulations of this repository, on one core. */
const SEEDS = '700';

function simulate(root: string): Promise<Ended> {
  const main = ['--import', './scripts/from-source.mjs', 'test/simulation/main.ts'];
  return runNode([...main, '--seeds', SEEDS, '--jobs', '1'], { cwd: root, limitMs: PROVING_LIMIT_MS });
}

/** What the simulator says first when it has found something. */
const firstLine = (output: string): string | undefined => /^.* fails at seed .*$/m.exec(output)?.[0];

/** The simulator, for the mutants that say it finds them. */
export const simulatorKiller: Killer = {
  applies: ({ simulator }) => simulator === true,
  async prove(root) {
    const { code, output } = await simulate(root);
    if (code !== 0) throw new Error(`the simulator fails without any mutant:\n${output}`);
    return new Map();
  },
  async kill(root) {
    const { code, timedOut, output, seconds } = await simulate(root);
    const found = timedOut
      ? `timed out after ${Math.round(seconds)} s`
      : (firstLine(output) ?? output.trim().split('\n').at(-1));
    return { killedBy: code === 0 ? undefined : (found ?? `exit ${code ?? 'by a signal'}`), seconds };
  },
};
