// advise: where a saga would serve a flow better than events, and the reverse, with the evidence for it.
import { assertApp, type Definitions } from './definitions.ts';
import { flowsOf, type Flow } from './flows.ts';
import { assertTraces, type ObservedMessage, type ObservedTrace } from './observed.ts';
import { readFlow, type Signal, type SignalName } from './signals.ts';
import { WiringIndex, wiringOf } from './wire.ts';

/** What traces have shown of a flow. */
export interface ObservedFlow {
  readonly conversations: number;
  /** Conversations in which a turn failed or a message became a dead letter. */
  readonly withFailures: number;
  /** Messages of the longest chain. */
  readonly longestChain: number;
  /** How often each type came. */
  readonly messages: Readonly<Record<string, number>>;
}

/** What to do with one flow, and why. */
export interface Advice {
  /** The type it begins with. */
  readonly flow: string;
  /** How it is done now. */
  readonly style: Flow['style'];
  /** `hybrid`: a saga for the line that waits, events for what answers nobody. */
  readonly recommended: Flow['style'];
  /** From 0, where the signals speak for both, to 1. */
  readonly confidence: number;
  readonly signals: readonly Signal[];
  /** Handlers that may stay reactions whatever conducts the rest. */
  readonly independent: readonly string[];
  readonly observed: ObservedFlow | undefined;
}

/** Undoing and waiting weigh most: they are what events alone do worst. */
const WEIGHTS: Readonly<Record<SignalName, number>> = {
  'waits-for-results': 2,
  'conditional-next-step': 2,
  'all-or-nothing': 3,
  'needs-central-monitoring': 1,
  'self-contained-message': 2,
  linear: 1,
  'one-direction': 2,
  'independent-reactions': 1,
};
/** Below this what there is stays: signals that balance are no reason to rebuild. */
const ENOUGH_TO_CHANGE = 0.25;
const FAILING_SHARE = 0.05;
const FAILURES: ReadonlySet<string> = new Set(['failed', 'dead-letter', 'task-failed']);

/**
 * Says for every flow of an app which style fits it: signals from the definitions, and from traces where they are
 * given. The signals are those of the articles on orchestration and choreography; the weights are ours.
 *
 * @example
 * ```ts
 * console.log(renderAdvice(advise(app, [runtime.trace(receipt.correlationId)])));
 * ```
 *
 * @throws TroupeError `invalid-options`
 */
export function advise(app: Definitions, traces: readonly ObservedTrace[] = []): readonly Advice[] {
  assertApp('advise', app);
  assertTraces('advise', traces);
  const index = new WiringIndex(wiringOf(app));
  return flowsOf(index).map(flow => adviseOn(index, flow, traces));
}

function adviseOn(index: WiringIndex, flow: Flow, traces: readonly ObservedTrace[]): Advice {
  const observed = observedOf(flow, traces);
  const { signals: wired, independent } = readFlow(index, flow);
  const signals = withObserved(wired, observed);
  const weigh = (style: Signal['speaksFor']): number =>
    signals.filter(({ speaksFor }) => speaksFor === style).reduce((sum, { name }) => sum + WEIGHTS[name], 0);
  const [conducted, free] = [weigh('orchestrate'), weigh('choreograph')];
  const confidence = Math.round((Math.abs(conducted - free) / Math.max(1, conducted + free)) * 100) / 100;
  const isMixed = independent.length > 0 || flow.style === 'hybrid';
  const better = conducted <= free ? 'choreographed' : isMixed ? 'hybrid' : 'orchestrated';
  return {
    flow: flow.root,
    style: flow.style,
    recommended: confidence < ENOUGH_TO_CHANGE ? flow.style : better,
    confidence,
    signals,
    independent,
    observed,
  };
}

/** Failures that really happen want somebody who sees them. */
function withObserved(signals: readonly Signal[], observed: ObservedFlow | undefined): readonly Signal[] {
  if (!observed || observed.withFailures < observed.conversations * FAILING_SHARE || observed.withFailures === 0) {
    return signals;
  }
  const name = 'needs-central-monitoring';
  const evidence = `${observed.withFailures} of ${observed.conversations} conversations had failures`;
  const known = signals.find(signal => signal.name === name);
  const signal: Signal = { name, speaksFor: 'orchestrate', evidence: [...(known?.evidence ?? []), evidence] };
  return [...signals.filter(one => one !== known), signal];
}

function observedOf({ root }: Flow, traces: readonly ObservedTrace[]): ObservedFlow | undefined {
  const own = traces.flatMap(({ roots }) => roots.filter(({ type }) => type === root));
  if (own.length === 0) return undefined;
  const walked = own.map(walk);
  const messages: Record<string, number> = {};
  for (const { types } of walked) for (const type of types) messages[type] = (messages[type] ?? 0) + 1;
  return {
    conversations: own.length,
    withFailures: walked.filter(({ hasFailed }) => hasFailed).length,
    longestChain: Math.max(...walked.map(({ depth }) => depth)),
    messages: Object.fromEntries(Object.entries(messages).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

interface Walked {
  readonly types: readonly string[];
  readonly hasFailed: boolean;
  readonly depth: number;
}

/** Without recursion: a conversation may be long. */
function walk(root: ObservedMessage): Walked {
  const types: string[] = [];
  let hasFailed = false;
  let depth = 0;
  const open = [{ message: root, level: 1 }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { message, level } = next;
    const isOwn = message.kind === 'event' || message.kind === 'command';
    if (isOwn) {
      types.push(message.type);
      depth = Math.max(depth, level);
    }
    hasFailed ||= message.turns.some(({ outcome }) => FAILURES.has(outcome));
    for (const child of message.children) open.push({ message: child, level: isOwn ? level + 1 : level });
  }
  return { types, hasFailed, depth };
}

/** The advice as text for a terminal. */
export function renderAdvice(advice: readonly Advice[]): string {
  return advice.map(one => linesOf(one).join('\n')).join('\n\n');
}

function linesOf({ flow, style, recommended, confidence, signals, independent, observed }: Advice): readonly string[] {
  const verdict = style === recommended ? `${style}, and that fits` : `${style}, would be better ${recommended}`;
  return [
    `${flow}: ${verdict} (confidence ${confidence})`,
    ...signals.flatMap(({ name, speaksFor, evidence }) => [
      `  ${name} speaks for ${speaksFor === 'orchestrate' ? 'a saga' : 'events'}`,
      ...evidence.map(line => `    ${line}`),
    ]),
    ...(independent.length > 0 && recommended === 'hybrid' ? [`  leave to events: ${independent.join(', ')}`] : []),
    ...(observed ? [`  seen ${observed.conversations} times, longest chain ${observed.longestChain} messages`] : []),
  ];
}
