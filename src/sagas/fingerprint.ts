// Fingerprint: a short text for the structure of a machine that stored instances depend on.
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { digest } from '../runtime/platform/digest.ts';
import { aftersOf, invokesOf, isMachine, nodesOf } from './machine-parts.ts';

type Description = string | boolean | readonly Description[];

const prints = new WeakMap<AnyStateMachine, string>();

/**
 * Names what stored instances hold on to: states with their kinds, histories, invokes, delays of `after` and named
 * actors, those of nested machines included. Guards, actions, events and contexts are not part of it, and neither is
 * the order of keys: machines with the same fingerprint read each other's instances.
 */
export function fingerprint(machine: AnyStateMachine): string {
  let print = prints.get(machine);
  if (print === undefined) prints.set(machine, (print = digest(JSON.stringify(describe(machine, [])))));
  return print;
}

/** `above`: the machines around this one; a machine that contains itself ends there. */
function describe(machine: AnyStateMachine, above: readonly AnyStateMachine[]): Description {
  if (above.includes(machine)) return `${above.indexOf(machine)} above`;
  const inside = [...above, machine];
  const actors: Readonly<Record<string, unknown>> = machine.implementations.actors;
  return [
    sorted(nodesOf(machine.root).map(node => describeState(node))),
    sorted(Object.entries(actors).map(([name, logic]) => [name, describeActor(logic, inside)])),
  ];
}

function describeState(node: AnyStateNode): Description {
  const invokes = invokesOf(node).map(({ id, src }) => [id, src]);
  const delays = aftersOf(node).map(({ delay }) => String(delay));
  return [node.id, node.path, node.type, node.history, sorted(invokes), sorted(delays)];
}

function describeActor(logic: unknown, inside: readonly AnyStateMachine[]): Description {
  return isMachine(logic) ? describe(logic, inside) : 'actor';
}

function sorted(parts: readonly Description[]): readonly Description[] {
  return parts
    .map(part => ({ part, text: JSON.stringify(part) }))
    .toSorted((a, b) => (a.text < b.text ? -1 : Number(a.text > b.text)))
    .map(({ part }) => part);
}
