// Exploration: every point at which the process can die in a run, instead of drawn ones.
import type { Fault, FaultKind } from './faults.ts';
import type { RunResult } from './run-options.ts';
import { drawBelow, randomStream } from './seeded-random.ts';

const CRASHES = ['crash-before-commit', 'crash-after-commit', 'crash-in-release'] as const satisfies FaultKind[];
/** A start commits twice, to open its epoch and to take up what is open, and can die before and after each. */
const RECOVERY_POINTS = 4;

/** Before each commit, after it, and while its outcome is released. */
export function everyCrash({ opportunities }: RunResult): readonly (readonly Fault[])[] {
  return CRASHES.flatMap(kind => {
    const points = opportunities.get(kind) ?? 0;
    return Array.from({ length: points }, (_, index) => [{ kind, nth: index + 1 }]);
  });
}

/** A drawn sample of two crashes in one run: one after the other, or one in the recovery from the other. */
export function pairsOfCrashes(base: RunResult, count: number): readonly (readonly Fault[])[] {
  const random = randomStream(base.seed, 'pairs');
  const points = base.opportunities.get('crash-after-commit') ?? 0;
  if (points === 0) return [];
  const draw = (): Fault => ({
    kind: CRASHES[drawBelow(random, CRASHES.length)] ?? 'crash-after-commit',
    nth: 1 + drawBelow(random, points),
  });
  return Array.from({ length: count }, (_, index) => {
    const recovery: Fault = {
      kind: 'crash-in-recovery',
      nth: 1 + RECOVERY_POINTS + drawBelow(random, RECOVERY_POINTS),
    };
    return [draw(), index % 2 === 0 ? recovery : draw()];
  });
}
