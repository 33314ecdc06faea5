// npm run bench: measures Troupe against what one writes by hand and against what SQLite allows, and prints the ratios.
//
//   npm run bench                a table
//   npm run bench -- --json      one object
//   npm run bench -- --smoke     a few seconds, to see that it runs and that the figures are sane
//   npm run bench -- --rounds 5  more rounds, of which the medians are taken (default 3)
import { parseArgs } from 'node:util';
import { median, type Sample } from './measure.ts';
import {
  environmentOf,
  ratiosOf,
  requirementsOf,
  toText,
  type Footprint,
  type Report,
  type Result,
  type SagaFootprint,
} from './report.ts';
import { measure, measureStarts } from './processes.ts';
import type { SagaRecovery, WaitingSagas } from './sagas.ts';
import { cellsOf, type Cell } from './workload.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    rounds: { type: 'string' },
  },
});
const { json, smoke } = options;
const rounds = Number(options.rounds ?? (smoke ? 1 : 3));
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('bench: --rounds takes a whole number from 1');

const cells = cellsOf(smoke);
const samples = new Map<Cell, Sample[]>(cells.map(cell => [cell, []]));
const commits: number[] = [];
for (let round = 1; round <= rounds; round++) {
  say(`round ${round} of ${rounds}`);
  // Every round begins elsewhere in a comparison, so that no subject is always the one before or after another.
  for (const cell of round % 2 === 0 ? cells.toReversed() : cells) {
    if (cell.subject === 'troupe') commits.push(measure<Sample>({ do: 'commit', count: smoke ? 50 : 1_000 }).p50Ms);
    samples.get(cell)?.push(measure<Sample>({ do: 'cell', cell }));
  }
}
say('start, memory, recovery');
const footprint = measureFootprint();
const sagas = measureSagas();
const results: Result[] = cells.map(cell => {
  const runs = samples.get(cell) ?? [];
  const { workload, concurrency, subject } = cell;
  const of = (figure: keyof Sample): number => median(runs.map(run => run[figure]));
  return { workload, concurrency, subject, perSecond: of('perSecond'), p50Ms: of('p50Ms'), p99Ms: of('p99Ms') };
});
const environment = environmentOf({ rounds, commitP50Ms: median(commits) });
const ratios = ratiosOf(results, environment);
const requirements = requirementsOf(ratios, sagas);
const report: Report = { results, ratios, requirements, footprint, sagas, environment };
if (smoke) assertSane(report);
process.stdout.write(json ? `${JSON.stringify(report)}\n` : toText(report));

function measureFootprint(): Footprint {
  const starts = measureStarts(smoke ? 1 : 7);
  const coldStartMs = median(starts.open.map(({ ms }) => ms)) - median(starts.bare.map(({ ms }) => ms));
  const rssMiB = median(starts.open.map(run => run.rssMiB));
  const bareRssMiB = median(starts.bare.map(run => run.rssMiB));
  const actors = smoke ? 2_000 : 10_000;
  const pending = smoke ? 1_000 : 100_000;
  const heap = measure<Pick<Footprint, 'idleBytes' | 'passivatedBytes'>>({ do: 'heap', count: actors });
  const { openMs, doneMs } = measure<{ openMs: number; doneMs: number }>(
    { do: 'crash', count: pending },
    { do: 'recover', count: pending },
  );
  const recovery = { pending, recoveryOpenMs: openMs, recoveryDoneMs: doneMs };
  return { coldStartMs, rssMiB, bareRssMiB, actors, ...heap, ...recovery };
}

function measureSagas(): SagaFootprint {
  const inFlight = smoke ? 100 : 10_000;
  const waiting = smoke ? 2_000 : 100_000;
  const recoveries = Array.from({ length: rounds }, () =>
    measure<SagaRecovery>({ do: 'crash-sagas', count: inFlight }, { do: 'recover-sagas', count: inFlight }),
  );
  const of = (figure: keyof SagaRecovery): number => median(recoveries.map(run => run[figure]));
  const recovery = { openMs: of('openMs'), runningMs: of('runningMs'), doneMs: of('doneMs') };
  return { inFlight, ...recovery, waiting, ...measure<WaitingSagas>({ do: 'waiting', count: waiting }) };
}

/** Whether the figures can be true at all; how good they are is not for a machine that does other things as well. */
function assertSane({ results, footprint, sagas: { runningMs, doneMs }, environment }: Report): void {
  const figures = results.flatMap(({ perSecond, p50Ms, p99Ms }) => [perSecond, p50Ms, p99Ms]);
  const { coldStartMs, rssMiB, recoveryDoneMs } = footprint;
  const all = [...figures, coldStartMs, rssMiB, recoveryDoneMs, runningMs, environment.commitP50Ms];
  const isSane =
    all.every(figure => Number.isFinite(figure) && figure > 0) &&
    results.every(one => one.p50Ms <= one.p99Ms) &&
    runningMs <= doneMs;
  if (isSane) return;
  process.stderr.write(`${JSON.stringify(report, undefined, 2)}\n`);
  throw new Error('bench: these figures cannot be true');
}

function say(what: string): void {
  process.stderr.write(`bench: ${what}\n`);
}
