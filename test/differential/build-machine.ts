// Makes a machine of its data, the same for XState's own actors and for the step; what the data names but lacks is left out.
import {
  and,
  assign,
  cancel,
  createMachine,
  emit,
  enqueueActions,
  forwardTo,
  fromTransition,
  log,
  not,
  or,
  raise,
  sendParent,
  sendTo,
  spawnChild,
  stateIn,
  stopChild,
  type AnyStateMachine,
} from 'xstate';
import type { Saw } from './features.ts';
import {
  OUTER,
  type ActionSpec,
  type ChildSpec,
  type Context,
  type DelaySpec,
  type GuardSpec,
  type InvokeSpec,
  type MachineSpec,
  type Recipient,
  type StateSpec,
  type TransitionSpec,
} from './machine-spec.ts';

export interface BuildOptions {
  /** Logic of the children that the harness settles. */
  readonly leaf: unknown;
  /** Runs the one custom action. */
  readonly note: (args: any, params: unknown) => void;
  /** Hears what a callback of the machine was used for. */
  readonly saw: Saw;
}

/** How far a machine may go by itself; a child gets half of what its parent has left. */
const FUEL = 12;
const MODULUS = 97;
const DELAYS = { none: 0, short: 10, long: 50 };

export const rootInput = { a: 1, fuel: FUEL };

/** Builds the machine with everything it may start. */
export function buildMachine(spec: MachineSpec, options: BuildOptions): AnyStateMachine {
  return new Builder(spec, options, false).build();
}

interface Node {
  readonly spec: StateSpec;
  readonly parent: Node | undefined;
  readonly path: readonly string[];
  /** Ids of children that are there whenever this state is active. */
  readonly reach: ReadonlySet<string>;
}

class Builder {
  readonly #spec: MachineSpec;
  readonly #options: BuildOptions;
  readonly #isChild: boolean;
  readonly #nodes = new Map<string, Node>();

  constructor(spec: MachineSpec, options: BuildOptions, isChild: boolean) {
    this.#spec = spec;
    this.#options = options;
    this.#isChild = isChild;
    this.#index(spec.root, undefined);
  }

