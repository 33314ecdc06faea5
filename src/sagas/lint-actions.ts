// Lint of actions, guards and literals: what has no implementation, no name, or no form in JSON.
import { TroupeError } from '../runtime/errors.ts';
import { toFrozenJson, type JsonLimits } from '../runtime/message/json.ts';
import { builtIn, listOf, optionsOf, transitionsOf, type Chart } from './lint-chart.ts';
import type { Finding } from './lint-rules.ts';
import { asKey, orCorrect } from './lint-words.ts';

/** A literal is refused for what it is; how large a snapshot may grow is for the step to say. */
const LIMITS: JsonLimits = { bytes: Infinity, depth: 64, keys: Infinity };

export function* checkActions(chart: Chart): Iterable<Finding> {
  const known = chart.implementations('actions');
  for (const name of known.keys()) {
    if (!name.startsWith('xstate.')) continue;
    const problem = `is an action named '${name}', as only those of XState are`;
    yield { code: 'action-reserved', path: `${chart.name} -> action ${name}`, problem, fix: 'Rename it.' };
  }
  for (const { path, action } of chart.actions) {
    if (builtIn(action)) continue;
    if (typeof action === 'function') {
      yield {
        code: 'action-inline',
        path,
        problem: 'has an inline action',
        fix: 'Name it in setup({ actions }): it then runs after the commit. Or use assign, raise, emit or log.',
      };
      continue;
    }
    const name = nameOf(action);
    if (typeof known.get(name) === 'function') continue;
    const fix = `Add actions: { ${asKey(name)}: … } to setup, ${orCorrect(name, known.keys())}.`;
    yield { code: 'action-unknown', path, problem: `uses the unknown action '${name}'`, fix };
  }
}

export function* checkGuards(chart: Chart): Iterable<Finding> {
  const known = chart.implementations('guards');
  for (const { path, guard } of guardsOf(chart)) {
    for (const name of namesIn(guard)) {
      if (known.has(name)) continue;
      const fix = `Add guards: { ${asKey(name)}: … } to setup, ${orCorrect(name, known.keys())}.`;
      yield { code: 'guard-unknown', path, problem: `asks the unknown guard '${name}'`, fix };
    }
  }
}

/** What a function makes at run time is checked by the step. */
export function* checkLiterals(chart: Chart): Iterable<Finding> {
  const { context } = chart.machine.config as { readonly context?: unknown };
  if (typeof context !== 'function') yield* checkJson(chart.name, 'context', context);
  for (const { path, action } of chart.actions) {
    const { type, assignment } = optionsOf(action);
    if (type !== 'xstate.assign' || typeof assignment !== 'object' || assignment === null) continue;
    for (const [key, value] of Object.entries(assignment)) {
      if (typeof value !== 'function') yield* checkJson(path, `context.${key}`, value);
    }
  }
}

function nameOf(reference: unknown): string {
  if (typeof reference === 'string') return reference;
  const isNamed = typeof reference === 'object' && reference !== null && 'type' in reference;
  return isNamed ? String(reference.type) : String(reference);
}

interface GuardSite {
  readonly path: string;
  readonly guard: unknown;
}

function* guardsOf(chart: Chart): Iterable<GuardSite> {
  for (const node of chart.nodes) {
    for (const transition of transitionsOf(node)) {
      // XState takes an empty guard for none.
      if (transition.guard) yield { path: chart.way(node, transition), guard: transition.guard };
    }
  }
  for (const [name, guard] of chart.implementations('guards')) yield { path: `${chart.name} -> guard ${name}`, guard };
}

/** The names a guard refers to; `and`, `or` and `not` keep theirs in a property. */
function namesIn(guard: unknown): readonly string[] {
  if (typeof guard !== 'function') return [nameOf(guard)];
  return 'check' in guard && 'guards' in guard ? listOf(guard.guards).flatMap(namesIn) : [];
}

function* checkJson(path: string, what: string, value: unknown): Iterable<Finding> {
  if (value === undefined) return;
  try {
    toFrozenJson(value, what, LIMITS);
  } catch (error) {
    if (!(error instanceof TroupeError)) throw error;
    const end = error.message.indexOf('. ');
    yield {
      code: 'context-not-json',
      path,
      problem: `has a literal that cannot be stored: ${error.message.slice(0, end)}`,
      fix: error.message.slice(end + 2),
    };
  }
}
