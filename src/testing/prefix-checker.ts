// Says whether a durable log holds what was acknowledged, in order, and nothing twice or out of thin air.
import { operationsOf, type History, type Operation } from './history.ts';

/** Options of `checkPrefix`. */
export interface PrefixOptions<Op> {
  /** The entry that an operation leaves in the log, or `undefined` when it leaves none. Each entry is written once. */
  readonly entry: (op: Op) => string | undefined;
  /**
   * What the log survived. `full`: everything acknowledged is in it. `relaxed`: the newest may be missing after the
   * loss of power that ends the history, but what remains is a prefix. Default `full`.
   */
  readonly durability?: 'full' | 'relaxed' | undefined;
}

/** What `checkPrefix` found. */
export interface PrefixResult {
  readonly verdict: 'ok' | 'violated';
  /** One sentence for each broken promise. */
  readonly problems: readonly string[];
  /** Operations that were acknowledged, and that had an unknown end but are in the log. */
  readonly acknowledged: number;
  readonly recovered: number;
}

interface Entry {
  readonly entry: string;
  readonly operation: Operation;
  /** Its place in the log; infinite when it is not there. */
  readonly place: number;
}

/**
 * Compares a log, oldest entry first, with the history of those who wrote to it. Acknowledged entries are there, those
 * of one process in the order in which it wrote them; an entry with an unknown end is there once or not at all; a
 * failed one is not there; nothing else is there.
 */
export function checkPrefix<Op, Result>(
  history: History<Op, Result>,
  observed: readonly string[],
  options: PrefixOptions<Op>,
): PrefixResult {
  const places = new Map(observed.map((entry, place) => [entry, place]));
  const entries = operationsOf(history).flatMap((operation): Entry[] => {
    const entry = options.entry(operation.op);
    return entry === undefined ? [] : [{ entry, operation, place: places.get(entry) ?? Number.POSITIVE_INFINITY }];
  });
  const problems = [
    ...findStrangers(entries, observed),
    ...findFailed(entries),
    ...(options.durability === 'relaxed' ? findGaps(entries) : findLost(entries)),
    ...[...Map.groupBy(entries, ({ operation }) => operation.process).values()].flatMap(findReordered),
  ];
  const count = (end: Operation['end']): number => entries.filter(({ operation }) => operation.end === end).length;
  return {
    verdict: problems.length === 0 ? 'ok' : 'violated',
    problems,
    acknowledged: count('ok'),
    recovered: entries.filter(one => isThere(one) && one.operation.end === 'unknown').length,
  };
}

const isThere = ({ place }: Entry): boolean => Number.isFinite(place);
const isLost = (entry: Entry): boolean => entry.operation.end === 'ok' && !isThere(entry);

/** A failed entry may be there when it was tried again. */
function findFailed(entries: readonly Entry[]): string[] {
  const tried = Map.groupBy(entries.filter(isThere), ({ entry }) => entry);
  return [...tried]
    .filter(([, tries]) => tries.every(({ operation }) => operation.end === 'fail'))
    .map(([entry]) => `${entry} failed, but it is in the log.`);
}

function findLost(entries: readonly Entry[]): string[] {
  return entries
    .filter(isLost)
    .map(({ entry, operation }) => `${entry} of ${operation.process} is acknowledged and lost.`);
}

/** What begins after the end of something lost must be lost too. */
function findGaps(entries: readonly Entry[]): string[] {
  const lost = entries.filter(isLost).toSorted((a, b) => a.operation.returned - b.operation.returned)[0];
  if (lost === undefined) return [];
  return entries
    .filter(one => isThere(one) && one.operation.invoked > lost.operation.returned)
    .map(({ entry }) => `${entry} is in the log, but not ${lost.entry}, which was acknowledged before.`);
}

function findStrangers(entries: readonly Entry[], observed: readonly string[]): string[] {
  const known = new Set(entries.map(({ entry }) => entry));
  const seen = new Set<string>();
  return observed.flatMap(entry => {
    if (!known.has(entry)) return [`${entry} is in the log, but nobody wrote it.`];
    if (seen.has(entry)) return [`${entry} is in the log twice.`];
    seen.add(entry);
    return [];
  });
}

/** Compares each entry with the last one of its process that was acknowledged before it began. */
function findReordered(entries: readonly Entry[]): string[] {
  const there = entries.filter(isThere);
  const ends = there
    .filter(({ operation }) => operation.end === 'ok')
    .toSorted((a, b) => a.operation.returned - b.operation.returned);
  const problems: string[] = [];
  let next = 0;
  let latest: Entry | undefined;
  for (const one of there) {
    for (let ended = ends[next]; (ended?.operation.returned ?? Infinity) < one.operation.invoked; ended = ends[next]) {
      if (latest === undefined || (ended as Entry).place > latest.place) latest = ended;
      next += 1;
    }
    if (latest !== undefined && latest.place > one.place) {
      const { process } = one.operation;
      problems.push(`${one.entry} of ${process} is before ${latest.entry}, which was acknowledged before it began.`);
    }
  }
  return problems;
}
