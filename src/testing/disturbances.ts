// Disturbances: what happens to a whole process or to its clock, at a moment when nothing runs.
import type { Faults } from './faults.ts';
import type { Rig } from './rig.ts';
import { drawBelow, type Random } from './seeded-random.ts';
import type { TestRuntime } from './test-runtime.ts';

const LONG_DOWN_PART = 0.1;
const LONG_DOWN_MS = 3_600_000;
const SHORT_DOWN_MS = 5_000;
const MOST_FORWARD_MS = 7_200_000;
const MOST_BACK_MS = 600_000;
/** A running process looks at its clock within its longest sleep. */
const NOTICED_MS = 60_000;

export class Disturbances {
  readonly #faults: Faults;
  readonly #rig: Rig;
  readonly #schedule: Random;

  constructor(faults: Faults, rig: Rig, schedule: Random) {
    this.#faults = faults;
    this.#rig = rig;
    this.#schedule = schedule;
  }

  /** A graceful restart, or the wall clock is set forward or back. */
  async strike(runtime: TestRuntime): Promise<void> {
    if (this.#faults.strikes('restart')) await runtime.restart();
    const forward = this.#faults.strikes('clock-forward');
    if (forward) this.#jump(1 + drawBelow(forward, MOST_FORWARD_MS));
    const back = this.#faults.strikes('clock-back');
    if (back) this.#jump(-1 - drawBelow(back, MOST_BACK_MS));
  }

  /** How long nothing runs after a death, in ms. */
  downtimeMs(): number {
    const isLong = this.#schedule() < LONG_DOWN_PART;
    return drawBelow(this.#schedule, isLong ? LONG_DOWN_MS : SHORT_DOWN_MS);
  }

  #jump(byMs: number): void {
    this.#rig.machine.jump(byMs);
    this.#rig.later(drawBelow(this.#schedule, NOTICED_MS), () => this.#rig.look());
  }
}
