// The Platform of a live process: system clock, system randomness, and one macrotask queue per process.
import { randomBytes } from 'node:crypto';
import type { Alarm, Platform } from './platform.ts';

/** `setTimeout` clamps longer delays to 1 ms. */
const LONGEST_DELAY_MS = 2_147_483_647;
const LONGEST_SLEEP_MS = 60_000;
const QUEUE = Symbol.for('troupe.macrotasks.1');

interface MacrotaskQueue {
  readonly waiting: (() => void)[];
  armed: boolean;
}

/** One queue per process, shared by every copy of this package in it (K8). */
function processQueue(): MacrotaskQueue {
  const holder = globalThis as { [QUEUE]?: MacrotaskQueue };
  holder[QUEUE] ??= { waiting: [], armed: false };
  return holder[QUEUE];
}

function defer(run: () => void): void {
  const queue = processQueue();
  queue.waiting.push(run);
  arm(queue);
}

function arm(queue: MacrotaskQueue): void {
  if (queue.armed) return;
  queue.armed = true;
  setImmediate(() => {
    queue.armed = false;
    const next = queue.waiting.shift();
    if (queue.waiting.length > 0) arm(queue);
    next?.();
  });
}

function alarm(delayMs: number, run: () => void): Alarm {
  const timeout = setTimeout(run, Math.min(Math.max(Math.ceil(delayMs), 0), LONGEST_DELAY_MS));
  return { cancel: () => clearTimeout(timeout), unref: () => void timeout.unref() };
}

/** The real clock, randomness and event loop. */
export const systemPlatform: Platform = {
  longestSleepMs: LONGEST_SLEEP_MS,
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  random: () => Math.random(),
  incarnation: () => randomBytes(8).toString('hex'),
  defer,
  alarm,
};
