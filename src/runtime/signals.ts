// Signals: stops every runtime that asked for it before the process ends; a second signal ends it at once.

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
const stops = new Set<() => Promise<void>>();
let isStopping = false;

/** Calls `stop` at the first SIGTERM or SIGINT; when all have stopped, the signal does what it always does. */
export function stopOnSignals(stop: () => Promise<void>): void {
  if (stops.size === 0) for (const signal of SIGNALS) process.on(signal, heed);
  stops.add(stop);
}

function heed(signal: NodeJS.Signals): void {
  if (isStopping) {
    raise(signal);
    return;
  }
  isStopping = true;
  void Promise.allSettled([...stops].map(stop => stop())).then(() => raise(signal));
}

function raise(signal: NodeJS.Signals): void {
  for (const one of SIGNALS) process.off(one, heed);
  process.kill(process.pid, signal);
}
