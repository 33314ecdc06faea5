// Wires an app: from its definitions to the wiring graph, and the look-ups that rules and advice need of it.
import type { AnyContract } from '../runtime/message/contract.ts';
import { PatternTrie } from '../runtime/message/pattern.ts';
import { contractsOf } from './contracts-of.ts';
import { actorsOf, monitorsOf, sagasOf, type Definitions, type Placed } from './definitions.ts';
import type { Monitor } from './monitor.ts';
import { edgesOf } from './edges.ts';
import { wireActor } from './wired-actor.ts';
import { wireSaga } from './wired-saga.ts';
import type { WiredActor, WiredContract, WiredHandler, WiredMonitor, WiredSaga, Wiring } from './wiring.ts';

const wirings = new WeakMap<Definitions, Wiring>();

/** The wiring of an app, made once. */
export function wiringOf(definitions: Definitions): Wiring {
  const known = wirings.get(definitions);
  if (known) return known;
  const wiring = wire(definitions);
  wirings.set(definitions, wiring);
  return wiring;
}

function wire(definitions: Definitions): Wiring {
  const contracts = contractsOf(definitions);
  const events = [...contracts.values()].filter(({ kind }) => kind === 'event').map(({ type }) => type);
  const typesOf = (pattern: string): readonly string[] => {
    const trie = new PatternTrie<true>();
    trie.add(pattern, true);
    return events.filter(type => trie.match(type).length > 0).toSorted();
  };
  const commands = [...contracts.values()].filter(({ kind }) => kind === 'command').map(({ type }) => type);
  const actors = actorsOf(definitions).map(placed => wireActor(placed, { typesOf, commands }));
  const sagas = sagasOf(definitions).map(wireSaga);
  const schedules = definitions.schedules.map(({ name, contract }) => ({ name, sends: contract.type }));
  const wired = [...contracts.values()]
    .map(contract => wireContract(contract, { actors, sagas, schedules }))
    .toSorted((a, b) => (a.type < b.type ? -1 : 1));
  return {
    contracts: wired,
    actors: actors.toSorted(byName),
    sagas: sagas.toSorted(byName),
    modules: definitions.modules
      .map(({ name, actors: own, sagas: ownSagas, exposes }) => ({
        name,
        actors: own.map(actor => actor.name).toSorted(),
        sagas: ownSagas.map(saga => saga.name).toSorted(),
        exposes: exposes.map(({ type }) => type).toSorted(),
      }))
      .toSorted(byName),
    monitors: monitorsOf(definitions).map(wireMonitor).toSorted(byName),
    schedules: schedules.toSorted(byName),
    edges: edgesOf({ contracts: wired, sagas }),
  };
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number => (a.name < b.name ? -1 : 1);

const wireMonitor = ({ part: { name, start, outcomes }, module }: Placed<Monitor>): WiredMonitor => ({
  name,
  module,
  start: start.type,
  outcomes: outcomes.map(({ type }) => type).toSorted(),
});

type Parts = Pick<Wiring, 'actors' | 'sagas' | 'schedules'>;

function wireContract({ type, kind, version }: AnyContract, { actors, sagas, schedules }: Parts): WiredContract {
  const handlers = actors.flatMap(actor => actor.handlers);
  const senders = handlers.filter(({ publishes, sends }) => publishes.includes(type) || sends.includes(type));
  const takers = handlers.filter(({ takes }) => takes.includes(type));
  const starters = handlers.filter(({ starts }) => takers.some(({ id }) => starts.includes(id)));
  const sagaSenders = sagas.filter(({ publishes, sends }) => publishes.includes(type) || sends.includes(type));
  const sagaTakers = sagas.filter(({ takes }) => takes.some(one => one.type === type));
  const owners =
    kind === 'command'
      ? actors.filter(actor => actor.handlers.some(({ takes }) => takes.includes(type)))
      : [...actors.filter(actor => senders.some(({ part }) => part === actor.name)), ...sagaSenders];
  return {
    type,
    kind,
    version,
    module: owners[0]?.module,
    from: [
      ...new Set([...senders, ...starters].map(({ id }) => id)),
      ...sagaSenders.map(({ name }) => name),
      ...schedules.filter(({ sends }) => sends === type).map(({ name }) => `schedule ${name}`),
    ].toSorted(),
    to: [...takers.map(({ id }) => id), ...sagaTakers.map(({ name }) => `${name}:${type}`)].toSorted(),
  };
}

/** Look-ups in a wiring. */
export class WiringIndex {
  readonly wiring: Wiring;
  readonly handlers: ReadonlyMap<string, WiredHandler>;
  readonly #takers = new Map<string, WiredHandler[]>();
  readonly #modules: ReadonlyMap<string, string | undefined>;

  constructor(wiring: Wiring) {
    this.wiring = wiring;
    const handlers = wiring.actors.flatMap(actor => actor.handlers);
    this.handlers = new Map(handlers.map(handler => [handler.id, handler]));
    for (const handler of handlers) {
      for (const type of handler.takes) this.#takers.set(type, [...(this.#takers.get(type) ?? []), handler]);
    }
    this.#modules = new Map([...wiring.actors, ...wiring.sagas].map(({ name, module }) => [name, module]));
  }

  /** The handlers of actors that take a type: the owner of a command, the subscribers of an event. */
  takers(type: string): readonly WiredHandler[] {
    return this.#takers.get(type) ?? [];
  }

  actor(name: string): WiredActor | undefined {
    return this.wiring.actors.find(actor => actor.name === name);
  }

  saga(name: string): WiredSaga | undefined {
    return this.wiring.sagas.find(saga => saga.name === name);
  }

  contract(type: string): WiredContract | undefined {
    return this.wiring.contracts.find(contract => contract.type === type);
  }

  moduleOf(part: string): string | undefined {
    return this.#modules.get(part);
  }

  /** Sagas that take a type. */
  sagasOn(type: string): readonly WiredSaga[] {
    return this.wiring.sagas.filter(({ takes }) => takes.some(one => one.type === type));
  }
}
