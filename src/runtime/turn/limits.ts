// Limits: every bound of a runtime with its default.

export interface Limits {
  /** Turns one drain runs before it commits. */
  readonly turnsPerDrain: number;
  /** Milliseconds one drain runs before it commits; Infinity in tests. */
  readonly msPerDrain: number;
  /** Commands waiting at one address. */
  readonly mailboxPerAddress: number;
  /** Messages one address has put aside; past it the next is a dead letter. */
  readonly stashPerAddress: number;
  /** Deliveries of one actor in memory; past it the actor reads events from the log. */
  readonly mailboxPerActor: number;
  /** Inputs waiting for a drain; past it the sender is refused. */
  readonly inputs: number;
  /** Messages and timers one turn may want. */
  readonly outgoing: number;
  /** Events caused by events without a saga turn or a timer between. */
  readonly hops: number;
  /** Crashes alone in flight after which a message is given up. */
  readonly crashes: number;
  /** Bytes of one state; warned at a sixteenth. */
  readonly stateBytes: number;
  /** Instances kept in memory. */
  readonly cachedInstances: number;
  /** Dedupe keys kept; past it keyed ingress is refused. */
  readonly dedupeKeys: number;
  /** Dead letters kept; past it ingress is refused. */
  readonly deadLetters: number;
}

export const DEFAULT_LIMITS: Limits = {
  turnsPerDrain: 512,
  msPerDrain: 4,
  mailboxPerAddress: 10_000,
  stashPerAddress: 1_000,
  mailboxPerActor: 10_000,
  inputs: 100_000,
  outgoing: 1_000,
  hops: 64,
  crashes: 3,
  stateBytes: 1_048_576,
  cachedInstances: 10_000,
  dedupeKeys: 10_000_000,
  deadLetters: 100_000,
};
