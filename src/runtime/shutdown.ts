// Shutdown: takes no new work, lets what runs end for a while, and leaves everything else to the next start.
import type { SqliteStore } from './store/sqlite-store.ts';
import type { Kernel } from './turn/kernel.ts';

/** Never throws away accepted work: what does not end in time is rolled back and runs again. */
export async function shutDown(kernel: Kernel, store: SqliteStore, graceMs: number): Promise<void> {
  kernel.scheduler.close();
  kernel.tasks.drain();
  if (kernel.scheduler.state === 'running') await settle(kernel, graceMs);
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

/** Until no task runs and nothing is ready, at most for the grace time. */
async function settle(kernel: Kernel, graceMs: number): Promise<void> {
  const isQuiet = (): boolean => kernel.tasks.running === 0 && kernel.scheduler.queue.isEmpty;
  if (isQuiet()) return;
  await new Promise<void>(resolve => {
    const end = (): void => {
      alarm.cancel();
      for (const remove of taps) remove();
      resolve();
    };
    const alarm = kernel.platform.alarm(graceMs, end);
    const taps = [kernel.bus.on('idle', () => isQuiet() && end()), kernel.bus.on('failed', end)];
    kernel.scheduler.request();
  });
}
