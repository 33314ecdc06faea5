// Shrinking: which of the faults of a failing run are needed for its failure.
import type { Fault } from './faults.ts';
import { playRun, type RunOptions, type RunResult } from './simulated-run.ts';

const MOST_RUNS = 100;

/** A run that fails in the same way with as few faults as were found to do. */
export async function shrink(options: RunOptions, failed: RunResult): Promise<RunResult> {
  const invariant = failed.problem?.invariant;
  let runs = 0;
  const tryWith = async (planned: readonly Fault[]): Promise<RunResult | undefined> => {
    if (runs >= MOST_RUNS) return undefined;
    runs += 1;
    const result = await playRun({ ...options, planned });
    return result.problem?.invariant === invariant ? result : undefined;
  };
  let smallest = await tryWith([]);
  if (smallest) return smallest;
  smallest = failed;
  for (let isSmaller = true; isSmaller;) {
    isSmaller = false;
    for (const fault of smallest.faults) {
      const without = await tryWith(smallest.faults.filter(one => one !== fault));
      // What struck can be fewer than what was planned: a fault may have made room for another.
      if (!without || without.faults.length >= smallest.faults.length) continue;
      smallest = without;
      isSmaller = true;
      break;
    }
  }
  return smallest;
}
