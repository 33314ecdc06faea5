// Signals: what in the wiring of a flow speaks for a conductor, and what speaks for events that nobody conducts.
import type { Flow, Reaction } from './flows.ts';
import type { WiringIndex } from './wire.ts';

/** The names of signals, as the articles on the choice have them. */
export type SignalName =
  | 'waits-for-results'
  | 'conditional-next-step'
  | 'all-or-nothing'
  | 'needs-central-monitoring'
  | 'self-contained-message'
  | 'linear'
  | 'one-direction'
  | 'independent-reactions';

/** One reason for a style, with where it is seen. */
export interface Signal {
  readonly name: SignalName;
  readonly speaksFor: 'orchestrate' | 'choreograph';
  /** Handlers, states and types, as sentences. */
  readonly evidence: readonly string[];
}

/** From this many parts on nobody sees a chain of events as a whole. */
const MANY_PARTS = 5;
/** What a reader wants to see of each signal. */
const MOST_EVIDENCE = 5;

/** What the wiring says of one flow. */
export interface FlowReading {
  readonly signals: readonly Signal[];
  /** Reactions that lead to nothing: what nobody waits for, whatever conducts the rest. */
  readonly independent: readonly string[];
}

export function readFlow(index: WiringIndex, flow: Flow): FlowReading {
  const view = new FlowView(index, flow);
  const independent = view.independent();
  const found: readonly (readonly [SignalName, Signal['speaksFor'], readonly string[]])[] = [
    ['waits-for-results', 'orchestrate', view.waits()],
    ['conditional-next-step', 'orchestrate', view.choices()],
    ['all-or-nothing', 'orchestrate', view.undos()],
    ['needs-central-monitoring', 'orchestrate', view.length()],
    ['self-contained-message', 'choreograph', view.selfContained()],
    ['linear', 'choreograph', view.linear()],
    ['one-direction', 'choreograph', view.oneDirection()],
    ['independent-reactions', 'choreograph', independent.map(at => `${at} answers nobody`)],
  ];
  const signals = found.flatMap(([name, speaksFor, evidence]) =>
    evidence.length === 0 ? [] : [{ name, speaksFor, evidence: evidence.slice(0, MOST_EVIDENCE) }],
  );
  return { signals, independent };
}

class FlowView {
  readonly #index: WiringIndex;
  readonly #flow: Flow;
  readonly #reactions: readonly Reaction[];
  /** Without the ends of the flow: what leads on. */
  readonly #line: readonly Reaction[];

  constructor(index: WiringIndex, flow: Flow) {
    this.#index = index;
    this.#flow = flow;
    this.#reactions = flow.reactions;
    this.#line = flow.reactions.filter(reaction => this.#isHeard(reaction));
  }

  /** Steps and states of sagas that wait; joins and asks of handlers. */
  waits(): readonly string[] {
    const sagas = this.#sagas();
    const steps = sagas.flatMap(saga => saga.steps.map(({ id, does }) => `${id} waits for ${does}`));
    const states = sagas.flatMap(saga =>
      saga.states.flatMap(({ path, waitsFor }) =>
        waitsFor.length === 0 ? [] : [`${path} waits for ${waitsFor.join(' or ')}`],
      ),
    );
    const asking = this.#reactions.flatMap(({ handler, at }) =>
      handler?.how === 'task' ? handler.sends.map(type => `${at} asks or sends ${type}`) : [],
    );
    return [...asking, ...this.#joins(), ...steps, ...states];
  }

