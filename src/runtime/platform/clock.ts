// The runtime's clock: wall time that never goes back and follows the monotonic clock between readings.
import type { Platform } from './platform.ts';

/** A wall step beyond this is reported as a jump. */
const JUMP_MS = 5_000;
const LOOK_EVERY_MS = 1_000;

/** A step of the wall clock that the monotonic clock did not see: a suspend, or somebody set the time. */
export interface ClockJump {
  readonly byMs: number;
}

/**
 * `now = max(last, wall)`, read through the monotonic clock so that one reading costs no system call (P7,
 * K23).
 */
export class Clock {
  readonly #platform: Platform;
  #offset: number;
  #looked: number;
  #last: number;
  /** How far the wall clock is known to be behind; absorbed, and told once. */
  #behind = 0;

  constructor(platform: Platform, notBefore: number) {
    this.#platform = platform;
    this.#looked = platform.monotonicMs();
    this.#last = Math.max(platform.wallMs(), notBefore);
    this.#offset = this.#last - this.#looked;
  }

  /** Milliseconds since 1970, an integer. */
  now(): number {
    return this.at(this.#platform.monotonicMs());
  }

  /** The same for a reading of the monotonic clock that the caller already has. */
  at(monotonic: number): number {
    const time = Math.floor(monotonic + this.#offset);
    if (time > this.#last) this.#last = time;
    return this.#last;
  }

  monotonic(): number {
    return this.#platform.monotonicMs();
  }

  /** Compares with the wall clock: follows it forward, absorbs steps back. Returns a jump of more than 5 s. */
  look(): ClockJump | undefined {
    const monotonic = this.#platform.monotonicMs();
    if (monotonic - this.#looked < LOOK_EVERY_MS) return undefined;
    this.#looked = monotonic;
    const drift = this.#platform.wallMs() - (monotonic + this.#offset);
    const byMs = drift > 0 ? drift : Math.min(drift + this.#behind, 0);
    if (drift > 0) this.#offset += drift;
    this.#behind = Math.max(-drift, 0);
    return Math.abs(byMs) > JUMP_MS ? { byMs: Math.round(byMs) } : undefined;
  }
}
