// Real time, for what is measured while an app runs on a virtual clock.
import { performance } from 'node:perf_hooks';

/** Ms since some moment. Imported and not global: fake timers of a test framework stop the global one. */
export function realMs(): number {
  return performance.now();
}
