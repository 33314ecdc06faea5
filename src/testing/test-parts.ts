// Test parts: what a test runtime is made of, and what it gives out.
import type { Journal } from './journal.ts';
import type { Rig } from './rig.ts';

/** A message that is kept on its way. */
export interface Held {
  /** Lets it go on; resolves when nothing is left to run. */
  release(): Promise<void>;
}

/** A timer that is armed. */
export interface ArmedTimer {
  readonly address: string;
  readonly timer: string;
  /** When it fires, in ms since 1970, UTC. */
  readonly due: number;
}

/** What a test runtime is made of. */
export interface TestParts {
  readonly rig: Rig;
  readonly journal: Journal;
  readonly seed: number;
  /** Whether `publish`, `send` and `ask` return at quiescence; in a simulation they return when they are durable. */
  readonly settles: boolean;
}
