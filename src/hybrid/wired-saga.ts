// The wiring of one saga: its steps and states, read from the config of its machine and of those nested in it.
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { leafOf, type LeafDefinition } from '../sagas/leaf.ts';
import { Chart, isMachine, lineOf, transitionsOf, type Start } from '../sagas/lint-chart.ts';
import { reachableBy } from '../sagas/lint-reach.ts';
import { aftersOf, takes } from '../sagas/machine-parts.ts';
import { programOf } from '../sagas/program.ts';
import { commandsClaimed } from '../sagas/saga-claims.ts';
import type { Saga } from '../sagas/saga.ts';
import type { Placed } from './definitions.ts';
import { emissionsOf } from './saga-emissions.ts';
import { siteIn, siteOf, type Site } from './saga-sites.ts';
import type { WiredSaga, WiredState, WiredStep, WiredSubscription } from './wiring.ts';

const COMPENSATE = 'compensate';

/** A machine of the saga in its place. */
interface Level {
  readonly chart: Chart;
  /** The events that may have come before it was started. */
  readonly before: ReadonlySet<string>;
  /** Whether a state around the machine has an `after`. */
  readonly isTimed: boolean;
  /** The states around the machine. */
  readonly around: Site;
}

/** Something a machine does or hears, and where. */
interface Placing {
  readonly type: string;
  readonly site: Site;
  readonly isCertain: boolean;
}

/** Where in a saga its steps are, and where it publishes and hears what. */
export interface SagaSites {
  /** By the id of the step. */
  readonly steps: ReadonlyMap<string, Site>;
  readonly published: readonly Placing[];
  /** Events that lead to a state in which completed steps are undone. */
  readonly undoing: readonly Placing[];
}

const walks = new WeakMap<Saga, Walk>();

export function wireSaga({ part: saga, module }: Placed<Saga>): WiredSaga {
  const subscriptions = subscriptionsOf(saga);
  const walk = walkOf(saga);
  const { options } = saga;
  return {
    name: saga.name,
    module,
    takes: subscriptions,
    publishes: sorted((options.publishes ?? []).map(({ type }) => type)),
    sends: sorted(
      programOf(saga)
        .sends()
        .map(({ type }) => type),
    ),
    claims: sorted(commandsClaimed(options) ?? []),
    steps: walk.steps,
    states: walk.states,
  };
}

/** The sites of a saga. */
export function sitesOf(saga: Saga): SagaSites {
  return walkOf(saga).sites;
}

function walkOf(saga: Saga): Walk {
  const known = walks.get(saga);
  if (known) return known;
  const { machine } = programOf(saga);
  const subscriptions = subscriptionsOf(saga);
  const before = new Set(subscriptions.filter(({ starts }) => starts).map(({ type }) => type));
  const walk = new Walk(saga, subscriptions);
  walk.follow({ chart: new Chart(machine, saga.name), before, isTimed: false, around: [] }, [machine]);
  walks.set(saga, walk);
  return walk;
}

function subscriptionsOf({ bindings, options }: Saga): readonly WiredSubscription[] {
  return bindings.map(({ contract, toInput, where }) => ({
    type: contract.type,
    starts: toInput !== undefined || options.unknown === 'start',
    isFiltered: where !== undefined,
  }));
}

class Walk {
  readonly steps: WiredStep[] = [];
  readonly states: WiredState[] = [];
  readonly sites = {
    steps: new Map<string, Site>(),
    published: [] as Placing[],
    undoing: [] as Placing[],
  } satisfies SagaSites;
  readonly #saga: string;
  readonly #types: readonly string[];
  readonly #published: readonly string[];

  constructor({ name, options }: Saga, subscriptions: readonly WiredSubscription[]) {
    this.#saga = name;
    this.#types = subscriptions.map(({ type }) => type);
    this.#published = (options.publishes ?? []).map(({ type }) => type);
  }

