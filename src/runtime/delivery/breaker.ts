// Breaker: supervision of one handler by consecutive failures, with a half-open probe (K28).

const FAILURES_TO_OPEN = 10;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** Counts failures in a row over all instances of a handler: an outage opens it, one success closes it. */
export class Breaker {
  #failures = 0;
  #openings = 0;
  #openUntil = 0;

  /** Until when this handler rests; 0 when it runs. The first delivery after that is the probe. */
  restsUntil(now: number): number {
    return this.#openUntil > now ? this.#openUntil : 0;
  }

  succeeded(): boolean {
    const closed = this.#openUntil > 0;
    this.#failures = 0;
    this.#openings = 0;
    this.#openUntil = 0;
    return closed;
  }

  /** True when this failure opened it. What began before and fails while it is open says nothing new. */
  failed(now: number): boolean {
    this.#failures += 1;
    if (this.#failures < FAILURES_TO_OPEN || this.#openUntil > now) return false;
    this.#openUntil = now + Math.min(FIRST_PAUSE_MS * 2 ** this.#openings, LONGEST_PAUSE_MS);
    this.#openings += 1;
    return true;
  }
}
