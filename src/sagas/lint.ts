// Lint: refuses at definition what cannot run durably, with every place in the machine and its fix.
import type { AnyStateMachine } from 'xstate';
import { TroupeError } from '../runtime/errors.ts';
import { checkActions, checkGuards, checkLiterals } from './lint-actions.ts';
import { checkActors, checkFailures, hintActors } from './lint-actors.ts';
import { Chart, isMachine } from './lint-chart.ts';
import { checkDelays, hintDelays } from './lint-delays.ts';
import { canDoWithout, checkFlow, hintFlow } from './lint-flow.ts';
import { checkIds } from './lint-ids.ts';
import type { Finding } from './lint-rules.ts';

type Check = (chart: Chart) => Iterable<Finding>;

const REFUSALS: readonly Check[] = [
  checkIds,
  checkLiterals,
  checkDelays,
  checkGuards,
  checkActions,
  checkActors,
  checkFailures,
  checkFlow,
];
const HINTS: readonly Check[] = [hintDelays, hintActors, hintFlow];

/** `always` and `raise` loops end here instead of hanging the process. */
const MAX_ITERATIONS = 1_000;

/** A machine that cannot run durably, with all that is wrong with it. */
export class SagaRefusedError extends TroupeError {
  override readonly name: string = 'SagaRefusedError';
  readonly findings: readonly Finding[];

  constructor(saga: string, findings: readonly Finding[]) {
    const lines = findings.map(({ code, path, problem, fix }) => `[${code}] ${path}: ${problem}. ${fix}`);
    super('saga-refused', [`The saga ${saga} cannot run durably.`, ...lines].join('\n'));
    this.findings = findings;
  }
}

/** Everything for which a machine, or one nested in it, is refused; none of its functions is called. */
export function lint(machine: AnyStateMachine, options: { readonly name: string }): readonly Finding[] {
  if (isMachine(machine)) return run(REFUSALS, machine, options.name);
  const fix = 'Pass setup({ … }).createMachine({ … }).';
  return [{ code: 'not-a-machine', path: options.name, problem: 'has no machine of XState v5', fix }];
}

/** What runs, and may surprise later. */
export function hints(machine: AnyStateMachine): readonly Finding[] {
  return isMachine(machine) ? run(HINTS, machine, machine.id) : [];
}

/**
 * Checks a machine as a whole and bounds its loops.
 *
 * @throws SagaRefusedError `saga-refused`
 */
export function assertDurable(name: string, machine: AnyStateMachine): void {
  const findings = lint(machine, { name });
  if (findings.length > 0) throw new SagaRefusedError(name, findings);
  for (const { machine: one } of chartsOf(new Chart(machine, name))) {
    if (Number.isFinite(one.options.maxIterations)) continue;
    one.options = { ...one.options, maxIterations: MAX_ITERATIONS };
  }
}

function run(checks: readonly Check[], machine: AnyStateMachine, name: string): readonly Finding[] {
  const charts = [...chartsOf(new Chart(machine, name))];
  const found = charts.flatMap(chart => checks.flatMap(check => [...check(chart)]));
  // One action under many transitions of one event is one finding.
  return [...new Map(found.map(finding => [JSON.stringify(finding), finding])).values()];
}

/** A machine and those nested in it, each once. */
function* chartsOf(chart: Chart, seen: Set<unknown> = new Set()): Iterable<Chart> {
  seen.add(chart.machine);
  yield chart;
  const named = [...chart.implementations('actors')];
  const inline = chart.starts.flatMap(({ src, id }) =>
    typeof src === 'string' ? [] : [[id ?? 'child', src] as const],
  );
  for (const [name, logic] of [...named, ...inline]) {
    if (seen.has(logic) || !isMachine(logic)) continue;
    yield* chartsOf(new Chart(logic, `${chart.name}/${name}`, { isOptional: canDoWithout(chart, logic) }), seen);
  }
}
