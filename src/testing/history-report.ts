// Draws a counter-example: what explains the history so far, what has no place in it, and who overlapped with whom.
import type { CounterExample } from './history-checker.ts';
import type { Operation } from './history.ts';

/** Operations of the explained order that are shown; the ones before are counted. */
const SHOWN = 8;
const CHARACTERS = 60;

/** Formats a counter-example as text with time lines; `undecided` is the limit that stopped the search, if one did. */
export function describeCounterExample<Op, Result>(
  { partition, explained, state, blocked, pending }: CounterExample<Op, Result>,
  undecided?: number,
): string {
  const where = partition === '' ? '' : ` at ${partition}`;
  const verdict =
    undecided === undefined
      ? `Not linearizable${where}: no order of these operations explains the last end.`
      : `Undecided${where}: ${undecided} states were looked at. Raise maxStates, or record less with an unknown end.`;
  const shown = explained.slice(-SHOWN);
  const hidden = explained.length - shown.length;
  return [
    verdict,
    'Explained, in this order:',
    ...(hidden > 0 ? [`  … ${hidden} before`] : []),
    ...(explained.length === 0 ? ['  nothing'] : shown.map(operation => `  ${name(operation)}`)),
    `  which leaves ${brief(state)}`,
    'Has no place, then or before:',
    `  ${name(blocked)}`,
    'Time lines (not explained: !):',
    ...drawLines([...shown, ...pending], blocked),
  ].join('\n');
}

function drawLines(others: readonly Operation[], blocked: Operation): string[] {
  const operations = [...others, blocked].toSorted((a, b) => a.invoked - b.invoked);
  // What ended later than the blocked operation is as open as what never ended: the example stops there.
  const endOf = ({ returned }: Operation): number => (returned <= blocked.returned ? returned : blocked.returned + 1);
  const places = [...new Set(operations.flatMap(operation => [operation.invoked, endOf(operation)]))];
  const columns = new Map(places.toSorted((a, b) => a - b).map((place, column) => [place, column * 2]));
  const process = Math.max(...operations.map(operation => operation.process.length));
  const width = places.length * 2;
  return operations.map(operation => {
    const from = columns.get(operation.invoked) ?? 0;
    const to = columns.get(endOf(operation)) ?? width;
    const isOpen = operation.returned > blocked.returned;
    const bar = `${' '.repeat(from)}├${(isOpen ? '┄' : '─').repeat(to - from - 1)}${isOpen ? '┄' : '┤'}`;
    const mark = operation === blocked ? '!' : ' ';
    return `${mark} ${operation.process.padEnd(process)} ${bar.padEnd(width)} ${outcome(operation)}`;
  });
}

function name(operation: Operation): string {
  return `${operation.process}: ${outcome(operation)}`;
}

function outcome({ op, end, result }: Operation): string {
  if (end === 'ok') return `${brief(op)} → ${result === undefined ? 'ok' : brief(result)}`;
  return `${brief(op)} ${end === 'fail' ? '✗ failed' : '? unknown'}`;
}

function brief(value: unknown): string {
  const text = value === undefined ? 'undefined' : JSON.stringify(value);
  return text.length > CHARACTERS ? `${text.slice(0, CHARACTERS)}…` : text;
}
