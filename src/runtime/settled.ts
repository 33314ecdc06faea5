// Settled: when nothing is left to run now, and how long to wait for it.
import type { Kernel } from './turn/kernel.ts';

/**
 * No ready message, no input, no subscription with log to read, and every task waits. Timers and retries may be
 * armed.
 */
function isSettled({ scheduler, tasks }: Kernel): boolean {
  return scheduler.state !== 'running' || (tasks.running === 0 && !scheduler.hasWork());
}

/** Resolves when nothing is left to run, or after `withinMs`. */
export async function settled(kernel: Kernel, withinMs: number = Number.POSITIVE_INFINITY): Promise<void> {
  if (isSettled(kernel)) return;
  await new Promise<void>(resolve => {
    const end = (): void => {
      alarm?.cancel();
      for (const remove of taps) remove();
      resolve();
    };
    const alarm = Number.isFinite(withinMs) ? kernel.platform.alarm(withinMs, end) : undefined;
    const taps = [kernel.bus.on('idle', () => isSettled(kernel) && end()), kernel.bus.on('failed', end)];
    kernel.scheduler.request();
  });
}
