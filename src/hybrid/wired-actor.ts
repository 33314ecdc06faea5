// The wiring of one actor: what each of its handlers takes and does, and how certain that is.
import type { Actor, HandlerDefinition } from '../actors/actor.ts';
import { toActorBehavior } from '../actors/actor-behavior.ts';
import type { AnyContract } from '../runtime/message/contract.ts';
import type { Placed } from './definitions.ts';
import { typeNamed, typeNamedExactly } from './contract-names.ts';
import { HandlerText, joinCalls, type Calls } from './handler-text.ts';
import type { WiredActor, WiredHandler } from './wiring.ts';

/** What a handler does of one kind: messages, or tasks of its own actor. */
interface Share {
  readonly names: readonly string[];
  /** Those of them it does for certain. */
  readonly certain: readonly string[];
}

/** What a handler declares of one kind, and what its actor does. */
interface Declared {
  readonly own: readonly AnyContract[] | undefined;
  readonly all: readonly AnyContract[] | undefined;
}

/** What the text of a handler says about its ctx. */
interface Texts {
  readonly publish: Calls;
  readonly send: Calls;
  readonly start: Calls;
  /** What a task asks others for; unlike the rest nobody has to declare it. */
  readonly asked: readonly string[];
}

const NOTHING: Share = { names: [], certain: [] };

/** What the rest of the app says. */
export interface Resolve {
  /** The events that match a pattern. */
  typesOf(pattern: string): readonly string[];
  /** Every command of the app. */
  readonly commands: readonly string[];
}

/** By handler, the commands whose claims it gives way to. */
const yielded = new WeakMap<WiredHandler, readonly string[]>();

/** The commands whose claims a handler gives way to, as the router asks for them; none where it does not yield. */
export function yieldedBy(handler: WiredHandler): readonly string[] {
  return yielded.get(handler) ?? [];
}

export function wireActor({ part, module }: Placed<Actor>, resolve: Resolve): WiredActor {
  return { name: part.name, module, handlers: new ActorWiring(part, resolve).handlers() };
}

/** The names of a handler's effects. */
function effectsOf({ effect, effects = [] }: HandlerDefinition['options']): readonly string[] {
  return [...new Set(effect === undefined ? effects : [effect, ...effects])].toSorted();
}

class ActorWiring {
  readonly #actor: Actor;
  readonly #resolve: Resolve;
  readonly #texts: readonly Texts[];
  readonly #ids: readonly string[];
  readonly #yielded: readonly (readonly string[])[];

  constructor(actor: Actor, resolve: Resolve) {
    this.#actor = actor;
    this.#resolve = resolve;
    this.#texts = actor.handlers.map(handler => textsOf(handler, resolve.commands));
    const { handlers } = toActorBehavior(actor);
    this.#ids = handlers.map(({ id }) => `${actor.name}:${id}`);
    this.#yielded = handlers.map(({ yieldsTo = [] }) => yieldsTo);
  }

  handlers(): readonly WiredHandler[] {
    return this.#actor.handlers.map((definition, index) => {
      const handler = this.#handler(definition, index);
      yielded.set(handler, this.#yielded[index] ?? []);
      return handler;
    });
  }

  #handler({ how, contract, pattern, options }: HandlerDefinition, index: number): WiredHandler {
    const { publishes, sends } = this.#actor.options;
    const published = this.#share(index, 'publish', { own: options.publishes, all: publishes });
    const sent = this.#share(index, 'send', { own: options.sends, all: sends });
    const asked = options.sends ? [] : (this.#texts[index]?.asked ?? []);
    const started = this.#started(index);
    return {
      id: this.#ids[index] ?? '',
      part: this.#actor.name,
      how,
      pattern,
      takes: pattern === undefined ? namesOf(contract && [contract]) : this.#resolve.typesOf(pattern),
      isFiltered: options.where !== undefined,
      yields: options.yieldsTo !== undefined,
      publishes: published.names,
      sends: [...new Set([...sent.names, ...asked])].toSorted(),
      effects: effectsOf(options),
      starts: started.names,
      possible: [published, sent, started].flatMap(({ names, certain }) =>
        names.filter(name => !certain.includes(name) && !asked.includes(name)),
      ),
    };
  }

  /** What a handler declares itself is certain; of what only its actor declares, the text of the handler tells. */
  #share(index: number, what: 'publish' | 'send', { own, all }: Declared): Share {
    if (own) return certainly(namesOf(own));
    const calls = this.#texts[index]?.[what];
    const types = namesOf(all);
    if (!calls || calls.use === 'never') return NOTHING;
    const others = this.#texts.filter((texts, other) => other !== index && texts[what].use !== 'never');
    const isAlone = types.length === 1 || others.length === 0;
    return narrowed(calls, types, { isAlone });
  }

  /** Which of the actor's tasks a handler starts. */
  #started(index: number): Share {
    const calls = this.#texts[index]?.start;
    if (!calls || calls.use === 'never') return NOTHING;
    const tasks = this.#actor.handlers.flatMap(({ how, contract }, other) =>
      how === 'task' && contract && other !== index ? [{ type: contract.type, id: this.#ids[other] ?? '' }] : [],
    );
    const types = [...new Set(tasks.map(({ type }) => type))];
    const { names, certain } = narrowed(calls, types, { isAlone: types.length === 1 });
    const idsOf = (some: readonly string[]): readonly string[] =>
      tasks.flatMap(({ type, id }) => (some.includes(type) ? id : []));
    return { names: idsOf(names), certain: idsOf(certain) };
  }
}

/** What of the declared types the calls in a text are about. `isAlone`: nothing else can account for them. */
function narrowed(calls: Calls, types: readonly string[], { isAlone }: { readonly isAlone: boolean }): Share {
  const named = calls.names.map(name => typeNamed(name, types));
  const known = [...new Set(named.filter(type => type !== undefined))].toSorted();
  if (calls.isComplete && !named.includes(undefined)) return certainly(known);
  return { names: types, certain: isAlone && calls.use === 'uses' ? types : known };
}

const certainly = (names: readonly string[]): Share => ({ names, certain: names });

/** The body of a task can only ask: what ends it does the rest. */
function textsOf({ how, run, done, failed }: HandlerDefinition, commands: readonly string[]): Texts {
  const isTask = how === 'task';
  const bodies = (isTask ? [done, failed] : [run]).flatMap(body => (body ? [new HandlerText(body)] : []));
  const calls = (...methods: readonly string[]): Calls =>
    joinCalls(bodies.flatMap(text => methods.map(method => text.calls(method))));
  const asking = joinCalls(isTask ? [new HandlerText(run).calls('ask', 1)] : []);
  const asked = asking.names.flatMap(name => typeNamedExactly(name, commands) ?? []);
  const isKnown = asking.isComplete && asked.length === asking.names.length;
  const sending = calls('send', 'schedule');
  return {
    publish: calls('publish'),
    send: isKnown ? sending : joinCalls([sending, asking]),
    start: calls('start'),
    asked,
  };
}

const namesOf = (contracts: readonly AnyContract[] | undefined): readonly string[] =>
  [...new Set((contracts ?? []).map(({ type }) => type))].toSorted();
