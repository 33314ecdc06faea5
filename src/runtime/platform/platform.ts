// Platform port: everything a runtime takes from the machine that is not the database: time, randomness and macrotasks.

/** A pending call that can be taken back. */
export interface Alarm {
  cancel(): void;
  /** Lets the process end although this alarm is pending. */
  unref(): void;
}

/**
 * What a runtime reads from the machine. Simulation replaces it whole, which is why nothing else may read time or
 * randomness.
 */
export interface Platform {
  /** The longest a runtime may sleep on one alarm: a suspend or a clock jump is seen within this. */
  readonly longestSleepMs: number;
  /** Wall time in ms since 1970, UTC; may jump. */
  wallMs(): number;
  /** Monotonic time in ms, with fractions; never goes back. */
  monotonicMs(): number;
  /** A number in [0, 1). */
  random(): number;
  /** 64 random bits as 16 hex digits. */
  incarnation(): string;
  /** Calls `run` on a later macrotask; all runtimes of a process take turns. */
  defer(run: () => void): void;
  /** Calls `run` after `delayMs`. */
  alarm(delayMs: number, run: () => void): Alarm;
}
