// Horizon: what a simulated run did not wait for, told with a failure at its end.
import { toIso } from '../runtime/platform/iso-time.ts';
import type { Problem } from './simulated-run.ts';
import type { TestRuntime } from './test-runtime.ts';

/** The same problem with the next timer that is armed: what did not come about may have been about to. */
export function atHorizon({ invariant, problem }: Problem, runtime: TestRuntime): Problem {
  const [next] = runtime.timers();
  if (!next) return { invariant, problem };
  const { address, timer, due } = next;
  const ended = `The run ended at its horizon; ${address} has the timer ${timer}, due ${toIso(due)}`;
  return { invariant, problem: `${problem}\n${ended}. A longer horizon lets it fire.` };
}
