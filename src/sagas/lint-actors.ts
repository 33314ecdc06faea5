// Lint of actors: what is invoked or spawned, under which id, and who takes its failure.
import type { AnyTransitionDefinition } from 'xstate';
import { areCompatible, optionsOf, transitionsOf, type Chart, type Start } from './lint-chart.ts';
import type { Finding } from './lint-rules.ts';
import { asKey, orCorrect } from './lint-words.ts';
import { logicKind, type LogicKind } from './logic-kind.ts';
import { takes } from './machine-parts.ts';

const LIVE: Readonly<Partial<Record<LogicKind, string>>> = {
  callback: 'is callback logic, which lives in memory',
  observable: 'is observable logic, which lives in memory',
  unknown: 'is no logic that can be stored',
};

/** What runs outside the machine and may fail there. */
const FALLIBLE: ReadonlySet<LogicKind> = new Set(['leaf', 'promise']);

export function* checkActors(chart: Chart): Iterable<Finding> {
  const known = chart.implementations('actors');
  for (const [name, logic] of known) yield* checkLive(`${chart.name} -> actor ${name}`, logicKind(logic));
  for (const { path, src, kind, node, hasId } of chart.starts) {
    if (node === undefined && !hasId) {
      const fix = 'All such children would be called undefined: add { id }.';
      yield { code: 'missing-child-id', path, problem: 'spawns a child without an id', fix };
    }
    if (typeof src === 'string') {
      if (known.has(src)) continue;
      const fix = `Add actors: { ${asKey(src)}: … } to setup, ${orCorrect(src, known.keys())}.`;
      yield { code: 'actor-unknown', path, problem: `starts the unknown actor '${src}'`, fix };
    } else if (LIVE[kind] === undefined) {
      const fix = 'Name it in setup({ actors }), where a stored child finds it again.';
      yield { code: 'actor-inline', path, problem: 'starts inline logic', fix };
    } else {
      yield* checkLive(path, kind);
    }
  }
}

/** An error that no transition takes ends the machine, without exit actions. */
export function* checkFailures(chart: Chart): Iterable<Finding> {
  for (const start of chart.starts.filter(mayFail)) {
    if (catchersOf(chart, start).length > 0) continue;
    const event = `'xstate.error.actor.${start.id}'`;
    const fix = `Add ${start.node ? 'onError to the invoke' : `a transition on ${event}`}: a target, or actions.`;
    yield { code: 'missing-on-error', path: start.path, problem: 'may fail, and nothing takes its failure', fix };
  }
}

export function* hintActors(chart: Chart): Iterable<Finding> {
  for (const start of chart.starts) {
    const { path } = start;
    if (start.node && !start.hasId) {
      const fix = 'Give it one: XState numbers those without, and another invoke before it moves the numbers.';
      yield { code: 'auto-invoke-id', path, problem: 'has no id of its own', fix };
    }
    if (!start.node && !isStopped(chart, start)) {
      const fix = 'Use stopChild when it is done with, or the snapshot grows.';
      yield { code: 'child-not-stopped', path, problem: 'is never stopped', fix };
    }
    const catchers = mayFail(start) ? catchersOf(chart, start) : [];
    if (catchers.length > 0 && catchers.every(({ guard }) => Boolean(guard))) {
      const fix = 'Add a last transition without a guard.';
      yield { code: 'guarded-on-error', path, problem: 'may fail, which is only taken under a guard', fix };
    }
  }
}

function* checkLive(path: string, kind: LogicKind): Iterable<Finding> {
  const problem = LIVE[kind];
  if (problem === undefined) return;
  const fix =
    kind === 'unknown'
      ? 'Use command(), task(), saga(), fromTransition or a machine.'
      : 'Use command() or task(); for what keeps coming, an actor whose events the saga takes.';
  yield { code: 'actor-live', path, problem, fix };
}

/** A computed id could be any. */
function mayFail({ kind, id }: Start): boolean {
  return FALLIBLE.has(kind) && id !== undefined;
}

/** The transitions that may be there to take a failure; whether all states have one is not asked. */
function catchersOf(chart: Chart, { node, id }: Start): readonly AnyTransitionDefinition[] {
  const type = `xstate.error.actor.${id}`;
  return chart.nodes
    .filter(other => node === undefined || areCompatible(other, node))
    .flatMap(transitionsOf)
    .filter(({ eventType }) => takes(eventType as string, type));
}

/** Functions may stop any child. */
function isStopped({ actions }: Chart, { id }: Start): boolean {
  return actions.some(({ action }) => {
    const { type, actorRef } = optionsOf(action);
    if (type === 'xstate.enqueueActions') return true;
    return type === 'xstate.stopChild' && (id === undefined || typeof actorRef !== 'string' || actorRef === id);
  });
}
