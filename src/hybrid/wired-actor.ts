// The wiring of one actor: what each of its handlers takes and does, and how certain that is.
import type { Actor, HandlerDefinition } from '../actors/actor.ts';
import { toActorBehavior } from '../actors/actor-behavior.ts';
import type { AnyContract } from '../runtime/message/contract.ts';
import type { Placed } from './definitions.ts';
import { HandlerText, joinUses, type Use } from './handler-text.ts';
import type { WiredActor, WiredHandler } from './wiring.ts';

/** What a handler does of one kind: messages, or tasks of its own actor. */
interface Share {
  readonly names: readonly string[];
  readonly isCertain: boolean;
}

/** What the text of a handler says about its ctx. */
interface Uses {
  readonly publish: Use;
  readonly send: Use;
  readonly start: Use;
}

const NOTHING: Share = { names: [], isCertain: true };

/** `typesOf` resolves a pattern. */
export function wireActor(
  { part, module }: Placed<Actor>,
  typesOf: (pattern: string) => readonly string[],
): WiredActor {
  return { name: part.name, module, handlers: new ActorWiring(part, typesOf).handlers() };
}

/** The names of a handler's effects. */
export function effectsOf({ effect, effects = [] }: HandlerDefinition['options']): readonly string[] {
  return [...new Set(effect === undefined ? effects : [effect, ...effects])].toSorted();
}

class ActorWiring {
  readonly #actor: Actor;
  readonly #typesOf: (pattern: string) => readonly string[];
  readonly #uses: readonly Uses[];
  readonly #ids: readonly string[];

  constructor(actor: Actor, typesOf: (pattern: string) => readonly string[]) {
    this.#actor = actor;
    this.#typesOf = typesOf;
    this.#uses = actor.handlers.map(usesOf);
    this.#ids = toActorBehavior(actor).handlers.map(({ id }) => `${actor.name}:${id}`);
  }

  handlers(): readonly WiredHandler[] {
    return this.#actor.handlers.map((definition, index) => this.#handler(definition, index));
  }

  #handler({ how, contract, pattern, options }: HandlerDefinition, index: number): WiredHandler {
    const { publishes, sends } = this.#actor.options;
    const published = this.#share(index, 'publish', { own: options.publishes, all: publishes });
    const sent = this.#share(index, 'send', { own: options.sends, all: sends });
    const started = this.#started(index);
    return {
      id: this.#ids[index] ?? '',
      part: this.#actor.name,
      how,
      pattern,
      takes: pattern === undefined ? namesOf(contract && [contract]) : this.#typesOf(pattern),
      isFiltered: options.where !== undefined,
      yields: options.yieldsTo !== undefined,
      publishes: published.names,
      sends: sent.names,
      effects: effectsOf(options),
      starts: started.names,
      possible: [published, sent, started].flatMap(({ names, isCertain }) => (isCertain ? [] : names)),
    };
  }

  /** What a handler declares itself is certain; of what only its actor declares, the text of the handler tells. */
  #share(
    index: number,
    what: 'publish' | 'send',
    {
      own,
      all,
    }: { readonly own: readonly AnyContract[] | undefined; readonly all: readonly AnyContract[] | undefined },
  ): Share {
    if (own) return { names: namesOf(own), isCertain: true };
    const use = this.#uses[index]?.[what];
    if (use === 'never') return NOTHING;
    const names = namesOf(all);
    const others = this.#uses.filter((uses, other) => other !== index && uses[what] !== 'never');
    return { names, isCertain: names.length <= 1 ? use === 'uses' : use === 'uses' && others.length === 0 };
  }

  /** Which of the actor's tasks a handler starts. */
  #started(index: number): Share {
    const use = this.#uses[index]?.start;
    if (use === 'never') return NOTHING;
    const names = this.#actor.handlers.flatMap(({ how }, other) =>
      how === 'task' && other !== index ? (this.#ids[other] ?? []) : [],
    );
    return { names, isCertain: names.length === 0 || (names.length === 1 && use === 'uses') };
  }
}

/** The body of a task can only ask: what ends it does the rest. */
function usesOf({ how, run, done, failed }: HandlerDefinition): Uses {
  const bodies = how === 'task' ? [done, failed] : [run];
  const texts = bodies.flatMap(body => (body ? [new HandlerText(body)] : []));
  const use = (...methods: readonly string[]): Use => joinUses(texts.map(text => text.uses(...methods)));
  const asking = how === 'task' ? new HandlerText(run).uses('ask') : 'never';
  return { publish: use('publish'), send: joinUses([use('send', 'schedule'), asking]), start: use('start') };
}

const namesOf = (contracts: readonly AnyContract[] | undefined): readonly string[] =>
  [...new Set((contracts ?? []).map(({ type }) => type))].toSorted();
