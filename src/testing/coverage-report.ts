// The report of a coverage: how much of what an app can do has happened, what has not, and whether that is enough.
import { TroupeError } from '../runtime/errors.ts';

/** What is counted. */
export type CoverageKind = 'contracts' | 'handlers' | 'states' | 'transitions';

export const coverageKinds: readonly CoverageKind[] = ['contracts', 'handlers', 'states', 'transitions'];

/** How much of one kind has happened. */
export interface CoveragePart {
  readonly total: number;
  readonly covered: number;
  /** From 0 to 100, rounded down to one decimal; 100 where there is nothing to cover. */
  readonly percent: number;
  /** The names of the rest, in the order of the app. */
  readonly missing: readonly string[];
}

/** What a run has exercised of an app. */
export type CoverageReport = Readonly<Record<CoverageKind, CoveragePart>>;

/** The least percentages, from 0 to 100. */
export type CoverageThresholds = Readonly<Partial<Record<CoverageKind, number>>>;

const TENTHS = 10;
const ALL = 100;
const MOST_SHOWN = 20;

export function toPart(names: ReadonlySet<string>, seen: ReadonlySet<string>): CoveragePart {
  const missing = [...names].filter(name => !seen.has(name));
  const total = names.size;
  const covered = total - missing.length;
  const percent = total === 0 ? ALL : Math.floor((covered * ALL * TENTHS) / total) / TENTHS;
  return { total, covered, percent, missing };
}

export function toText(report: CoverageReport): string {
  const rows = coverageKinds.map(kind => {
    const { total, covered, percent } = report[kind];
    return [kind, String(covered), String(total), percent.toFixed(1)];
  });
  const missing = coverageKinds.flatMap(kind => {
    const names = report[kind].missing;
    return names.length === 0 ? [] : ['', `missing ${kind}`, ...names.map(name => `  ${name}`)];
  });
  return [...align([['', 'covered', 'of', '%'], ...rows]), ...missing].join('\n');
}

/** Words to the left, numbers to the right. */
function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map(row => (row[at] ?? '').length)));
  return rows.map(row =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

export function assertReached(report: CoverageReport, thresholds: CoverageThresholds): void {
  const asked = Object.entries(thresholds).filter(([, least]) => least !== undefined);
  for (const [kind, least] of asked) checkThreshold(kind, least);
  const short = coverageKinds.filter(kind => report[kind].percent < (thresholds[kind] ?? 0));
  if (short.length === 0) return;
  const lines = short.map(kind => {
    const { percent, covered, total, missing } = report[kind];
    const shown = missing.slice(0, MOST_SHOWN).map(name => `\n  ${name}`);
    const rest = missing.length > MOST_SHOWN ? `\n  and ${missing.length - MOST_SHOWN} more` : '';
    return `${kind}: ${percent} % (${covered} of ${total}) instead of ${thresholds[kind]} %.${shown.join('')}${rest}`;
  });
  throw new TroupeError('not-covered', `The tests exercise too little of the app. ${lines.join('\n')}`);
}

function checkThreshold(kind: string, least: unknown): void {
  if (!coverageKinds.some(known => known === kind)) {
    throw new TroupeError(
      'invalid-options',
      `A coverage has no '${kind}'. Give least percentages of ${coverageKinds.join(', ')}.`,
    );
  }
  if (typeof least === 'number' && least >= 0 && least <= ALL) return;
  throw new TroupeError('invalid-options', `The threshold of ${kind} is ${String(least)}. Use 0 to 100.`);
}
