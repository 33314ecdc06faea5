// Shrinking: which of the faults of a failing run are needed for its failure.
import type { Fault } from './faults.ts';
import type { RunOptions, RunResult } from './run-options.ts';
import { playRun } from './simulated-run.ts';

const MOST_RUNS = 200;
/** Without a fault the run is another one, in which the others have to strike a little earlier or later. */
const SHIFTS = [0, -1, 1, -2, 2, -3, 3, -4, 4];

/** A run that fails in the same way with as few faults as were found to do. */
export async function shrink(options: RunOptions, failed: RunResult): Promise<RunResult> {
  const invariant = failed.problem?.invariant;
  let runs = 0;
  let smallest = failed;
  const isSmaller = async (planned: readonly Fault[]): Promise<boolean> => {
    if (runs >= MOST_RUNS || planned.some(({ nth }) => nth < 1)) return false;
    runs += 1;
    const result = await playRun({ ...options, planned });
    // What struck can be fewer than what was planned: a fault may have made room for another.
    if (result.problem?.invariant !== invariant || result.faults.length >= smallest.faults.length) return false;
    smallest = result;
    return true;
  };
  if (failed.faults.length === 0 || (await isSmaller([]))) return smallest;
  while (await someSmaller(smallest.faults, isSmaller));
  return smallest;
}

/** Tries the list without one of its faults: first the others as they are, then moved together. */
async function someSmaller(
  faults: readonly Fault[],
  isSmaller: (planned: readonly Fault[]) => Promise<boolean>,
): Promise<boolean> {
  for (const by of SHIFTS) {
    for (const fault of faults) {
      const others = faults.filter(one => one !== fault);
      if (others.length > 0 && (await isSmaller(others.map(({ kind, nth }) => ({ kind, nth: nth + by }))))) return true;
    }
  }
  return false;
}
