// The inventory of a saga: every state and every transition of its machines, under names that outlive a process.
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition, StateValue } from 'xstate';
import { configurationOf } from './configuration.ts';
import { leafOf } from './leaf.ts';
import { doneOf, transitionsOf } from './lint-chart.ts';
import { actorOf, invokesOf, nodesOf } from './machine-parts.ts';
import { joinSources } from './path.ts';
import { machinesOf, programOf } from './program.ts';
import type { Saga } from './saga.ts';

/** What a saga can do, as text; nested machines are named by the way to them, `delivery/collection: waiting`. */
export class Inventory {
  readonly states: readonly string[];
  readonly transitions: readonly string[];
  readonly #machine: AnyStateMachine;
  /** By where the machine is in the saga: the same machine may be there twice. */
  readonly #stateNames = new Map<string, ReadonlyMap<AnyStateNode, string>>();
  readonly #transitionNames = new Map<string, ReadonlyMap<AnyTransitionDefinition, string>>();

  constructor(saga: Saga) {
    this.#machine = programOf(saga).machine;
    for (const { machine, names } of machinesOf(this.#machine, [])) {
      const place = [saga.name, ...names].join('/');
      const src = joinSources(names);
      const nodes = nodesOf(machine.root);
      this.#stateNames.set(src, new Map(nodes.filter(isNamed).map(node => [node, `${place}: ${pathOf(node)}`])));
      this.#transitionNames.set(src, new Map(nodes.flatMap(node => named(machine, node, place))));
    }
    this.states = [...this.#stateNames.values()].flatMap(names => [...names.values()]);
    this.transitions = [...this.#transitionNames.values()].flatMap(names => [...names.values()]);
  }

  /** Undefined for the root, for history states, and for a machine inside of itself. */
  stateName(src: string, node: AnyStateNode): string | undefined {
    return this.#stateNames.get(src)?.get(node);
  }

  transitionName(src: string, transition: AnyTransitionDefinition): string | undefined {
    return this.#transitionNames.get(src)?.get(transition);
  }

  /** The states that a state value of the root machine stands for. */
  namesIn(value: unknown): ReadonlySet<string> {
    if (value === undefined) return new Set();
    const { active } = configurationOf(this.#machine, value as StateValue);
    return new Set([...active].flatMap(node => this.stateName('', node) ?? []));
  }
}

const isNamed = (node: AnyStateNode): boolean => node.parent !== undefined && node.type !== 'history';

const pathOf = (node: AnyStateNode): string => (node.path.length === 0 ? '(root)' : node.path.join('.'));

/** Named by state and event, and by its place where an event has several: that is what guards choose from. */
function named(machine: AnyStateMachine, node: AnyStateNode, place: string): [AnyTransitionDefinition, string][] {
  const taken = new Map<string, number>();
  return transitionsOf(node).map(transition => {
    const to = transition.target?.map(target => pathOf(target)).join(' and ') ?? 'stays';
    const name = `${place}: ${pathOf(node)} → ${to} ${causeOf(machine, node, transition)}${guardOf(transition)}`;
    const count = (taken.get(name) ?? 0) + 1;
    taken.set(name, count);
    return [transition, count === 1 ? name : `${name} #${count}`];
  });
}

function causeOf(machine: AnyStateMachine, node: AnyStateNode, transition: AnyTransitionDefinition): string {
  const type = transition.eventType as string;
  if (type === '') return 'always';
  if ('delay' in transition) return `after ${String(transition.delay)}`;
  if (type === doneOf(node)) return 'on done';
  for (const invoke of invokesOf(node)) {
    const of = workOf(machine, invoke);
    if (type === `xstate.done.actor.${invoke.id}`) return `on ${of} done`;
    if (type === `xstate.error.actor.${invoke.id}`) return `on ${of} error`;
    if (type === `xstate.snapshot.${invoke.id}`) return `on ${of} snapshot`;
  }
  return `on ${type}`;
}

/** A command is known by its type, other work by its name in `setup`. */
function workOf(machine: AnyStateMachine, { src }: { readonly src: string }): string {
  const leaf = leafOf(actorOf(machine, src));
  return leaf?.kind === 'command' ? leaf.contract.type : src;
}

function guardOf({ guard }: AnyTransitionDefinition): string {
  const given: unknown = guard;
  if (given === undefined) return '';
  if (typeof given === 'string') return ` [${given}]`;
  const { type, name } = given as { readonly type?: unknown; readonly name?: unknown };
  const known = [type, name].find(word => typeof word === 'string' && word !== '' && word !== 'guard');
  return ` [${typeof known === 'string' ? known : 'guard'}]`;
}
