// After a migration: what the new machine starts in an instance that never entered its new states, as effects.
import type { AnyStateMachine } from 'xstate';
import { TroupeError } from '../runtime/errors.ts';
import { configurationOf, valueOf } from './configuration.ts';
import { leafOf } from './leaf.ts';
import { actorOf, aftersOf, invokesOf, isMachine, type After, type Invoke } from './machine-parts.ts';
import { childPath, idsOf, joinSources, ROOT, type Path } from './path.ts';
import type { StepEffect } from './step-message.ts';
import { step } from './step.ts';
import {
  isAt,
  readTree,
  type StoredActor,
  type StoredMachine,
  type StoredTree,
  type Wanted,
} from './stored-machine.ts';

/** A migrated instance with what the turn that loads it has to do. */
export interface Revived {
  readonly tree: StoredTree;
  /** In this order; the leaves and machines that `start` are in the tree already. */
  readonly effects: readonly StepEffect[];
  /** The next free step number: each actor that starts takes one. */
  readonly seq: number;
}

/** One machine of the tree. */
interface Place {
  readonly machine: AnyStateMachine;
  readonly path: Path;
  /** Names in `setup({ actors })` on the way here. */
  readonly sources: readonly string[];
}

/** A function of a machine: what an invoke is given, or how long a delay is. */
type Mapper = (args: { readonly context: unknown; readonly event: object; readonly self: object }) => unknown;

/** Logic that is neither a machine nor durable: a transition function. */
interface Transition {
  getInitialSnapshot(scope: object, input: unknown): object;
}

/** Stands for the event that would have entered the state. */
const INIT = { type: 'xstate.init' };

/**
 * Does what `enterMissingStates`, `startMissingInvokes` and `startMissingTimers` have asked for. Calls the input and
 * delay functions of the machine and steps nested machines into their first state; what these throw comes through.
 *
 * @throws TroupeError `saga-held`
 */
export function afterMigration(machine: AnyStateMachine, stored: StoredMachine, seq: number): Revived {
  const { armed, calls: _calls, wants, ...tree } = stored;
  const reviver = new Reviver(armed, wants, seq);
  const revived = wants.length === 0 ? tree : reviver.revive({ machine, path: ROOT, sources: [] }, tree);
  return { tree: revived, effects: reviver.effects, seq: reviver.seq };
}

class Reviver {
  readonly effects: StepEffect[] = [];
  seq: number;
  readonly #armed: StoredMachine['armed'];
  readonly #wants: readonly Wanted[];

  constructor(armed: StoredMachine['armed'], wants: readonly Wanted[], seq: number) {
    this.#armed = armed;
    this.#wants = wants;
    this.seq = seq;
  }

  revive(place: Place, tree: StoredTree): StoredTree {
    const { machine, path } = place;
    const children = Object.fromEntries(
      Object.entries(tree.children).map(([id, child]) => [id, this.#reviveChild(place, id, child)]),
    );
    const { active, unknown } = configurationOf(machine, tree.value);
    if (tree.status !== 'active' || unknown.length > 0) return { ...tree, children };
    const value = this.#isWanted('states', path) ? valueOf(machine.root, active) : tree.value;
    const entered = [...active].toSorted((a, b) => a.order - b.order);
    if (this.#isWanted('invokes', path)) {
      for (const invoke of entered.flatMap(node => invokesOf(node))) {
        if (invoke.id in children) continue;
        const started = this.#start(place, tree, invoke);
        if (started) children[invoke.id] = started;
      }
    }
    if (this.#isWanted('timers', path)) {
      for (const after of entered.flatMap(node => aftersOf(node))) this.#arm(place, tree, after);
    }
    return { ...tree, value, children };
  }

  #reviveChild({ machine, path, sources }: Place, id: string, child: StoredActor): StoredActor {
    const logic = actorOf(machine, child.src);
    const tree = readTree(child.snapshot);
    if (!isMachine(logic) || !tree) return child;
    const place = { machine: logic, path: childPath(path, id), sources: [...sources, child.src] };
    return { ...child, snapshot: this.revive(place, tree) };
  }

  #isWanted(kind: Wanted['kind'], path: Path): boolean {
    return this.#wants.some(wanted => wanted.kind === kind && isAt(path, wanted.in));
  }

  /** Undefined where a nested machine would end at once: its parent could not be told. */
  #start(
    place: Place,
    { context }: StoredTree,
    { id, src, input, systemId, onSnapshot }: Invoke,
  ): StoredActor | undefined {
    const logic = actorOf(place.machine, src);
    const path = childPath(place.path, id);
    const sources = [...place.sources, src];
    const snapshot = this.#startLogic(logic, { path, sources, input: resolve(input, place, context) });
    return (
      snapshot && {
        src,
        snapshot,
        ...(systemId === undefined ? {} : { systemId }),
        ...(onSnapshot === undefined ? {} : { syncSnapshot: true }),
      }
    );
  }

  #startLogic(
    logic: unknown,
    { path, sources, input }: { readonly path: Path; readonly sources: readonly string[]; readonly input: unknown },
  ): object | undefined {
    const { seq } = this;
    this.seq += 1;
    if (isMachine(logic)) {
      const { snapshot, status, effects } = step(logic, { snapshot: null, seq }, { kind: 'init', input });
      if (status !== 'active') return undefined;
      this.effects.push(...effects.map(effect => below(effect, path, joinSources(sources))));
      return snapshot as object;
    }
    if (!leafOf(logic)) return (logic as Transition).getInitialSnapshot({}, input);
    const token = `${seq}.1`;
    this.effects.push({ kind: 'start', path, src: joinSources(sources), token, input });
    return { status: 'active', input, token };
  }

  #arm(place: Place, { context }: StoredTree, { type, delay }: After): void {
    const { machine, path } = place;
    if (this.#armed.some(({ source, id }) => source === path && id === type)) return;
    const delays: Readonly<Record<string, unknown>> = machine.implementations.delays;
    const delayMs = resolve(typeof delay === 'number' ? delay : delays[delay], place, context);
    if (typeof delayMs !== 'number' || !(delayMs >= 0 && delayMs < Infinity)) {
      throw new TroupeError('saga-held', `The delay '${delay}' is ${String(delayMs)} ms. Make it a number from 0.`);
    }
    this.effects.push({ kind: 'arm', source: path, target: path, id: type, delayMs, event: { type } });
  }
}

/** A value of the machine's configuration, or what its function makes of the context. */
function resolve(value: unknown, { machine, path }: Place, context: unknown): unknown {
  if (typeof value !== 'function') return value;
  return (value as Mapper)({ context, event: INIT, self: { id: idsOf(path).at(-1) ?? machine.id } });
}

/** An effect of a machine that was stepped alone, as one of the machine at `path`. */
function below(effect: StepEffect, path: Path, sources: string): StepEffect {
  switch (effect.kind) {
    case 'start':
    case 'action':
      return { ...effect, path: path + effect.path, src: `${sources}/${effect.src}` };
    case 'arm':
      return { ...effect, source: path + effect.source, target: path + effect.target };
    case 'cancel':
    case 'cancelAll':
      return { ...effect, source: path + effect.source };
    default:
      return { ...effect, path: path + effect.path };
  }
}