  build(): AnyStateMachine {
    const { saw } = this.#options;
    const actors = Object.entries(this.#spec.actors).map(([name, actor]) => {
      if (actor.kind === 'machine') return [name, new Builder(actor.machine, this.#options, true).build()];
      return [name, actor.kind === 'leaf' ? this.#options.leaf : counter(saw)];
    });
    const config = {
      ...this.#state(this.#nodes.get(this.#spec.root.key)!),
      id: this.#spec.id,
      context: ({ input }: any): Context => ({ a: input?.a ?? 2, fuel: input?.fuel ?? 3, last: null }),
      output: ({ context, event }: any) => ({ a: context.a, end: event.output ?? null }),
      options: { maxIterations: 500 },
    };
    return createMachine(
      config as any,
      {
        actors: Object.fromEntries(actors),
        actions: {
          note: this.#options.note,
          bump: assign(({ context }: any, { k }: any) => {
            saw('action with params');
            return { a: (context.a * 3 + k) % MODULUS };
          }),
        },
        guards: {
          under: ({ context }: any, { than }: any) => {
            saw('guard with params');
            return context.a % 10 < than;
          },
        },
        delays: { ...DELAYS, fromContext: ({ context }: any) => 10 * (1 + (context.a % 4)) },
      } as any,
    );
  }

  #index(spec: StateSpec, parent: Node | undefined): void {
    const own = (spec.invoke ?? []).flatMap(({ id, src }) => (id !== undefined && this.#has(src) ? [id] : []));
    const node: Node = {
      spec,
      parent,
      path: parent ? [...parent.path, spec.key] : [],
      reach: new Set([...(parent?.reach ?? []), ...own]),
    };
    this.#nodes.set(spec.key, node);
    for (const child of spec.states ?? []) this.#index(child, node);
  }

  #has(src: string): boolean {
    return src in this.#spec.actors;
  }

  #state(node: Node): Record<string, unknown> {
    const { spec } = node;
    if (spec.kind === 'shallow' || spec.kind === 'deep') return this.#history(node);
    const own = {
      ...(spec.hasId === true && node.parent && { id: spec.key }),
      entry: this.#actions(spec.entry, node),
      exit: this.#actions(spec.exit, node),
      ...(spec.tags && { tags: spec.tags }),
    };
    if (spec.kind === 'final') {
      return { ...own, type: 'final', ...(spec.hasOutput === true && { output: ({ context }: any) => context.a }) };
    }
    const transitions = (list: readonly TransitionSpec[], isFree: boolean): unknown[] =>
      list.map(transition => this.#transition(transition, node, isFree));
    const all = (lists: Readonly<Record<string, readonly TransitionSpec[]>>, isFree: (key: string) => boolean) =>
      Object.fromEntries(Object.entries(lists).map(([key, list]) => [key, transitions(list, isFree(key))]));
    return {
      ...own,
      ...this.#substates(node),
      on: all(spec.on ?? {}, type => OUTER.includes(type) || type === 'out.*'),
      after: all(spec.after ?? {}, delay => delay !== 'none' && delay !== '0'),
      ...(spec.always && { always: transitions(spec.always, false) }),
      ...(spec.onDone && { onDone: transitions(spec.onDone, false) }),
      invoke: (spec.invoke ?? [])
        .filter(({ src }) => this.#has(src))
        .map(child => this.#invoke(child, list => transitions(list, false))),
    };
  }

  #substates({ spec }: Node): Record<string, unknown> {
    const children = spec.states ?? [];
    const initial =
      children.find(({ key, kind }) => key === spec.initial && !isHistory(kind)) ??
      children.find(({ kind }) => !isHistory(kind));
    if (!initial) return {};
    const states = Object.fromEntries(children.map(({ key }) => [key, this.#state(this.#nodes.get(key)!)]));
    return spec.kind === 'parallel' ? { type: 'parallel', states } : { initial: initial.key, states };
  }

  #history({ spec, parent }: Node): Record<string, unknown> {
    const fallback = parent?.spec.states?.find(({ key, kind }) => key === spec.fallback && !isHistory(kind));
    return {
      ...(spec.hasId === true && { id: spec.key }),
      type: 'history',
      history: spec.kind,
      ...(fallback && { target: fallback.key }),
    };
  }

  #invoke(spec: InvokeSpec, transitions: (list: readonly TransitionSpec[]) => unknown[]): Record<string, unknown> {
    const { onDone, onError, onSnapshot } = spec;
    return {
      src: spec.src,
      ...this.#child(spec),
      ...(onDone && { onDone: transitions(onDone) }),
      ...(onError && { onError: transitions(onError) }),
      ...(onSnapshot && { onSnapshot: transitions(onSnapshot) }),
    };
  }

  #child({ id, input, isNamed }: ChildSpec): Record<string, unknown> {
    return {
      ...(id !== undefined && { id }),
      // Only the root exists once; anywhere else a system id would be taken twice.
      ...(isNamed === true && id !== undefined && !this.#isChild && { systemId: `sys-${id}` }),
      ...(input !== undefined && {
        input: ({ context, event }: any) => ({
          a: (context.a + input) % MODULUS,
          fuel: Math.floor(context.fuel / 2),
          why: event.type,
        }),
      }),
    };
  }

  #transition(spec: TransitionSpec, node: Node, isFree: boolean): Record<string, unknown> {
    const targets = this.#targets(spec.target ?? [], node);
    const guards = [...(isFree ? [] : [hasFuel]), ...(spec.guard ? [this.#guard(spec.guard)] : [])];
    const burn = assign({ fuel: ({ context }: any) => context.fuel - 1 } as any);
    // What is left is gone before actions run, be it by this transition or by that of another region.
    const mayLeave = targets.length > 0 || lineOf(node.parent).some(({ spec }) => spec.kind === 'parallel');
    const place = mayLeave ? { ...node, reach: new Set<string>() } : node;
    return {
      ...(targets.length > 0 && { target: targets.map(target => this.#reference(target, node)) }),
      ...(guards.length > 0 && { guard: guards.length === 1 ? guards[0] : and(guards as any) }),
      actions: [...(isFree ? [] : [burn]), ...this.#actions(spec.actions, place)],
      ...(spec.reenter === true && { reenter: true }),
    };
  }

  #targets(keys: readonly string[], from: Node): Node[] {
    const targets: Node[] = [];
    for (const key of keys) {
      const target = this.#nodes.get(key);
      if (!target || entersTwice(target, from)) continue;
      if (targets.every(other => areCompatible(other, target))) targets.push(target);
    }
    return targets;
  }

  /** All the ways there are to name a target. */
  #reference(target: Node, from: Node): string {
    if (from.parent && target.parent === from.parent) return target.spec.key;
    if (target.parent === from) return `.${target.spec.key}`;
    if (!target.parent) return `#${this.#spec.id}`;
    return this.#id(target);
  }

  #id({ spec, parent, path }: Node): string {
    return spec.hasId === true && parent ? `#${spec.key}` : ['#' + this.#spec.id, ...path].join('.');
  }

  #guard(spec: GuardSpec): any {
    switch (spec.kind) {
      case 'less':
        return ({ context }: any) => context.a % 10 < spec.than;
      case 'named':
        return { type: 'under', params: { than: spec.than } };
      case 'odd':
        return ({ event }: any) => (event.v ?? 0) % 2 === 1;
      case 'in': {
        const node = this.#nodes.get(spec.state);
        return node ? stateIn(this.#id(node) as any) : () => false;
      }
      case 'and':
      case 'or':
      case 'not': {
        const guards = spec.of.map(one => this.#guard(one));
        if (guards.length === 0) return () => false;
        return spec.kind === 'and' ? and(guards) : spec.kind === 'or' ? or(guards) : not(guards[0]);
      }
      case 'throws':
        return ({ context }: any) => {
          if (context.a < spec.below && this.#mayThrow) throw new Error('thrown by a guard');
          return false;
        };
    }
  }

  /** XState leaves the children of a machine that throws running and unreachable; no durable run can do that. */
  get #mayThrow(): boolean {
    return Object.keys(this.#spec.actors).length === 0;
  }

  #actions(list: readonly ActionSpec[] | undefined, node: Node): unknown[] {
    return (list ?? []).flatMap(spec => this.#action(spec, node));
  }

  #action(spec: ActionSpec, node: Node): any[] {
    const { saw } = this.#options;
    switch (spec.kind) {
      case 'assign':
        return [assign({ a: ({ context }: any) => (context.a * 5 + spec.k) % MODULUS } as any)];
      case 'bump':
        return [{ type: 'bump', params: { k: spec.k } }];
      case 'note':
        return [{ type: 'note', params: ({ context }: any) => ({ k: spec.k, a: context.a }) }];
      case 'take':
        return [assign({ last: ({ event }: any) => digest(event, saw) } as any)];
      case 'raise':
        return this.#sent(spec, options => raise(message(spec.type), options));
      case 'send':
        return this.#send(spec.to, spec, node);
      case 'forward':
        return node.reach.has(spec.to) ? [forwardTo(spec.to)] : [];
      case 'cancel':
        return [cancel(spec.id)];
      case 'emit':
        return [emit(message(spec.type) as any)];
      case 'log':
        return [log(({ context }: any) => context.a, spec.label)];
      case 'enqueue':
        return [this.#enqueue(spec, node)];
      case 'spawn':
        return this.#spawn(spec);
      case 'stop':
        return [stopChild(spec.id)];
      case 'throws':
        return this.#mayThrow ? [assign(({ context }: any) => throwBelow(context.a, spec.below))] : [];
    }
  }

  /** An id is cancelled before it is used again: XState forgets the first of two timers with one id. */
  #sent(
    { delay, id }: { readonly delay?: DelaySpec; readonly id?: string },
    send: (options: any) => unknown,
  ): unknown[] {
    const isTimer = delay !== undefined;
    const action = send({ ...(isTimer && { delay }), ...(isTimer && id !== undefined && { id }) });
    return isTimer && id !== undefined ? [cancel(id), action] : [action];
  }

  #send(to: Recipient, spec: ActionSpec & { readonly kind: 'send' }, node: Node): unknown[] {
    const event = message(spec.type);
    switch (to.kind) {
      case 'self':
        return this.#sent(spec, options => sendTo(({ self }: any) => self, event as any, options));
      case 'parent':
        return this.#isChild ? this.#sent(spec, options => sendParent(event as any, options)) : [];
      case 'child':
        return node.reach.has(to.id) ? this.#sent(spec, options => sendTo(to.id, event as any, options)) : [];
      case 'system': {
        const find = ({ system }: any): unknown => {
          const found = system.get(`sys-${to.id}`);
          this.#options.saw(found ? 'sendTo by system id' : 'system id unknown');
          return found;
        };
        return this.#sent(spec, options => sendTo(find as any, event as any, options));
      }
    }
  }

  #enqueue({ check, yes, no }: ActionSpec & { readonly kind: 'enqueue' }, node: Node): unknown {
    const guard = check && this.#guard(check);
    const actions = [yes, no].map(list => this.#actions(list, node) as any[]);
    return enqueueActions(({ enqueue, check: evaluate }: any) => {
      this.#options.saw('enqueueActions');
      for (const action of actions[guard === undefined || evaluate(guard) ? 0 : 1]!) enqueue(action);
    });
  }

  #spawn(spec: ActionSpec & { readonly kind: 'spawn' }): any[] {
    const { id, src, inAssign } = spec;
    if (id === undefined || !this.#has(src)) return [];
    const options = this.#child(spec) as any;
    const start = inAssign
      ? assign(({ spawn }: any) => {
          this.#options.saw('spawn in assign');
          spawn(src, options);
          return {};
        })
      : spawnChild(src, options);
    // A second child with an id would leave the first one running and unreachable.
    return [stopChild(id), start];
  }
}

const isHistory = (kind: StateSpec['kind']): boolean => kind === 'shallow' || kind === 'deep';

const lineOf = (node: Node | undefined): Node[] => (node ? [...lineOf(node.parent), node] : []);

/** Whether two states can be active together: they part in a parallel state. */
function areCompatible(one: Node, other: Node): boolean {
  const [left, right] = [lineOf(one), lineOf(other)];
  const fork = left.findIndex((node, index) => node !== right[index]);
  return fork > 0 && right[fork] !== undefined && left[fork - 1]?.spec.kind === 'parallel';
}

/**
 * Targets for which XState enters what it has not left, or the other way round: the root from within it, and a history
 * state from within its parent, which the same transition makes remember something else.
 */
function entersTwice({ spec, parent }: Node, from: Node): boolean {
  if (!parent) return from.parent !== undefined;
  if (!isHistory(spec.kind) || !lineOf(from).includes(parent)) return false;
  return from !== parent || parent.spec.kind === 'parallel';
}

function hasFuel({ context }: any): boolean {
  return context.fuel > 0;
}

const message =
  (type: string) =>
  ({ context }: any): any => ({ type, v: context.a });

function throwBelow(value: number, below: number): Record<string, never> {
  if (value < below) throw new Error('thrown by an action');
  return {};
}

/** What a machine remembers of an event; plain JSON. */
function digest(event: any, saw: Saw): unknown {
  if ('output' in event) return { done: event.output ?? null };
  if ('error' in event) return { failed: String(event.error?.message ?? event.error) };
  if ('snapshot' in event) {
    saw('snapshot of a child read');
    return { a: event.snapshot.context?.a ?? null, value: event.snapshot.value ?? null };
  }
  return event.v ?? null;
}

function counter(saw: Saw): unknown {
  return fromTransition(
    (state: { readonly a: number }, event: any) => {
      if (typeof event.v !== 'number') return state;
      saw('fromTransition takes an event');
      return { a: (state.a * 7 + event.v) % MODULUS };
    },
    ({ input }: any) => ({ a: input?.a ?? 0 }),
  );
}
