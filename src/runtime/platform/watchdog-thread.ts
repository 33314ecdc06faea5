// The body of the watchdog's thread: sleeps while nothing runs, and names the turn that blocks the event loop.

/** Words of the shared memory: `BEAT` is 0 while the runtimes rest, odd in a turn, even between turns. */
export interface SharedTurn {
  readonly beat: Int32Array<SharedArrayBuffer>;
  /** Which runtime, the message's position, the subscription. */
  readonly numbers: Float64Array<SharedArrayBuffer>;
  /** The key of the instance: its length, then its UTF-16 units. */
  readonly key: Uint16Array<SharedArrayBuffer>;
}

/** What the thread needs to know of a runtime to speak of its turns. */
export interface WatchedRuntime {
  readonly runtime: number;
  readonly afterMs: number;
  readonly kill: boolean;
  readonly epochs: readonly { readonly incarnation: string; readonly first: number }[];
  readonly handlers: readonly { readonly id: number; readonly name: string; readonly handler: string }[];
}

/** What the thread gets from its own Node.js. */
export interface ThreadTools {
  readonly shared: SharedTurn;
  /** The next runtime that was registered, if any. */
  readonly receive: () => WatchedRuntime | undefined;
  readonly write: (line: string) => void;
  readonly monotonicMs: () => number;
  readonly wallMs: () => number;
  readonly pid: number;
  readonly kill: () => void;
}

/** Self-contained, because its source text is what the thread runs: it works from a bundle and needs no second file. */
export function watchThread({ shared, receive, write, monotonicMs, wallMs, pid, kill }: ThreadTools): void {
  const { beat, numbers, key } = shared;
  const runtimes = new Map<number, WatchedRuntime>();
  let seen = 0;
  let since = 0;
  let reported = 0;

  const look = (blockedMs: number): number => {
    for (let next = receive(); next; next = receive()) runtimes.set(next.runtime, next);
    const watched = runtimes.get(numbers[0] ?? 0);
    if (!watched || blockedMs < watched.afterMs) return watched?.afterMs ?? 1000;
    if (reported !== seen) report(watched, blockedMs);
    return watched.afterMs;
  };

  const report = ({ epochs, handlers, kill: kills }: WatchedRuntime, blockedMs: number): void => {
    const position = numbers[1] ?? 0;
    const handler = handlers.find(({ id }) => id === numbers[2]);
    const incarnation = epochs.findLast(({ first }) => first <= position)?.incarnation ?? '0';
    const units = Array.from(key.subarray(1, 1 + (key[0] ?? 0)));
    // The turn may have ended while its name was read.
    if (Atomics.load(beat, 0) !== seen) return;
    reported = seen;
    const line = {
      level: kills ? 60 : 50,
      time: wallMs(),
      pid,
      name: 'troupe',
      address: `${handler?.name ?? 'unknown'}/${String.fromCharCode(...units)}`,
      handler: handler?.handler ?? 'unknown',
      messageId: `${incarnation}-${position}`,
      blockedMs: Math.round(blockedMs),
      msg: kills ? 'a turn blocks the event loop: the process is killed' : 'a turn blocks the event loop',
    };
    write(`${JSON.stringify(line)}\n`);
    if (kills) kill();
  };

  for (;;) {
    const now = Atomics.load(beat, 0);
    if (now !== seen) {
      seen = now;
      since = monotonicMs();
    }
    if (seen === 0) Atomics.wait(beat, 0, 0);
    else if (seen % 2 === 0) Atomics.wait(beat, 0, seen, 50);
    else Atomics.wait(beat, 0, seen, Math.max(1, look(monotonicMs() - since) / 4));
  }
}
