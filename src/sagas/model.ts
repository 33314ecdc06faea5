// The model of a saga: one instance with its timers and open work, moved by one stimulus after the other.
import { TroupeError } from '../runtime/errors.ts';
import type { Envelope } from '../runtime/message/envelope.ts';
import type { Json } from '../runtime/message/json.ts';
import { SELF, type Behavior, type Turn } from '../runtime/turn/behavior.ts';
import type { Decision, TaskEnd } from '../runtime/turn/decision.ts';
import type { LeafDefinition } from './leaf.ts';
import { describeTimer, nameOfSource, type ModelTimer } from './model-timers.ts';
import type { Answer, EventSample, SampleBook } from './model-samples.ts';
import { programOf, type Program } from './program.ts';
import { PureTurn } from './pure-turn.ts';
import { isAwaited, NEW, tokenOf, valueOf, type Call, type SagaRecord } from './record.ts';
import type { Saga } from './saga.ts';
import { toPureBehavior } from './saga-behavior.ts';
import { taskHandler } from './saga-decision.ts';

/** What somebody outside has to do for the model to move as it did. */
export type Deed =
  | { readonly kind: 'publish'; readonly type: string; readonly data: Json }
  | { readonly kind: 'answer'; readonly type: string; readonly token: string; readonly answer: Answer }
  | { readonly kind: 'end'; readonly src: string; readonly answer: Answer }
  | { readonly kind: 'wait'; readonly ms: number };

/** One thing that can happen next. */
export interface Stimulus {
  /** The same wherever the same thing can happen. */
  readonly id: string;
  readonly title: string;
  readonly deed: Deed;
  /** The call that ends. */
  readonly call?: Call;
  readonly sample?: EventSample;
}

interface Message {
  readonly handler: string;
  readonly kind: Turn['kind'];
  readonly type: string;
  readonly data: unknown;
  readonly origin?: unknown;
}

/** An instance at one moment. */
export interface ModelState {
  readonly record: SagaRecord;
  /** Null before it starts. */
  readonly status: string | null;
  readonly now: number;
  readonly timers: readonly ModelTimer[];
  /** What it has put aside. */
  readonly stash: readonly Message[];
  /** What was done since the last stimulus, that one included. */
  readonly deeds: readonly Deed[];
}

/** In ms since 1970; only differences count. */
const START_MS = 1_000_000_000_000;

export const FIRST: ModelState = { record: NEW, status: null, now: START_MS, timers: [], stash: [], deeds: [] };

const MOST_ASIDE = 1_000;

export class Model {
  readonly samples: SampleBook;
  readonly #program: Program;
  readonly #behavior: Behavior;

  constructor(saga: Saga, samples: SampleBook) {
    this.samples = samples;
    this.#program = programOf(saga);
    this.#behavior = toPureBehavior(saga, () => {});
  }

  /** What can happen now; the ends of tasks come at once, in the order of their start. */
  stimuli(state: ModelState): readonly Stimulus[] {
    const { status, record, timers, now, stash } = state;
    if (status === null) return this.#events(({ isStart }) => isStart);
    if (status !== 'running') return [];
    const awaited = record.calls.filter(call => isAwaited(call) && isOut(state, call));
    const task = awaited.find(call => this.#leafOf(call).kind === 'task');
    if (task) return this.#endings(task);
    const accepted = this.#behavior.awaits?.(record).flatMap(one => (one.kind === 'event' ? one.types : [])) ?? [];
    // One more of what is put aside already leads nowhere else.
    const isNew = (type: string): boolean => stash.every(one => one.type !== type);
    const [next] = timers;
    const wait: Stimulus[] = next
      ? [{ id: 'wait', title: describeTimer(next, record), deed: { kind: 'wait', ms: Math.max(0, next.due - now) } }]
      : [];
    return [
      ...awaited.flatMap(call => this.#endings(call)),
      ...this.#events(({ contract: { type } }) => accepted.includes(type) && isNew(type)),
      ...wait,
    ];
  }

  /** The instance after a stimulus, with everything done that no state waits for. */
  after(state: ModelState, { deed, call, sample }: Stimulus): ModelState {
    let next: ModelState = { ...state, deeds: [deed] };
    if (sample) {
      const { type, kind } = sample.contract;
      next = this.#take(next, { handler: type, kind, type, data: sample.data });
    } else if (call && (deed.kind === 'answer' || deed.kind === 'end')) next = this.#end(next, call, deed.answer);
    else if (deed.kind === 'wait') next = this.#ring({ ...next, now: next.now + deed.ms });
    return this.#tidy(next);
  }

  #events(isPossible: (sample: EventSample) => boolean): readonly Stimulus[] {
    const { events } = this.samples;
    return events.filter(isPossible).map(sample => {
      const { type } = sample.contract;
      const nth = events.filter(one => one.contract === sample.contract).indexOf(sample) + 1;
      const title = nth === 1 ? sample.title : `${sample.title} #${nth}`;
      return { id: `event ${title}`, title, deed: { kind: 'publish', type, data: sample.data }, sample };
    });
  }

  #endings(call: Call): readonly Stimulus[] {
    const leaf = this.#leafOf(call);
    const answers = this.samples.answersTo(leaf, call.src);
    const words = answers.map(answer => `${nameOfSource(call.src)} ${wordFor(leaf, answer)}`);
    return answers.map((answer, at) => {
      const word = words[at] ?? '';
      const nth = words.slice(0, at).filter(one => one === word).length + 1;
      const deed: Deed =
        leaf.kind === 'task'
          ? { kind: 'end', src: call.src, answer }
          : { kind: 'answer', type: call.type, token: tokenOf(call), answer };
      return { id: `end ${call.path} ${at}`, title: nth === 1 ? word : `${word} #${nth}`, deed, call };
    });
  }

