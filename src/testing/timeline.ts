// Timeline: the conversations of a run as sequence diagrams in text, all or those that matter for one failure.
import type { AnyContract } from '../runtime/message/contract.ts';
import type { Trace, TraceNode } from '../runtime/trace/trace.ts';
import { drawMeetings } from './meetings.ts';

/** Which conversations are drawn, and how much of them. */
export interface TimelineOptions {
  /** Those with a message of this contract, or in which this address (`name/key`) takes part. Default: all. */
  readonly of?: AnyContract | string | undefined;
  /** At most so many lines. Default: all of at most 20 conversations. */
  readonly lines?: number | undefined;
}

/** Where the conversations come from. */
export interface TimelineSource {
  readonly seed: number;
  /** In the order in which they began. */
  readonly conversations: readonly string[];
  trace(id: string): Trace;
}

const MOST_CONVERSATIONS = 20;

/** Draws the conversations that matter; where none does, all of them: what did not happen is in no conversation. */
export function drawTimeline(source: TimelineSource, { of, lines = Infinity }: TimelineOptions): string {
  const { seed, conversations } = source;
  const matters =
    of === undefined ? [] : conversations.filter(id => source.trace(id).roots.some(root => isOf(root, of)));
  const chosen = matters.length > 0 ? matters : conversations;
  const drawn = chosen.slice(0, MOST_CONVERSATIONS).map(id => source.trace(id));
  const more = chosen.length - drawn.length;
  const rest = more > 0 ? [`… and ${more} more conversations`] : [];
  return cut([`seed ${seed}`, drawMeetings(drawn), ...rest].join('\n\n'), lines);
}

function isOf(node: TraceNode, of: AnyContract | string): boolean {
  const isOne =
    typeof of === 'string'
      ? node.source === of || [...node.turns, ...node.open].some(({ address }) => address === of)
      : node.type === of.type;
  return isOne || node.children.some(child => isOf(child, of));
}

function cut(text: string, most: number): string {
  const lines = text.split('\n');
  if (lines.length <= most) return text;
  return [...lines.slice(0, most - 1), `… ${lines.length - most + 1} more lines: timeline() draws them all`].join('\n');
}
