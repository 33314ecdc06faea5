// The passage of time in a test: alarm by alarm, with everything settled around each.
import { TroupeError } from '../runtime/errors.ts';
import { nextMacrotask } from '../runtime/platform/macrotask.ts';
import type { Rig } from './rig.ts';

const MOST_ALARMS = 1_000_000;

export class PassageOfTime {
  readonly #rig: Rig;

  constructor(rig: Rig) {
    this.#rig = rig;
  }

  async advance(ms: number): Promise<void> {
    const { machine } = this.#rig;
    await this.#settleRunning();
    await machine.runTo(machine.monotonicMs + ms);
    await this.#rig.settle();
  }

  /** To the next alarm after which something was committed. */
  async advanceToNext(): Promise<void> {
    await this.#settleRunning();
    const { activity } = this.#rig;
    // A runtime also wakes for what was cancelled since, and finds nothing to do.
    while (this.#rig.activity === activity) {
      if (await this.#rig.machine.ringNext(Infinity)) continue;
      throw new TroupeError('not-found', 'Nothing is armed: no timer, retry, timeout or schedule. Publish first.');
    }
    await this.#rig.settle();
  }

  async runUntil(condition: () => boolean, timeline: () => string): Promise<void> {
    await this.#settleRunning();
    for (let rung = 0; !condition(); rung++) {
      if (rung < MOST_ALARMS && (await this.#rig.machine.ringNext(Infinity))) continue;
      const end = rung < MOST_ALARMS ? 'nothing is left to happen' : `${MOST_ALARMS} alarms have rung`;
      const problem = `The condition of runUntil does not hold, and ${end}. Correct it, or publish what it waits for.`;
      throw new TroupeError('not-found', `${problem} What happened:\n${timeline()}`);
    }
  }

  /** Until the promise has settled, or nothing is armed. */
  async passFor(promise: Promise<unknown>): Promise<void> {
    const state = { isOver: false };
    const over = (): void => void (state.isOver = true);
    promise.then(over, over);
    await this.#rig.machine.settle();
    while (!state.isOver) {
      if (await this.#rig.machine.ringNext(Infinity)) continue;
      if (!this.#rig.isBetween) return;
      await nextMacrotask();
    }
  }

  /** In a process that has stopped nothing happens, however much time passes. */
  assertRunning(): void {
    const { state } = this.#rig.current.kernel.scheduler;
    if (state === 'running') return;
    const why = state === 'failed' ? 'has stopped itself after an I/O error' : 'was stopped';
    throw new TroupeError('stopped', `The runtime ${why}. Call crash() or restart() to start the next process.`);
  }

  async #settleRunning(): Promise<void> {
    await this.#rig.settle();
    this.assertRunning();
  }
}
