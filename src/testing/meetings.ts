// Meetings: conversations that met at an address are drawn in one sequence diagram, so that a race can be seen.
import { toIso } from '../runtime/platform/iso-time.ts';
import { renderTrace } from '../runtime/trace/render.ts';
import type { Trace, TraceNode } from '../runtime/trace/trace.ts';

/** Conversations that have met at an address, directly or through others. */
interface Group {
  readonly traces: readonly Trace[];
  readonly addresses: ReadonlySet<string>;
}

/** One sequence diagram for each group of conversations; times in it are since its first message. */
export function drawMeetings(traces: readonly Trace[]): string {
  return groupsOf(traces)
    .map(group =>
      [...group.traces.map(trace => titleOf(trace)), renderTrace(merge(group.traces), 'sequence')].join('\n'),
    )
    .join('\n\n');
}

function titleOf({ correlationId, roots }: Trace): string {
  const [first] = roots;
  if (!first) return `conversation ${correlationId}: the log does not keep it any more`;
  return `conversation ${correlationId}: ${first.type} ${first.key} at ${toIso(first.time)}`;
}

function merge(traces: readonly Trace[]): Trace {
  const [first, ...others] = traces as readonly [Trace, ...Trace[]];
  if (others.length === 0) return first;
  return {
    ...first,
    roots: traces.flatMap(({ roots }) => roots),
    timers: traces.flatMap(({ timers }) => timers),
    truncated: traces.some(({ truncated }) => truncated),
  };
}

/** In the order of their first conversations. */
function groupsOf(traces: readonly Trace[]): readonly Group[] {
  let groups: readonly Group[] = [];
  for (const trace of traces) {
    const addresses = addressesOf(trace);
    const isMet = (group: Group): boolean => [...addresses].some(address => group.addresses.has(address));
    const met = groups.filter(group => isMet(group));
    const joined: Group = {
      traces: [...met.flatMap(group => group.traces), trace],
      addresses: new Set([...addresses, ...met.flatMap(group => [...group.addresses])]),
    };
    const [first] = met;
    groups = first
      ? groups.filter(group => group === first || !isMet(group)).map(group => (group === first ? joined : group))
      : [...groups, joined];
  }
  return groups;
}

function addressesOf({ roots }: Trace): ReadonlySet<string> {
  const addresses = new Set<string>();
  const open: TraceNode[] = [...roots];
  for (let node = open.pop(); node; node = open.pop()) {
    for (const { address } of [...node.turns, ...node.open]) addresses.add(address);
    open.push(...node.children);
  }
  return addresses;
}
