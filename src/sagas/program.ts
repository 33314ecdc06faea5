// Program: a saga definition with its look-ups, made once per definition.
import type { AnyStateMachine } from 'xstate';
import { TroupeError } from '../runtime/errors.ts';
import { invariant } from '../runtime/invariant.ts';
import type { AnyCommand, AnyContract, AnyEvent } from '../runtime/message/contract.ts';
import { childContracts, type ChildContracts } from './child-contracts.ts';
import { toDurable } from './durable-machine.ts';
import { fingerprint } from './fingerprint.ts';
import { leafOf, type LeafDefinition, type TaskDefinition } from './leaf.ts';
import { logicKind } from './logic-kind.ts';
import { takes } from './machine-parts.ts';
import { joinSources } from './path.ts';
import type { Saga, SagaSettings } from './saga.ts';
import type { Seen } from './step-message.ts';

/** Something with a name in the machine or in one of its nested machines. */
interface Named<T> {
  /** The names in `setup` on the way there, as one text. */
  readonly src: string;
  readonly definition: T;
}

const programs = new WeakMap<Saga, Program>();

/** The program of a definition; the same for every runtime of the process. */
export function programOf(saga: Saga): Program {
  const program = programs.get(saga) ?? new Program(saga);
  programs.set(saga, program);
  return program;
}

/** A user's function under the name of an action. */
export type ActionFunction = (args: object, params: unknown) => unknown;

export class Program {
  readonly name: string;
  /** The fingerprint of the machine. */
  readonly print: string;
  readonly machine: AnyStateMachine;
  readonly options: SagaSettings;
  /** Is shown how the machine moves, where somebody looks on. */
  readonly seen: Seen | undefined;
  readonly leaves: readonly Named<LeafDefinition>[];
  readonly actions: readonly Named<ActionFunction>[];
  readonly #leaves: ReadonlyMap<string, LeafDefinition>;
  readonly #published: ReadonlyMap<string, AnyEvent>;
  readonly #events: readonly string[];

  constructor(saga: Saga, seen?: Seen) {
    this.seen = seen;
    this.name = saga.name;
    this.options = saga.options;
    this.machine = toDurable(saga.options.machine);
    this.print = fingerprint(this.machine);
    const machines = [...machinesOf(this.machine, [])];
    this.leaves = machines.flatMap(one => leavesOf(one));
    this.actions = machines.flatMap(one => actionsOf(one));
    this.#leaves = new Map(this.leaves.map(({ src, definition }) => [src, definition]));
    this.#published = new Map((saga.options.publishes ?? []).map(contract => [contract.type, contract]));
    this.#events = this.machine.events as readonly string[];
  }

  published(type: string): AnyEvent | undefined {
    return this.#published.get(type);
  }

  /** Whether any state of the machine takes events of this type. */
  accepts(type: string): boolean {
    return this.#events.some(descriptor => takes(descriptor, type));
  }

  leaf(src: string): LeafDefinition {
    const leaf = this.#leaves.get(src);
    if (leaf) return leaf;
    throw new TroupeError(
      'saga-held',
      `The machine of saga ${this.name} has no step '${src}' any more. Deploy a version with a migrate step.`,
    );
  }

  /** Every command the machine may send, forward and back. */
  sends(): readonly AnyContract[] {
    return this.leaves.flatMap(({ definition }) => {
      if (definition.kind === 'saga') return Object.values(childContracts(definition.saga.name)) as AnyContract[];
      const undo = definition.compensate ? [definition.compensate.send] : [];
      return definition.kind === 'command' ? [definition.contract, ...undo] : undo;
    });
  }

  /** One of the commands by which other sagas start this one and take it back. */
  ownCommand(type: string): AnyCommand {
    const command = ownContracts(this)
      .flatMap(({ start, undo }) => [start, undo])
      .find(one => one.type === type);
    invariant(command !== undefined, `${this.name} knows the command ${type}`);
    return command;
  }

  /** The sagas this one starts. */
  children(): readonly Saga[] {
    return this.leaves.flatMap(({ definition }) => (definition.kind === 'saga' ? [definition.saga] : []));
  }

  tasks(): readonly Named<TaskDefinition>[] {
    return this.leaves.flatMap(({ src, definition }) => (definition.kind === 'task' ? [{ src, definition }] : []));
  }
}

/** Under the name a saga had before, too: what was sent then is answered under the new one. */
export function ownContracts({ name, options }: Pick<Saga, 'name' | 'options'>): readonly ChildContracts[] {
  const names = options.renamedFrom === undefined ? [name] : [name, options.renamedFrom];
  return names.map(childContracts);
}

/** The user's named actions, those of nested machines with the names on the way there. */
export function actionNames(machine: AnyStateMachine): readonly string[] {
  return [...machinesOf(machine, [])].flatMap(one => actionsOf(one)).map(({ src }) => src);
}

/** A machine of a saga, and the names on the way there. */
export interface Nested {
  readonly machine: AnyStateMachine;
  readonly names: readonly string[];
}

/** The machine and those it nests by name; one that nests itself is not followed into itself. */
export function* machinesOf(
  machine: AnyStateMachine,
  names: readonly string[],
  around: readonly AnyStateMachine[] = [machine],
): Iterable<Nested> {
  yield { machine, names };
  for (const [name, logic] of Object.entries(actorsOf(machine))) {
    if (logicKind(logic) !== 'machine' || around.includes(logic as AnyStateMachine)) continue;
    yield* machinesOf(logic as AnyStateMachine, [...names, name], [...around, logic as AnyStateMachine]);
  }
}

const actorsOf = (machine: AnyStateMachine): Readonly<Record<string, unknown>> => machine.implementations.actors;

function leavesOf({ machine, names }: Nested): Named<LeafDefinition>[] {
  return Object.entries(actorsOf(machine)).flatMap(([name, logic]) => {
    const definition = leafOf(logic);
    return definition ? [{ src: joinSources([...names, name]), definition }] : [];
  });
}

/** Named actions of the user; what XState resolves itself has a `resolve`. */
function actionsOf({ machine, names }: Nested): Named<ActionFunction>[] {
  const actions: Readonly<Record<string, unknown>> = machine.implementations.actions;
  return Object.entries(actions).flatMap(([name, action]) =>
    typeof action === 'function' && !('resolve' in action)
      ? [{ src: joinSources([...names, name]), definition: action as ActionFunction }]
      : [],
  );
}