  /** One actor that takes two results of others before it goes on. */
  #joins(): readonly string[] {
    const parts = [...new Set(this.#line.flatMap(({ part, handler }) => (handler ? [part] : [])))];
    return parts.flatMap(part => {
      const own = this.#line.filter(reaction => reaction.part === part && reaction.kind === 'event');
      const from = new Set(own.flatMap(({ by }) => this.#publishers(by).filter(other => other !== part)));
      const leads = new Set(own.flatMap(({ leadsTo }) => leadsTo));
      const shared = own.length > 1 && from.size > 1 && leads.size < own.length;
      return shared ? [`${part} collects ${own.map(({ by }) => by).join(' and ')}`] : [];
    });
  }

  /** Alternatives: a handler that publishes this or that, a state that leads here or there. */
  choices(): readonly string[] {
    const handlers = this.#line.flatMap(({ handler, at, leadsTo }) => {
      const heard = leadsTo.filter(type => this.#takers(type).length > 0);
      return handler && heard.length > 1 ? [`${at} leads to ${heard.join(' or ')}`] : [];
    });
    const states = this.#sagas().flatMap(({ states: all }) =>
      all.filter(({ next }) => next.length > 1).map(({ path, next }) => `${path} leads to ${next.join(' or ')}`),
    );
    return [...handlers, ...states];
  }

  /** Compensation: steps with an undo, and events that flow back to who has acted before. */
  undos(): readonly string[] {
    const steps = this.#sagas().flatMap(({ steps: all }) =>
      all.flatMap(({ id, undo }) => (typeof undo === 'string' ? [`${id} is undone by ${undo}`] : [])),
    );
    return [...steps, ...this.#backflows()];
  }

  length(): readonly string[] {
    const parts = new Set(this.#line.map(({ part }) => part));
    const last = Math.max(0, ...this.#line.map(({ hop }) => hop));
    return parts.size >= MANY_PARTS ? [`${parts.size} parts lead to one another over ${last} hops`] : [];
  }

  /** Nobody asks for more than the message has. */
  selfContained(): readonly string[] {
    if (this.waits().length > 0) return [];
    return [`what ${this.#flow.root} says is enough for everyone who reacts`];
  }

  linear(): readonly string[] {
    if (this.choices().length > 0) return [];
    return [`every reaction to ${this.#flow.root} leads to one thing, or to none`];
  }

  oneDirection(): readonly string[] {
    if (this.undos().length > 0) return [];
    return [`nothing flows back to who has acted before`];
  }

  /** Ends of the flow beside its line: neither the last step of a chain of actors nor what comes back to undo. */
  independent(): readonly string[] {
    const returning = new Set(this.#returning().map(({ at }) => at));
    const ends = this.#reactions.filter(
      ({ handler, kind, at, by, leadsTo }) =>
        handler !== undefined &&
        kind === 'event' &&
        !this.#isHeard({ leadsTo }) &&
        !returning.has(at) &&
        !this.#isLast(by),
    );
    return ends.map(({ at }) => at);
  }

  /** What an actor of the flow publishes for one handler only: the next step of a chain. */
  #isLast(type: string): boolean {
    const isActor = (name: string): boolean => this.#index.actor(name) !== undefined;
    return this.#takers(type).length === 1 && this.#publishers(type).some(isActor);
  }

  #backflows(): readonly string[] {
    return this.#returning().map(({ at, part, acted }) => `${at} comes back to ${part}, which has acted on ${acted}`);
  }

  /** Handlers that an event reaches whose actor an earlier event of the flow has reached, by others. */
  #returning(): readonly { readonly at: string; readonly part: string; readonly acted: string }[] {
    return this.#reactions.flatMap(({ handler, part, at, by, kind, hop }) => {
      if (handler === undefined || kind !== 'event') return [];
      const earlier = this.#line.find(other => other.part === part && other.hop < hop && other.kind === 'event');
      if (!earlier || !this.#publishers(by).some(other => other !== part)) return [];
      return [{ at, part, acted: earlier.by }];
    });
  }

  #isHeard({ leadsTo }: Pick<Reaction, 'leadsTo'>): boolean {
    return leadsTo.some(type => this.#takers(type).length > 0);
  }

  #takers(type: string): readonly unknown[] {
    return [...this.#index.takers(type), ...this.#index.sagasOn(type)];
  }

  #publishers(type: string): readonly string[] {
    return this.#index.wiring.edges.filter(edge => edge.type === type).map(({ from }) => from);
  }

  #sagas(): readonly NonNullable<Reaction['saga']>[] {
    const direct = this.#reactions.flatMap(({ saga }) => saga ?? []);
    const children = direct.flatMap(({ steps }) =>
      steps.flatMap(({ kind, does }) => (kind === 'saga' ? (this.#index.saga(does) ?? []) : [])),
    );
    return [...new Set([...direct, ...children])];
  }
}