  #leafOf({ src }: Call): LeafDefinition {
    return this.#program.leaf(src);
  }

  #end(state: ModelState, call: Call, answer: Answer): ModelState {
    const { type, src, n, data: input } = call;
    if (this.#leafOf(call).kind !== 'task' || call.undoes !== null) {
      return this.#take(state, { handler: SELF, kind: 'reply', type, data: { token: tokenOf(call), ...answer } });
    }
    const end: TaskEnd = answer.ok
      ? { ok: true, result: answer.value ?? null }
      : { ok: false, failure: { ...answer.error, attempts: 1, timedOut: false } };
    return this.#take(state, { handler: taskHandler(src), kind: 'end', type, data: end, origin: { n, input } });
  }

  /** Fires what is due, in order. */
  #ring(state: ModelState): ModelState {
    const [first] = state.timers;
    if (!first || first.due > state.now) return state;
    const left = { ...state, timers: state.timers.slice(1) };
    return this.#ring(this.#take(left, { handler: SELF, kind: 'tick', type: first.id, data: first.tick }));
  }

  /** Undoes, and what nobody waits for any more, are answered at once. */
  #tidy(state: ModelState): ModelState {
    let next = state;
    for (let rounds = 0; rounds < MOST_ASIDE; rounds += 1) {
      const { record } = next;
      const open = record.calls.filter(call => call.status === 'sent' && isOut(next, call));
      const call = open.find(({ undoes }) => undoes !== null) ?? open.find(({ abandoned }) => abandoned);
      if (!call) return next;
      const isUndo = call.undoes !== null;
      const answer = this.samples.answerAside(this.#leafOf(call), isUndo);
      const deed: Deed = { kind: 'answer', type: call.type, token: tokenOf(call), answer };
      next = this.#end({ ...next, deeds: [...next.deeds, deed] }, call, answer);
    }
    throw new TroupeError('handler-failed', `${this.#program.name} undoes more than ${MOST_ASIDE} steps at once.`);
  }

  #take(state: ModelState, message: Message): ModelState {
    const next = keep(state, this.#decide(state, message), message);
    if (!('unstash' in next)) return next;
    const { unstash, ...rest } = next;
    return unstash.reduce<ModelState>((before, one) => this.#take(before, one), rest);
  }

  #decide({ record, status, now }: ModelState, message: Message): Decision {
    const { handler: id, kind, data, origin } = message;
    const handler = this.#behavior.handlers.find(one => one.id === id);
    if (!handler) throw new TroupeError('not-found', `The saga ${this.#program.name} has no handler for ${id}.`);
    const envelope = envelopeOf(message, { key: this.samples.key, time: now });
    const turn = { handler, kind, envelope, origin: { ...envelope, data: origin ?? data }, key: this.samples.key };
    return this.#behavior.handle(new PureTurn({ ...turn, state: record, status, at: now }));
  }
}

/** Whether somebody has it: between two attempts nobody has. */
function isOut({ timers }: ModelState, { n }: Call): boolean {
  return !timers.some(({ tick }) => 'retry' in (tick as object) && (tick as { readonly retry: number }).retry === n);
}

/** What a decision makes of a state; `unstash`: messages that come next. */
function keep(state: ModelState, decision: Decision, message: Message): ModelState | (ModelState & Unstash) {
  const { changed, status, timers = [], cancelled = [], stash, unstash } = decision;
  const others = state.timers.filter(({ id }) => !cancelled.includes(id) && !timers.some(timer => timer.id === id));
  const armed = timers.flatMap(({ id, delayMs, send }) =>
    'tick' in send ? [{ id, due: state.now + delayMs, tick: send.tick }] : [],
  );
  const next: ModelState = {
    ...state,
    record: changed ? (decision.state as SagaRecord) : state.record,
    status: status ?? state.status,
    timers: [...others, ...armed].toSorted((a, b) => a.due - b.due),
    stash: stash ? [...state.stash, message] : state.stash,
  };
  return unstash && next.stash.length > 0 ? { ...next, stash: [], unstash: next.stash } : next;
}

interface Unstash {
  readonly unstash: readonly Message[];
}

function envelopeOf({ type, kind, data }: Message, { key, time }: { key: string; time: number }): Envelope {
  const fixed = { id: 'model', position: 1, version: 1, source: 'edge', correlationId: 'model', hops: 0, headers: {} };
  const known = kind === 'event' || kind === 'command' ? kind : 'reply';
  return { ...fixed, causationId: undefined, type, kind: known, key, time, data };
}

function wordFor(leaf: LeafDefinition, answer: Answer): string {
  if (!answer.ok) return 'fails';
  if (leaf.kind === 'command') return (leaf.doneIf?.(answer.value as never) ?? true) ? 'ok' : 'refused';
  if (leaf.kind === 'task') return 'ok';
  return (answer.value as { readonly status?: unknown }).status === 'done' ? 'ok' : 'fails';
}

/** The state value of the machine; null before it starts. */
export const valueIn = ({ record }: ModelState): Json => valueOf(record);
