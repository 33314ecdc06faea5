// Observed edges: what real traces show of the wiring, laid over what the definitions say.
import { TroupeError } from '../runtime/errors.ts';
import { isMonitorName } from '../runtime/message/address.ts';
import { idOf, OUTSIDE } from './edges.ts';
import type { WiredEdge, Wiring } from './wiring.ts';

/** What of a trace is needed: `runtime.trace` returns it. */
export interface ObservedTrace {
  readonly roots: readonly ObservedMessage[];
}

/** One message of a trace. */
export interface ObservedMessage {
  readonly type: string;
  readonly kind: string;
  /** The address that sent it, or `edge`. */
  readonly source: string;
  readonly turns: readonly { readonly address: string; readonly handler: string; readonly outcome: string }[];
  readonly children: readonly ObservedMessage[];
}

/** An edge that traces have shown. */
export interface ObservedEdge extends WiredEdge {
  /** Messages that went along it. */
  readonly count: number;
}

/** Traces laid over a wiring. */
export interface Observation {
  /** Edges of the wiring that were used. */
  readonly used: readonly ObservedEdge[];
  /** Edges of the wiring that no trace has shown. */
  readonly unused: readonly WiredEdge[];
  /** Edges that the definitions do not have: one of the two is wrong. */
  readonly unexplained: readonly ObservedEdge[];
}

/** Deliveries that were passed over do no work. */
const PASSED_OVER = 'skipped';
const CHILD_START = /^troupe\.saga\..+\.start$/;

/**
 * Lays traces over the wiring of an app.
 *
 * @example
 * ```ts
 * const { unexplained } = observe(app.graph(), [runtime.trace(receipt.correlationId)]);
 * ```
 *
 * @throws TroupeError `invalid-options`
 */
export function observe(wiring: Wiring, traces: readonly ObservedTrace[]): Observation {
  assertWiring('observe', wiring);
  assertTraces('observe', traces);
  const known = new Map(wiring.edges.map(edge => [idOf(edge), edge]));
  const counts = new Map<string, ObservedEdge>();
  for (const { roots } of traces) for (const edge of edgesIn(roots, wiring)) count(counts, edge);
  const seen = [...counts.values()].toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  return {
    used: seen.filter(edge => known.has(idOf(edge))),
    unused: wiring.edges.filter(edge => !counts.has(idOf(edge))),
    // From outside anything may come; a filter may leave an event to nobody.
    unexplained: seen.filter(edge => !known.has(idOf(edge)) && edge.from !== OUTSIDE && edge.to !== OUTSIDE),
  };
}

/** Refuses an app in the place of its graph, for those that call without types. */
export function assertWiring(caller: string, wiring: unknown): void {
  if (typeof wiring === 'object' && wiring !== null && 'edges' in wiring) return;
  throw new TroupeError('invalid-options', `${caller} needs a graph. Pass what app.graph() returned.`);
}

/** Refuses what is no list of traces. */
export function assertTraces(caller: string, traces: unknown): void {
  const isTrace = (one: unknown): boolean => typeof one === 'object' && one !== null && 'roots' in one;
  if (Array.isArray(traces) && traces.every(isTrace)) return;
  throw new TroupeError('invalid-options', `${caller} needs a list of traces. Write [runtime.trace(correlationId)].`);
}

function count(counts: Map<string, ObservedEdge>, edge: WiredEdge): void {
  const id = idOf(edge);
  counts.set(id, { ...edge, count: (counts.get(id)?.count ?? 0) + 1 });
}

/** Walks without recursion: a conversation may be long. */
function* edgesIn(roots: readonly ObservedMessage[], wiring: Wiring): Iterable<WiredEdge> {
  const open = [...roots];
  for (let message = open.pop(); message; message = open.pop()) {
    open.push(...message.children);
    yield* edgesOfMessage(message, wiring);
  }
}

function* edgesOfMessage({ type, kind, source, turns }: ObservedMessage, wiring: Wiring): Iterable<WiredEdge> {
  if (kind !== 'event' && kind !== 'command') return;
  const from = fromOf(source, wiring);
  const taken = turns.filter(({ outcome }) => outcome !== PASSED_OVER).map(({ address }) => nameOf(address));
  const takers = new Set(taken.filter(name => !isMonitorName(name)));
  if (CHILD_START.test(type)) for (const child of takers) yield { from, to: child, kind: 'start', type: child };
  if (type.startsWith('troupe.')) return;
  for (const to of takers) yield { from, to, kind, type };
  if (takers.size === 0) yield { from, to: OUTSIDE, kind, type };
}

/** The part behind a sender: an address, a schedule, or the edge of the process. */
function fromOf(source: string, { schedules }: Wiring): string {
  if (source === 'edge') return OUTSIDE;
  const isScheduled = schedules.some(({ name }) => source === `schedule/${name}`);
  return isScheduled ? source.replace('/', ' ') : nameOf(source);
}

const nameOf = (address: string): string => address.split('/', 1)[0] ?? address;
