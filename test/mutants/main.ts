// npm run mutants: plants one bug after the other in a copy of the source; the tests have to notice every one.
//
//   npm run mutants                            all of them; exits with 1 where one survives
//   npm run mutants -- --only 'NAME' --only …  these
//   npm run mutants -- --jobs 4                so many at once (default 2)
//   npm run mutants -- --with simulator        the simulator instead of the tests, for the mutants it finds
//   npm run mutants -- --json                  the verdicts as JSON
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root as checkout } from '../../scripts/entries.mjs';
import { simulatorKiller, testKiller, type Durations, type Killer, type Verdict } from './killers.ts';
import type { Mutant } from './mutant.ts';
import { mutants } from './mutants.ts';
import { endPrograms } from './programs.ts';
import { removeWorkshops, Workshop, workshopFolder } from './workshop.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    jobs: { type: 'string', default: '2' },
    with: { type: 'string', default: 'tests' },
    json: { type: 'boolean', default: false },
  },
});
const killers: Readonly<Record<string, Killer>> = { tests: testKiller, simulator: simulatorKiller };

type Row = Verdict & { readonly mutant: Mutant };

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
const KILLER_COLUMNS = 76;

const tell = (line: string): void => void process.stderr.write(`${line}\n`);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

function fail(problem: string): never {
  throw new Error(problem);
}

function chosen(killer: Killer): readonly Mutant[] {
  const unknown = values.only.filter(name => !mutants.some(mutant => mutant.name === name));
  if (unknown.length > 0) fail(`no mutant is called '${unknown.join("', '")}'`);
  const some = mutants.filter(({ name }) => values.only.length === 0 || values.only.includes(name));
  return some.filter(mutant => killer.applies(mutant));
}

interface Todo {
  readonly next: () => Mutant | undefined;
  readonly durations: Durations;
  /** How far this run is. */
  readonly progress: () => string;
}

/** One workshop takes the next mutant until none is left. */
async function work(workshop: Workshop, killer: Killer, todo: Todo): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (let mutant = todo.next(); mutant; mutant = todo.next()) {
    const one = mutant;
    const verdict = await workshop.with(one, () => killer.kill(workshop.root, one, todo.durations));
    rows.push({ mutant: one, ...verdict });
    const { killedBy, seconds } = verdict;
    const mark = killedBy === undefined ? '✗ SURVIVED' : '✓';
    tell(`${todo.progress()} ${mark} ${one.name} (${seconds.toFixed(1)} s)`);
  }
  return rows;
}

async function run(killer: Killer, folder: string): Promise<readonly Row[]> {
  const all = chosen(killer);
  const jobs = Math.min(Number(values.jobs), Math.max(all.length, 1));
  if (!Number.isInteger(jobs) || jobs < 1) fail('--jobs takes a whole number from 1');
  const workshops = Array.from({ length: jobs }, (_, index) => new Workshop(checkout, join(folder, String(index + 1))));
  const [first] = workshops;
  tell(`${all.length} mutants, ${jobs} at once; first without any of them …`);
  const durations = first ? await killer.prove(first.root, all, jobs) : new Map<string, number>();
  const left = [...all];
  let done = 0;
  const todo = { next: () => left.shift(), durations, progress: () => `${(done += 1)}/${all.length}` };
  const rows = (await Promise.all(workshops.map(workshop => work(workshop, killer, todo)))).flat();
  return all.flatMap(mutant => rows.find(row => row.mutant === mutant) ?? []);
}

function table(rows: readonly Row[]): string {
  const cells = rows.map(({ mutant, killedBy = 'SURVIVED', seconds }) => [
    mutant.name,
    mutant.breaks,
    killedBy.length > KILLER_COLUMNS ? `${killedBy.slice(0, KILLER_COLUMNS - 1)}…` : killedBy,
    seconds.toFixed(1),
  ]);
  const lines = [['mutant', 'breaks', 'killed by', 'seconds'], ...cells];
  const widths = [0, 1, 2, 3].map(column => Math.max(...lines.map(line => line[column]?.length ?? 0)));
  return lines
    .map(line =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function report(rows: readonly Row[], seconds: number): number {
  const survivors = rows.filter(({ killedBy }) => killedBy === undefined).map(({ mutant }) => mutant.name);
  const killed = rows.length - survivors.length;
  if (values.json) {
    const verdicts = rows.map(row => ({
      name: row.mutant.name,
      breaks: row.mutant.breaks,
      killedBy: row.killedBy ?? null,
      seconds: row.seconds,
    }));
    say(JSON.stringify({ killed, of: rows.length, survivors, seconds, verdicts }));
  } else {
    say(table(rows));
    for (const name of survivors) say(`survived: ${name}`);
    say(`${killed} of ${rows.length} killed in ${Math.round(seconds)} s`);
  }
  return survivors.length > 0 ? 1 : 0;
}

const folder = workshopFolder(checkout);
for (const [signal, code] of Object.entries(SIGNALS)) {
  process.on(signal, () => {
    endPrograms();
    removeWorkshops(folder);
    process.exit(code);
  });
}
const start = performance.now();
try {
  const killer = killers[values.with] ?? fail(`--with takes ${Object.keys(killers).join(' or ')}`);
  const rows = await run(killer, folder);
  process.exitCode = report(rows, (performance.now() - start) / 1_000);
} catch (error) {
  tell(`mutants: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
} finally {
  endPrograms();
  removeWorkshops(folder);
}
