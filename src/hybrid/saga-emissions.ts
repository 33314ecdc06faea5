// Emissions: where a machine emits which event, as far as its actions say.
import type { AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { optionsOf, transitionsOf, type Chart } from '../sagas/lint-chart.ts';
import { codeOf } from './code-text.ts';
import { typeNamedExactly } from './contract-names.ts';

/** One action that emits. */
export interface Emission {
  readonly node: AnyStateNode;
  /** The transition it is on; undefined on entering or leaving the state. */
  readonly transition: AnyTransitionDefinition | undefined;
  /** What it may emit. */
  readonly types: readonly string[];
  readonly isCertain: boolean;
}

/** `types`: the events the saga publishes. */
export function emissionsOf(chart: Chart, types: readonly string[]): readonly Emission[] {
  if (types.length === 0) return [];
  const named = chart.implementations('actions');
  const found = (
    node: AnyStateNode,
    transition: AnyTransitionDefinition | undefined,
    actions: readonly unknown[],
  ): readonly Emission[] =>
    actions.flatMap(action => {
      const emitted = emittedBy(named.get(nameOf(action) ?? '') ?? action, types);
      return emitted ? [{ node, transition, ...emitted }] : [];
    });
  return chart.nodes.flatMap(node => [
    ...found(node, undefined, [...(node.entry as unknown[]), ...(node.exit as unknown[])]),
    ...(node.type === 'compound' ? found(node, undefined, node.initial.actions) : []),
    ...transitionsOf(node).flatMap(transition => found(node, transition, transition.actions as readonly unknown[])),
  ]);
}

function nameOf(action: unknown): string | undefined {
  if (typeof action === 'string') return action;
  if (typeof action !== 'object' || action === null || !('type' in action)) return undefined;
  return String(action.type);
}

/** Undefined for an action that emits nothing. */
function emittedBy(action: unknown, types: readonly string[]): Pick<Emission, 'types' | 'isCertain'> | undefined {
  const { type, event, collect } = optionsOf(action);
  if (type === 'xstate.emit') return typeof event === 'function' ? madeBy(event, types) : typeOf(event, types);
  if (type !== 'xstate.enqueueActions' || typeof collect !== 'function') return undefined;
  return /\bemit\b/u.test(textOf(collect)) ? { ...madeBy(collect, types), isCertain: false } : undefined;
}

function typeOf(event: unknown, types: readonly string[]): Pick<Emission, 'types' | 'isCertain'> {
  const type = nameOf(event);
  return type !== undefined && types.includes(type)
    ? { types: [type], isCertain: true }
    : { types, isCertain: types.length === 1 };
}

/** The contracts that a function calls, by their names; all, where it calls none that is known. */
function madeBy(make: object, types: readonly string[]): Pick<Emission, 'types' | 'isCertain'> {
  if (types.length === 1) return { types, isCertain: true };
  const calls = textOf(make).matchAll(/(?<name>[\p{ID_Start}$_][\p{ID_Continue}$]*)\s*\)?\s*\(/gu);
  const made = [...calls].flatMap(({ groups }) => typeNamedExactly(groups?.['name'] ?? '', types) ?? []);
  const found = [...new Set(made)];
  return found.length === 0 ? { types, isCertain: false } : { types: found, isCertain: found.length === 1 };
}

const textOf = (make: object): string => codeOf(Function.prototype.toString.call(make));
