// Paths through the model of a saga: a graph of everything that can happen, and the ways through it.
import { matchesState, type ActorLogic, type EventObject, type Snapshot, type StateValue } from 'xstate';
import { getAdjacencyMap, getShortestPaths } from 'xstate/graph';
import { TroupeError } from '../runtime/errors.ts';
import type { Json } from '../runtime/message/json.ts';
import { describeTimer } from './model-timers.ts';
import type { Model } from './model.ts';
import { FIRST, valueIn, type Deed, type ModelState } from './model.ts';
import { contextOf, isAwaited } from './record.ts';
import { readTree } from './stored-machine.ts';

/** Which paths are wanted. */
export interface PathSearch {
  /**
   * `shortest`: the shortest way to each state. `simple`: every way that comes to no state twice. `edges`: a
   * shortest way over everything that can happen anywhere.
   */
  readonly how: 'shortest' | 'simple' | 'edges';
  /** Only to states that match. */
  readonly to: StateValue | undefined;
  readonly limit: number;
  /** What of the context makes two states different; default: nothing. */
  readonly distinguish: ((context: never) => unknown) | undefined;
}

/** One stimulus on a path. */
export interface ModelStep {
  readonly title: string;
  readonly deeds: readonly Deed[];
  /** Where the machine is then. */
  readonly value: Json;
  readonly status: string;
}

/** A way through the model, from before the instance starts. */
export interface ModelPath {
  readonly steps: readonly ModelStep[];
}

/** A graph of more states than this is not searched. */
const MOST_EDGES = 5_000;

interface Event extends EventObject {
  readonly type: string;
}
type Logic = ActorLogic<ModelState & Snapshot<unknown>, Event>;

/** By the names of states and the ids of stimuli. */
type Graph = Readonly<
  Record<string, { readonly transitions: Readonly<Record<string, { readonly state: ModelState }>> }>
>;

/** Paths in the order in which the graph finds them, the same at every call. */
export function findPaths(model: Model, search: PathSearch): readonly ModelPath[] {
  const finder = new Finder(model, search);
  const found: ModelPath[] = [];
  const taken = new Set<string>();
  for (const ids of finder.all()) {
    const path = finder.walk(ids);
    const name = path?.ids.join('\n');
    if (!path || name === undefined || taken.has(name)) continue;
    taken.add(name);
    found.push(path);
    if (found.length >= search.limit) break;
  }
  return found;
}

interface Walked extends ModelPath {
  readonly ids: readonly string[];
}

class Finder {
  readonly #model: Model;
  readonly #search: PathSearch;
  readonly #logic: Logic;

