// The report of a run: figures, ratios and the machine, as one object or as text.
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import Database from 'better-sqlite3';
import { CONCURRENCIES, WORKLOADS, type Subject, type Workload } from './workload.ts';

export interface Result {
  readonly workload: Workload;
  readonly concurrency: number;
  readonly subject: Subject;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Troupe beside the others in one comparison. */
export interface Ratio {
  readonly workload: Workload;
  readonly concurrency: number;
  readonly timesDiy: number;
  readonly shareOfLimit: number;
  readonly p50TimesDiy: number;
  /** The time of one operation over that of one fsynced commit. */
  readonly p50Commits: number;
}

export interface Footprint {
  /** Import and open of a new database, over a bare process. */
  readonly coldStartMs: number;
  readonly rssMiB: number;
  readonly bareRssMiB: number;
  readonly actors: number;
  readonly idleBytes: number;
  readonly passivatedBytes: number;
  readonly pending: number;
  readonly recoveryOpenMs: number;
  readonly recoveryDoneMs: number;
}

/** What sagas cost apart from their messages. */
export interface SagaFootprint {
  /** W4: sagas in the middle of their steps when their process is killed. */
  readonly inFlight: number;
  readonly openMs: number;
  /** Until the next step of each is done. */
  readonly runningMs: number;
  readonly doneMs: number;
  /** Sagas that wait, each under a timer. */
  readonly waiting: number;
  readonly cachedBytes: number;
  readonly passivatedBytes: number;
  readonly timers: number;
}

/** A figure that has to be met, and whether it is. */
export interface Requirement {
  readonly what: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly measured: number;
  readonly holds: boolean;
}

export interface Environment {
  readonly node: string;
  readonly betterSqlite3: string;
  readonly sqlite: string;
  readonly platform: string;
  readonly cores: number;
  readonly durability: string;
  readonly rounds: number;
  /** The row of one message in a transaction of its own, flushed to the disk. */
  readonly commitP50Ms: number;
}

export interface Report {
  readonly results: readonly Result[];
  readonly ratios: readonly Ratio[];
  readonly requirements: readonly Requirement[];
  readonly footprint: Footprint;
  readonly sagas: SagaFootprint;
  readonly environment: Environment;
}

export function environmentOf(run: Pick<Environment, 'rounds' | 'commitP50Ms'>): Environment {
  const { version } = createRequire(import.meta.url)('better-sqlite3/package.json') as { readonly version: string };
  const database = new Database(':memory:');
  const sqlite = String(database.prepare('select sqlite_version()').pluck().get());
  database.close();
  return {
    node: process.versions.node,
    betterSqlite3: version,
    sqlite,
    platform: `${process.platform} ${process.arch}`,
    cores: availableParallelism(),
    durability: 'WAL, synchronous=FULL',
    ...run,
  };
}

export function ratiosOf(results: readonly Result[], { commitP50Ms }: Environment): Ratio[] {
  return WORKLOADS.flatMap(workload =>
    CONCURRENCIES.map(concurrency => {
      const of = (subject: Subject): Result =>
        results.find(one => one.workload === workload && one.concurrency === concurrency && one.subject === subject)!;
      const troupe = of('troupe');
      const diy = of('diy');
      return {
        workload,
        concurrency,
        timesDiy: troupe.perSecond / diy.perSecond,
        shareOfLimit: troupe.perSecond / of('limit').perSecond,
        p50TimesDiy: troupe.p50Ms / diy.p50Ms,
        p50Commits: troupe.p50Ms / commitP50Ms,
      };
    }),
  );
}

/** What sagas must reach. Whatever memory kept of a passivated one, its key and an entry, would take over 100 bytes. */
export function requirementsOf(ratios: readonly Ratio[], sagas: SagaFootprint): Requirement[] {
  const w3 = (concurrency: number): Ratio =>
    ratios.find(ratio => ratio.workload === 'W3' && ratio.concurrency === concurrency)!;
  const atLeast = (what: string, limit: number, measured: number): Requirement => {
    return { what, atLeast: limit, measured, holds: measured >= limit };
  };
  const atMost = (what: string, limit: number, measured: number): Requirement => {
    return { what, atMost: limit, measured, holds: measured <= limit };
  };
  return [
    atLeast('W3 at concurrency 100, times diy', 5, w3(100).timesDiy),
    atMost('W3 at concurrency 1, p50 times that of diy', 2, w3(1).p50TimesDiy),
    atMost('W4, ms until all sagas run again', 2_000, sagas.runningMs),
    atMost('heap of a passivated saga, bytes', 100, sagas.passivatedBytes),
    atMost('timers of all waiting sagas', 1, sagas.timers),
  ];
}

export const whole = (figure: number): string => Math.round(figure).toLocaleString('en');

/** The first column to the left, the others to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map(row => row[at]?.length ?? 0)));
  return [head, ...rows]
    .map(row => row.map((text, at) => (at === 0 ? text.padEnd(widths[at]!) : text.padStart(widths[at]!))).join('  '))
    .join('\n');
}

/** For people: ratios first, because figures of one machine say little about another. */
export function toText(report: Report): string {
  const { node, betterSqlite3, sqlite, platform, cores, durability, rounds, commitP50Ms } = report.environment;
  return `
W1: publish one event to three subscribers with state, until all three are durable
W2: ask one of 1,000 keyed counters, until the reply is durable
W3: run one saga of four commands with replies under a timer, until its end is durable
diy: as one writes it by hand, a commit per write, in W3 per message; limit: group commits of the rows and nothing else

${ratioTable(report.ratios)}

${requirementTable(report.requirements)}

${resultTable(report.results)}

${footprintText(report.footprint)}

${sagaText(report.sagas)}

one fsynced commit of one message row: p50 ${commitP50Ms.toFixed(3)} ms; medians of ${rounds} rounds
Node.js ${node}, better-sqlite3 ${betterSqlite3}, SQLite ${sqlite}, ${durability}, ${platform}, ${cores} cores
`;
}

function ratioTable(ratios: readonly Ratio[]): string {
  return table(
    ['', 'concurrency', 'x diy', '% of limit', 'p50 x diy', 'p50 in commits'],
    ratios.map(({ workload, concurrency, timesDiy, shareOfLimit, p50TimesDiy, p50Commits }) => [
      workload,
      whole(concurrency),
      timesDiy.toFixed(1),
      (100 * shareOfLimit).toFixed(0),
      concurrency === 1 ? p50TimesDiy.toFixed(2) : '',
      concurrency === 1 ? p50Commits.toFixed(2) : '',
    ]),
  );
}

function requirementTable(requirements: readonly Requirement[]): string {
  return table(
    ['required', '', 'measured', ''],
    requirements.map(({ what, atLeast, atMost, measured, holds }) => [
      what,
      atLeast === undefined ? `at most ${whole(atMost ?? Number.NaN)}` : `at least ${whole(atLeast)}`,
      Math.abs(measured) < 100 && !Number.isInteger(measured) ? measured.toFixed(2) : whole(measured),
      holds ? 'holds' : 'missed',
    ]),
  );
}

function resultTable(results: readonly Result[]): string {
  return table(
    ['', 'concurrency', 'subject', 'per second', 'p50 ms', 'p99 ms'],
    results.map(({ workload, concurrency, subject, perSecond, p50Ms, p99Ms }) => [
      workload,
      whole(concurrency),
      subject,
      whole(perSecond),
      p50Ms.toFixed(3),
      p99Ms.toFixed(2),
    ]),
  );
}

function footprintText(footprint: Footprint): string {
  const { coldStartMs, rssMiB, bareRssMiB, actors, idleBytes, passivatedBytes } = footprint;
  const { pending, recoveryOpenMs, recoveryDoneMs } = footprint;
  return `W5: import and open ${whole(coldStartMs)} ms over bare Node.js; ${whole(rssMiB)} MiB RSS, bare ${whole(bareRssMiB)} MiB
heap of ${whole(actors)} keyed actors: ${whole(idleBytes)} bytes each when idle, ${whole(passivatedBytes)} when passivated
after a crash with ${whole(pending)} pending messages: open in ${whole(recoveryOpenMs)} ms, all done in ${whole(recoveryDoneMs)} ms`;
}

function sagaText(sagas: SagaFootprint): string {
  const { inFlight, openMs, runningMs, doneMs, waiting, cachedBytes, passivatedBytes, timers } = sagas;
  return `W4: after a crash with ${whole(inFlight)} sagas in their steps: open in ${whole(openMs)} ms, all run again in ${whole(runningMs)} ms, all done in ${whole(doneMs)} ms
${whole(waiting)} sagas that wait, each under a timer: ${whole(timers)} timer in memory; heap of one: ${whole(cachedBytes)} bytes in the cache, ${whole(passivatedBytes)} passivated`;
}
