// Words of a diagram: what stands at its arrows and in its states, written so that Mermaid takes names for names.
import type { AnyStateNode, AnyTransitionDefinition } from 'xstate';

/** Events with which actors report to the one that invoked them. */
const REPORT = /^xstate\.(?:(done|error)\.actor|(snapshot))\.(.*)$/s;
const ROUTE = 'xstate.route';

/**
 * Everything but letters, digits and marks between them becomes an entity: Mermaid reads labels as Markdown, ends them
 * at semicolons, and finds statements inside of them.
 */
export function escape(text: string): string {
  const escaped = text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/(?<![\p{L}\p{N}])[._-]|[._-](?![\p{L}\p{N}])|[^\p{L}\p{M}\p{N} ._-]/gu, entity)
    .replaceAll(/(?<=direction) (?=tb|bt|lr|rl)/gi, entity);
  return escaped === '' ? entity(' ') : escaped;
}

/** In the order of the config, `always` at the end. */
export function transitionsOf(node: AnyStateNode): AnyTransitionDefinition[] {
  return [...[...node.transitions.values()].flat(), ...(node.always ?? [])];
}

/** The event and the guard of a transition. */
export function labelOf(node: AnyStateNode, transition: AnyTransitionDefinition): string {
  const guard = guardOf(transition);
  const event = eventText(node, transition);
  return guard === undefined ? event : `${event} [${guardText(guard)}]`;
}

/** What a state invokes, its tags, and the events at which it stays. */
export function remarksOf(node: AnyStateNode): string[] {
  const staying = transitionsOf(node).filter(({ target }) => target === undefined);
  return [
    ...node.invoke.map(({ id, src }) => `invoke ${escape(logicName(id, src))}`),
    ...node.tags.map(tag => `tag ${escape(tag)}`),
    ...staying.map(each => `${labelOf(node, each)} / ${each.actions.length === 0 ? 'ignored' : 'stays'}`),
  ];
}

function eventText(node: AnyStateNode, transition: AnyTransitionDefinition): string {
  const eventType = String(transition.eventType);
  if (eventType === '') return 'always';
  if (eventType === ROUTE) return 'route';
  if (eventType === `xstate.done.state.${node.id}`) return 'done';
  if ('delay' in transition) {
    const { delay } = transition;
    return typeof delay === 'number' ? `after ${delay} ms` : `after ${escape(String(delay))}`;
  }
  const [, end, change, id = ''] = REPORT.exec(eventType) ?? [];
  const report = end ?? change;
  return report === undefined ? escape(eventType) : `${report}${reporter(node, id)}`;
}

/** Which actor reports, where there may be more than one. */
function reporter(node: AnyStateNode, id: string): string {
  const invoked = node.invoke.find(invoke => invoke.id === id);
  if (invoked && node.invoke.length === 1 && node.config.onDone === undefined) return '';
  return ` ${escape(invoked ? logicName(id, invoked.src) : id)}`;
}

/** Inline logic has no name of its own. */
function logicName(id: string, src: unknown): string {
  return typeof src === 'string' && !src.startsWith('xstate.invoke.') ? src : id;
}

/** XState adds a guard of its own to routes. */
function guardOf({ eventType, guard, target }: AnyTransitionDefinition): unknown {
  return eventType === ROUTE ? target?.[0]?.config.route?.guard : guard;
}

function guardText(guard: unknown): string {
  if (typeof guard === 'string') return escape(guard);
  if (typeof guard === 'object' && guard !== null && 'type' in guard) return escape(String(guard.type));
  if (typeof guard !== 'function') return 'guard';
  if ('guards' in guard && Array.isArray(guard.guards)) {
    return `${escape(guard.name)}(${guard.guards.map(guardText).join(', ')})`;
  }
  if ('stateValue' in guard) return `in ${escape(stateText(guard.stateValue))}`;
  return escape(guard.name || 'guard');
}

function stateText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function entity(char: string): string {
  return `#${char.codePointAt(0)};`;
}
