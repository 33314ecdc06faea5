// Renders a trace as a tree: each message under its cause, each turn under its message.
import type { Trace, TraceNode, TraceTurn } from './trace.ts';
import { openRemark, remarkOf, toDuration } from './words.ts';

const DEEPEST = 60;
const MOST_LINES = 2_000;

/** One line per message and per turn, with what it took and how it ended. */
export function renderTree(trace: Trace): string {
  const start = trace.roots[0]?.time ?? 0;
  const toTime = (ms: number): string => `+${toDuration(Math.max(0, ms - start))}`;
  const lines = trace.roots.flatMap(root => nodeLines(root, toTime, 0));
  for (const { id, type, due, address } of trace.timers) {
    const whose = address === '' ? `delayed ${type}` : `${address} timer ${id} (${type})`;
    lines.push(`${whose}, due ${toTime(due)}`);
  }
  if (lines.length > MOST_LINES) lines.splice(MOST_LINES, Infinity, `… ${lines.length - MOST_LINES} more lines`);
  if (trace.truncated) lines.push('… the conversation has more messages than were read');
  return lines.join('\n');
}

function nodeLines(node: TraceNode, toTime: (ms: number) => string, depth: number): string[] {
  const { type, kind, key, source, time, delayedMs, turns, open, children } = node;
  const later = delayedMs > 0 ? ` (${toDuration(delayedMs)} later)` : '';
  const lines = [`${type} ${key}  ${kind} from ${source} ${toTime(time)}${later}`];
  const isDeep = depth >= DEEPEST && children.length > 0;
  const bar = children.length > 0 ? '│ ' : '  ';
  lines.push(...turns.map(turn => `${bar}${turnLine(turn)}`));
  lines.push(...open.map(one => `${bar}${one.address} ${openRemark(one, toTime)}`));
  if (turns.length + open.length === 0 && kind === 'event') lines.push(`${bar}no subscriber`);
  if (isDeep) return [...lines, '└─ … deeper'];
  children.forEach((child, index) => {
    const isLast = index === children.length - 1;
    const [first = '', ...rest] = nodeLines(child, toTime, depth + 1);
    lines.push(`${isLast ? '└─ ' : '├─ '}${first}`, ...rest.map(line => `${isLast ? '   ' : '│  '}${line}`));
  });
  return lines;
}

function turnLine(turn: TraceTurn): string {
  const { address, outcome, runMs, queueMs } = turn;
  const isUntimed = outcome.startsWith('task-') || outcome === 'skipped';
  const said = remarkOf(turn) ?? (outcome === 'started' ? 'started its task' : outcome);
  const took = isUntimed ? '' : `, ran ${toDuration(runMs)}`;
  const waited = queueMs >= 1 ? ` after ${toDuration(queueMs)}` : '';
  return `${address} ${said}${took}${waited}`;
}
