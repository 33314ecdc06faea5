// Watchdog: one thread per process that reports, or ends, a turn which blocks the event loop (P12).
import { url as inspectorUrl } from 'node:inspector';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { watchThread, type SharedTurn, type WatchedRuntime } from './watchdog-thread.ts';

/** What a runtime tells its watchdog: that a turn runs, and which. */
export interface Watch {
  begin(position: number, subscription: number, key: string): void;
  end(): void;
  /** Nothing is left to run: the thread sleeps until the next turn. */
  rest(): void;
  close(): void;
}

const REGISTRY = Symbol.for('troupe.watchdog.1');
const KEY_UNITS = 257;

/** The thread starts with the first runtime of a process that wants it, and ends with the last. */
class Thread {
  readonly shared: SharedTurn = {
    beat: new Int32Array(new SharedArrayBuffer(4)),
    numbers: new Float64Array(new SharedArrayBuffer(24)),
    key: new Uint16Array(new SharedArrayBuffer(2 * KEY_UNITS)),
  };
  readonly #port: MessagePort;
  readonly #worker: Worker;
  readonly #runtimes = new Set<number>();
  #count = 0;
  #beat = 0;
  #resting = true;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#worker = new Worker(SOURCE, {
      eval: true,
      name: 'troupe-watchdog',
      workerData: { shared: this.shared, port: port2 },
      transferList: [port2],
      env: {},
      execArgv: [],
      stdin: false,
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
    });
    this.#worker.unref();
    this.#port.unref();
  }

  add(watched: Omit<WatchedRuntime, 'runtime'>): number {
    this.#count += 1;
    this.#runtimes.add(this.#count);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a MessagePort has no origin.
    this.#port.postMessage({ ...watched, runtime: this.#count });
    return this.#count;
  }

  /** True when the last one left. */
  remove(runtime: number): boolean {
    this.#runtimes.delete(runtime);
    if (this.#runtimes.size > 0) return false;
    void this.#worker.terminate();
    return true;
  }

  begin(): void {
    this.#beat = (this.#beat + 1) | 1;
    Atomics.store(this.shared.beat, 0, this.#beat);
    if (!this.#resting) return;
    this.#resting = false;
    Atomics.notify(this.shared.beat, 0);
  }

  end(): void {
    this.#beat = (this.#beat + 1) | 0 || 2;
    Atomics.store(this.shared.beat, 0, this.#beat);
  }

  rest(): void {
    if (this.#resting) return;
    this.#resting = true;
    Atomics.store(this.shared.beat, 0, 0);
  }
}

/** CommonJS, because that is what `eval` runs on every supported Node.js. */
const SOURCE = `
const { workerData, receiveMessageOnPort } = require('node:worker_threads');
const { writeSync } = require('node:fs');
(${watchThread.toString()})({
  shared: workerData.shared,
  receive: () => receiveMessageOnPort(workerData.port)?.message,
  write: line => writeSync(2, line),
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  pid: process.pid,
  kill: () => process.kill(process.pid, 'SIGKILL'),
});
`;

/** Watches the turns of one runtime; undefined under a debugger, where a turn may stand still for hours. */
export function watchTurns(watched: Omit<WatchedRuntime, 'runtime'>): Watch | undefined {
  if (inspectorUrl() !== undefined) return undefined;
  const holder = globalThis as { [REGISTRY]?: Thread | undefined };
  holder[REGISTRY] ??= new Thread();
  const thread = holder[REGISTRY];
  const { numbers, key: units } = thread.shared;
  const runtime = thread.add(watched);
  return {
    begin: (position, subscription, key) => {
      numbers[0] = runtime;
      numbers[1] = position;
      numbers[2] = subscription;
      const length = Math.min(key.length, KEY_UNITS - 1);
      units[0] = length;
      for (let at = 0; at < length; at++) units[at + 1] = key.charCodeAt(at);
      thread.begin();
    },
    end: () => thread.end(),
    rest: () => thread.rest(),
    close: () => {
      thread.rest();
      if (thread.remove(runtime) && holder[REGISTRY] === thread) holder[REGISTRY] = undefined;
    },
  };
}
