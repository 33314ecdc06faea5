// Shutdown: takes no new work, lets what runs end for a while, and leaves everything else to the next start.
import { settled } from './settled.ts';
import type { SqliteStore } from './store/sqlite-store.ts';
import type { Kernel } from './turn/kernel.ts';

/** Never throws away accepted work: what does not end in time is rolled back and runs again. */
export async function shutDown(kernel: Kernel, store: SqliteStore, graceMs: number): Promise<void> {
  kernel.scheduler.close();
  kernel.tasks.drain();
  if (kernel.scheduler.state === 'running') await settled(kernel, graceMs);
  const wasRunning = kernel.scheduler.state === 'running';
  kernel.scheduler.stop();
  kernel.watch?.close();
  if (wasRunning && store.begin()) {
    store.closeEpoch(kernel.clock.now());
    store.commitNow();
    kernel.flight.close();
  }
  store.close();
}