  constructor(model: Model, search: PathSearch) {
    this.#model = model;
    this.#search = search;
    this.#logic = {
      transition: (state: ModelState, { type }: Event) => this.#move(state, type) ?? state,
      getInitialSnapshot: () => FIRST,
      getPersistedSnapshot: (state: ModelState) => state,
    } as unknown as Logic;
  }

  /** Ids of stimuli, in a row. */
  all(): Iterable<readonly string[]> {
    const { how, to } = this.#search;
    if (how === 'simple') return this.#simple();
    const shortest = this.#shortest();
    if (how === 'edges') return withoutPrefixes(this.#edges(shortest).filter(ids => this.#arrives(ids)));
    const ways = [...shortest.values()].filter(ids => this.#arrives(ids));
    return to === undefined ? withoutPrefixes(ways) : ways;
  }

  /** Takes a path from its start: the graph may have come to a state by another way, with other data. */
  walk(ids: readonly string[]): Walked | undefined {
    const steps: ModelStep[] = [];
    let state: ModelState = FIRST;
    for (const id of ids) {
      const stimulus = this.#model.stimuli(state).find(one => one.id === id);
      if (!stimulus) return undefined;
      state = this.#model.after(state, stimulus);
      const { deeds, status } = state;
      steps.push({ title: stimulus.title, deeds, value: valueIn(state), status: status ?? 'running' });
    }
    return steps.length === 0 ? undefined : { ids, steps };
  }

  #move(state: ModelState, id: string): ModelState | undefined {
    const stimulus = this.#model.stimuli(state).find(one => one.id === id);
    return stimulus && this.#model.after(state, stimulus);
  }

  get #options() {
    return {
      events: (state: ModelState) => this.#model.stimuli(state).map(({ id }) => ({ type: id })),
      serializeState: (state: ModelState) => this.#nameOf(state) as never,
      serializeEvent: ({ type }: Event) => type as never,
      limit: MOST_EDGES,
    };
  }

  #graph(): Graph {
    return bounded(() => getAdjacencyMap(this.#logic, this.#options)) as unknown as Graph;
  }

  /** By the name of the state they lead to. */
  #shortest(): ReadonlyMap<string, readonly string[]> {
    const paths = bounded(() => getShortestPaths(this.#logic, this.#options));
    const ways = paths.map(({ state, steps }) => [this.#nameOf(state), steps.slice(1).map(({ event }) => event.type)]);
    return new Map(ways as [string, string[]][]);
  }

  #edges(shortest: ReadonlyMap<string, readonly string[]>): (readonly string[])[] {
    return Object.entries(this.#graph()).flatMap(([name, { transitions }]) =>
      Object.keys(transitions).map(id => [...(shortest.get(name) ?? []), id]),
    );
  }

  /** Depth first, one at a time: there may be more of them than anybody can wait for. */
  *#simple(): Iterable<readonly string[]> {
    const graph = this.#graph();
    const start = this.#nameOf(FIRST);
    yield* this.#onFrom(graph, { at: start, ids: [], visited: new Set([start]) });
  }

  *#onFrom(graph: Graph, way: Way): Iterable<readonly string[]> {
    const { at, ids, visited } = way;
    if (this.#search.to !== undefined && ids.length > 0 && this.#arrives(ids)) return void (yield ids);
    const next = Object.entries(graph[at]?.transitions ?? {})
      .map(([id, { state }]) => ({ id, name: this.#nameOf(state) }))
      .filter(({ name }) => !visited.has(name));
    if (next.length === 0 && this.#search.to === undefined) yield ids;
    for (const { id, name } of next) {
      yield* this.#onFrom(graph, { at: name, ids: [...ids, id], visited: new Set([...visited, name]) });
    }
  }

  /** Whether a path ends where it should. */
  #arrives(ids: readonly string[]): boolean {
    const { to } = this.#search;
    if (to === undefined) return true;
    const value = this.walk(ids)?.steps.at(-1)?.value;
    return value !== undefined && value !== null && matchesState(to, value as StateValue);
  }

  /** States with one name differ only in what is remembered. */
  #nameOf(state: ModelState): string {
    const { record, status, timers, stash } = state;
    const open = record.calls.filter(isAwaited).map(({ path, attempt }) => [path, attempt]);
    const context = contextOf(record);
    const distinguished = context === null ? null : this.#search.distinguish?.(context as never);
    return JSON.stringify([
      status,
      shapeOf(record.snapshot),
      open,
      timers.map(timer => describeTimer(timer, record)),
      stash.map(({ type }) => type),
      distinguished ?? null,
    ]);
  }
}

interface Way {
  readonly at: string;
  readonly ids: readonly string[];
  readonly visited: ReadonlySet<string>;
}

/** States and histories of a machine and of those in it. */
function shapeOf(snapshot: unknown): unknown {
  const tree = readTree(snapshot);
  if (!tree) return null;
  const below = Object.entries(tree.children).map(([id, child]) => [id, shapeOf(child.snapshot)]);
  return [tree.value, tree.historyValue, below];
}

/** The start of a longer path is tested with it. */
function withoutPrefixes(ways: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const names = ways.map(ids => ids.join('\n'));
  return ways.filter((_, at) => !names.some((name, other) => other !== at && name.startsWith(`${names[at]}\n`)));
}

function bounded<T>(search: () => T): T {
  try {
    return search();
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('Traversal limit')) throw error;
    const problem = `sagaPaths finds more than ${MOST_EDGES} things that can happen`;
    throw new TroupeError('invalid-options', `${problem}. Give fewer samples, or distinguish less of the context.`);
  }
}
