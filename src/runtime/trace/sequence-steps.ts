// The steps of a conversation in the order of its log, which every sequence diagram draws in its own way.
import type { Trace, TraceNode } from './trace.ts';
import { openRemark, remarkOf, toDuration } from './words.ts';

const LONG_WAIT_MS = 1000;

/** A message from one lifeline to another. */
export interface Arrow {
  readonly kind: 'command' | 'event' | 'reply';
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly atMs: number;
}

/** A remark at one lifeline: a retry, a dead letter, a timer, a task. */
export interface Note {
  readonly kind: 'note';
  readonly at: string;
  readonly text: string;
  readonly atMs: number;
}

export type Step = Arrow | Note;

/** A conversation as a sequence diagram; times are since its first message. */
export interface Sequence {
  /** In the order in which they take part. */
  readonly lifelines: readonly string[];
  readonly steps: readonly Step[];
}

export function toSequence(trace: Trace): Sequence {
  const start = trace.roots[0]?.time ?? 0;
  const steps = flatten(trace.roots).flatMap(node => stepsOf(node, trace, start));
  for (const { address, id, type, due } of trace.timers) {
    const what = address === '' ? type : `timer ${id} (${type})`;
    const text = `${what} is due at +${toDuration(Math.max(0, due - start))}`;
    steps.push({ kind: 'note', at: lifelineOf(address === '' ? 'edge' : address), text, atMs: due - start });
  }
  steps.sort((a, b) => a.atMs - b.atMs);
  const lifelines = new Set(steps.flatMap(step => (step.kind === 'note' ? [step.at] : [step.from, step.to])));
  return { lifelines: [...lifelines], steps };
}

/** Everything of an actor or saga is one lifeline: `payments/1` and `payments/2` are `payments`. */
function lifelineOf(address: string): string {
  const slash = address.indexOf('/');
  return slash === -1 ? address : address.slice(0, slash);
}

function flatten(roots: readonly TraceNode[]): TraceNode[] {
  const nodes: TraceNode[] = [];
  const open = [...roots];
  for (let node = open.pop(); node; node = open.pop()) {
    nodes.push(node);
    open.push(...node.children);
  }
  return nodes.toSorted((a, b) => a.position - b.position);
}

function stepsOf(node: TraceNode, trace: Trace, start: number): Step[] {
  const from = lifelineOf(node.source);
  const atMs = node.time - start;
  const receivers = new Set([...node.turns, ...node.open].map(({ address }) => lifelineOf(address)));
  return [...headSteps(node, trace, { from, atMs, receivers }), ...remarkSteps(node, start)];
}

interface Place {
  readonly from: string;
  readonly atMs: number;
  readonly receivers: ReadonlySet<string>;
}

function headSteps(node: TraceNode, trace: Trace, { from, atMs, receivers }: Place): Step[] {
  const { type, kind, delayedMs } = node;
  const later = delayedMs > 0 ? `, ${toDuration(delayedMs)} later` : '';
  if (kind === 'end') return [];
  if (kind === 'tick') return [{ kind: 'note', at: from, text: `timer ${type}${later}`, atMs }];
  // The key that is the same in all of the diagram needs no saying.
  const isOfAll = trace.roots.every(root => root.key === node.key);
  const key = isOfAll ? '' : ` ${node.key}`;
  const text = `${kind === 'reply' ? 'reply to ' : ''}${type}${kind === 'reply' ? '' : key}${later}`;
  if (receivers.size === 0) {
    return [{ kind: 'note', at: from, text: `${text}: ${kind === 'event' ? 'no subscriber' : 'not handled'}`, atMs }];
  }
  return [...receivers].map((to): Step => ({ kind, from, to, text, atMs }));
}

function remarkSteps({ time, type, turns, open }: TraceNode, start: number): Step[] {
  const notes = turns.flatMap((turn): Step[] => {
    // What a turn sends has the time at which the turn began, and its remark comes before that.
    const began = turn.outcome.startsWith('task-') ? turn.at : Math.max(time, Math.floor(turn.at - turn.runMs));
    const text = remarkOf(turn) ?? waitRemark(type, began - time);
    return text === undefined ? [] : [{ kind: 'note', at: lifelineOf(turn.address), text, atMs: began - start }];
  });
  const toTime = (ms: number): string => `+${toDuration(Math.max(0, ms - start))}`;
  const last = turns.at(-1)?.at ?? time;
  for (const one of open) {
    notes.push({ kind: 'note', at: lifelineOf(one.address), text: openRemark(one, toTime), atMs: last - start });
  }
  return notes;
}

/** An arrow stands where its message was sent; who was overtaken on the way shows where it is taken. */
function waitRemark(type: string, waitedMs: number): string | undefined {
  return waitedMs < LONG_WAIT_MS ? undefined : `takes ${type}, which waited ${toDuration(waitedMs)}`;
}
