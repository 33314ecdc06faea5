// The next macrotask of the process: when it has come, every promise that could settle has settled.
import { setImmediate } from 'node:timers/promises';

/** Resolves on the next macrotask. */
export async function nextMacrotask(): Promise<void> {
  await setImmediate();
}
