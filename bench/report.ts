// The report of a run: figures, ratios and the machine, as one object or as text.
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import Database from 'better-sqlite3';
import { CONCURRENCIES, type Subject, type Workload } from './workload.ts';

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
  readonly footprint: Footprint;
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
  return (['W1', 'W2'] as const).flatMap(workload =>
    CONCURRENCIES.map(concurrency => {
      const of = (subject: Subject): Result =>
        results.find(one => one.workload === workload && one.concurrency === concurrency && one.subject === subject)!;
      const troupe = of('troupe');
      return {
        workload,
        concurrency,
        timesDiy: troupe.perSecond / of('diy').perSecond,
        shareOfLimit: troupe.perSecond / of('limit').perSecond,
        p50Commits: troupe.p50Ms / commitP50Ms,
      };
    }),
  );
}

const whole = (figure: number): string => Math.round(figure).toLocaleString('en');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map(row => row[at]?.length ?? 0)));
  return [head, ...rows]
    .map(row => row.map((text, at) => (at === 0 ? text.padEnd(widths[at]!) : text.padStart(widths[at]!))).join('  '))
    .join('\n');
}

/** For people: ratios first, because figures of one machine say little about another. */
export function toText({ results, ratios, footprint, environment }: Report): string {
  const { node, betterSqlite3, sqlite, platform, cores, durability, rounds, commitP50Ms } = environment;
  const comparison = table(
    ['', 'concurrency', 'x diy', '% of limit', 'p50 in commits'],
    ratios.map(({ workload, concurrency, timesDiy, shareOfLimit, p50Commits }) => [
      workload,
      whole(concurrency),
      timesDiy.toFixed(1),
      (100 * shareOfLimit).toFixed(0),
      concurrency === 1 ? p50Commits.toFixed(2) : '',
    ]),
  );
  const figures = table(
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
  const { coldStartMs, rssMiB, bareRssMiB, actors, idleBytes, passivatedBytes } = footprint;
  const { pending, recoveryOpenMs, recoveryDoneMs } = footprint;
  return `
W1: publish one event to three subscribers with state, until all three are durable
W2: ask one of 1,000 keyed counters, until the reply is durable
diy: a commit per write; limit: the rows of 512 messages per transaction and nothing else

${comparison}

${figures}

W5: import and open ${whole(coldStartMs)} ms over bare Node.js; ${whole(rssMiB)} MiB RSS, bare ${whole(bareRssMiB)} MiB
heap of ${whole(actors)} keyed actors: ${whole(idleBytes)} bytes each when idle, ${whole(passivatedBytes)} when passivated
after a crash with ${whole(pending)} pending messages: open in ${whole(recoveryOpenMs)} ms, all done in ${whole(recoveryDoneMs)} ms

one fsynced commit of one message row: p50 ${commitP50Ms.toFixed(3)} ms; medians of ${rounds} rounds
Node.js ${node}, better-sqlite3 ${betterSqlite3}, SQLite ${sqlite}, ${durability}, ${platform}, ${cores} cores
`;
}