  /** Reads a machine and those it starts; one that nests itself is not followed into itself. */
  follow(level: Level, around: readonly AnyStateMachine[]): void {
    const { chart } = level;
    const ways = this.#ways(chart);
    const beforeOf = (node: AnyStateNode | undefined): ReadonlySet<string> => {
      const events = ways.filter(({ reached }) => node === undefined || reached.has(node)).map(({ type }) => type);
      return new Set([...level.before, ...events]);
    };
    this.#placeMessages(level);
    const first = this.steps.length;
    for (const start of chart.starts) {
      const definition = leafOf(start.logic);
      const before = beforeOf(start.node);
      const isTimed = level.isTimed || (start.node !== undefined && lineOf(start.node).some(hasAfter));
      if (definition) this.steps.push(this.#step(chart, start, { definition, before }));
      else if (start.kind === 'promise') this.steps.push(this.#plainTask(chart, start, before));
      else if (isMachine(start.logic) && !around.includes(start.logic)) {
        const name = `${chart.name}/${typeof start.src === 'string' ? start.src : (start.id ?? 'child')}`;
        const site = [...level.around, siteIn(chart, start.node, name)];
        this.follow({ chart: new Chart(start.logic, name), before, isTimed, around: site }, [...around, start.logic]);
      }
    }
    const own = this.steps.slice(first);
    for (const { id, state } of own) this.#placeStep(level, id, state);
    for (const node of chart.nodes) if (node.type !== 'history') this.states.push(this.#state(level, node, own));
  }

  #placeStep({ chart, around }: Level, id: string, state: string): void {
    const node = chart.nodes.find(one => chart.place(one) === state);
    if (!this.sites.steps.has(id)) this.sites.steps.set(id, [...around, siteIn(chart, node, id)]);
  }

  #placeMessages({ chart, around }: Level): void {
    for (const { node, transition, types, isCertain } of emissionsOf(chart, this.#published)) {
      const site = [...around, transition ? siteOf(chart, node, transition) : siteIn(chart, node)];
      this.sites.published.push(...types.map(type => ({ type, site, isCertain })));
    }
    for (const node of chart.nodes) {
      for (const transition of transitionsOf(node)) {
        const isUndoing = around.length > 0 || [...reachableBy(node, transition)].some(isCompensating);
        const site = [...around, siteOf(chart, node, transition)];
        const types = isUndoing ? this.#typesOf(transition) : [];
        this.sites.undoing.push(...types.map(type => ({ type, site, isCertain: true })));
      }
    }
  }

  /** Where every event the machine takes leads to. */
  #ways(chart: Chart): readonly { readonly type: string; readonly reached: ReadonlySet<AnyStateNode> }[] {
    return chart.nodes.flatMap(node =>
      transitionsOf(node).flatMap(transition =>
        this.#typesOf(transition).map(type => ({ type, reached: reachableBy(node, transition) })),
      ),
    );
  }

  #typesOf({ eventType }: AnyTransitionDefinition): readonly string[] {
    return this.#types.filter(type => takes(eventType as string, type));
  }

  #step(
    chart: Chart,
    start: Start,
    { definition, before }: { readonly definition: LeafDefinition; readonly before: ReadonlySet<string> },
  ): WiredStep {
    const { kind, timeout } = definition;
    const does = kind === 'command' ? definition.contract.type : kind === 'saga' ? definition.saga.name : nameOf(start);
    const undo = kind === 'saga' ? undefined : definition.compensate && definition.compensate.send.type;
    const effects = kind === 'task' && definition.effect !== undefined ? [definition.effect] : [];
    return { ...this.#placed(chart, start, before), kind, does, undo, effects, hasTimeout: timeout !== undefined };
  }

  /** A `fromPromise` that `setup` names runs as a task. */
  #plainTask(chart: Chart, start: Start, before: ReadonlySet<string>): WiredStep {
    const placed = this.#placed(chart, start, before);
    return { ...placed, kind: 'task', does: nameOf(start), undo: undefined, effects: [], hasTimeout: false };
  }

  #placed(chart: Chart, start: Start, before: ReadonlySet<string>): Pick<WiredStep, 'id' | 'saga' | 'state' | 'after'> {
    const state = start.node ? chart.place(start.node) : chart.name;
    return { id: `${state}/${start.id ?? nameOf(start)}`, saga: this.#saga, state, after: sorted(before) };
  }

  #state({ chart, isTimed }: Level, node: AnyStateNode, steps: readonly WiredStep[]): WiredState {
    const path = chart.place(node);
    const own = chart.starts.filter(start => start.node === node);
    const line = lineOf(node);
    const moving = transitionsOf(node).filter(({ eventType }) => (eventType as string) === '');
    return {
      path,
      isFinal: node.type === 'final',
      isCompensating: isCompensating(node),
      waitsFor: sorted(transitionsOf(node).flatMap(transition => this.#typesOf(transition))),
      delays: aftersOf(node).map(({ delay }) => String(delay)),
      steps: steps.filter(({ state }) => state === path).map(({ id }) => id),
      next: sorted(
        transitionsOf(node).flatMap(({ target = [] }) =>
          (target as readonly AnyStateNode[]).map(one => chart.place(one)),
        ),
      ),
      onlyWaits:
        node.type === 'atomic' && !isTimed && own.length === 0 && moving.length === 0 && !line.some(isBounded(chart)),
    };
  }
}

const isCompensating = (node: AnyStateNode): boolean => (node.tags as readonly string[]).includes(COMPENSATE);

const hasAfter = (node: AnyStateNode): boolean => aftersOf(node).length > 0;

/** Something beside events ends a state or one around it: a delay, a region beside it, or what that one has started. */
const isBounded =
  (chart: Chart) =>
  (node: AnyStateNode): boolean =>
    hasAfter(node) ||
    chart.starts.some(start => start.node === node) ||
    (node.type === 'parallel' && chart.nodes.some(other => lineOf(other).includes(node) && hasAfter(other)));

const nameOf = ({ src, id }: Start): string => (typeof src === 'string' ? src : (id ?? 'task'));

const sorted = (types: Iterable<string>): readonly string[] => [...new Set(types)].toSorted();
