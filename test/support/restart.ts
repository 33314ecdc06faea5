// Ends a launched runtime and starts its successor on the same data: with a crash, or with a clean stop.
import type { App, AppOptions } from '../../src/index.ts';
import type { Program } from '../../src/runtime/start.ts';
import { launch, type Launched, type LaunchOptions } from './kernel-kit.ts';
import { VirtualPlatform } from './virtual-platform.ts';

export interface RestartOptions extends LaunchOptions {
  /** How long nothing runs, in ms of wall time. */
  readonly downMs?: number;
}

/** The process dies: what was committed goes on in a new one, the old one never moves again. */
export function crash(old: Launched, app: App | AppOptions | Program, options: RestartOptions = {}): Promise<Launched> {
  const { downMs = 0, ...rest } = options;
  const platform = new VirtualPlatform({ startMs: old.platform.wallMs() + downMs });
  return launch(app, { database: old.runtime.serialize(), platform, flight: old.kernel.flight.read(), ...rest });
}

/** Stops gracefully and starts again on the same handle, which `old` was launched with. */
export async function restart(
  old: Launched,
  app: App | AppOptions | Program,
  options: RestartOptions = {},
): Promise<Launched> {
  const { downMs = 0, ...rest } = options;
  const platform = new VirtualPlatform({ startMs: old.platform.wallMs() + downMs });
  await old.run(old.runtime.stop());
  return launch(app, { database: old.store.database, platform, ...rest });
}
