// Meddling: where the faults of a simulation strike, at commits, handlers, tasks and messages on their way.
import type { Delivery } from '../runtime/delivery/mailbox.ts';
import { TroupeError } from '../runtime/errors.ts';
import { commitError } from './commit-failure.ts';
import type { Faults } from './faults.ts';
import type { Handled, Meddler } from './interference.ts';
import { ProcessDied, type Rig } from './rig.ts';
import { drawBelow, type Random } from './seeded-random.ts';
import type { CommitGate } from './watched-store.ts';

/** What follows from a death besides the next process. */
export interface Mortality {
  /** How many callers still get what was released before the process died. */
  lastWords(count: number): void;
}

const LONGEST_DELAY_MS = 5_000;
const MOST_LAST_WORDS = 4;
const FEWEST_ATTEMPTS = 3;
const DEFAULT_ATTEMPTS = 5;
const IO_KEPT_PART = 0.5;
const TIMEOUT_PART = 0.2;
/** A body waits at most twice in an attempt, so that half of its timeout is left. */
const HARMLESS_PART = 0.25;

/** Faults at commits. */
export function meddleWithCommits(faults: Faults, rig: Rig, mortality: Mortality): CommitGate {
  const die = (): never => {
    rig.kill();
    throw new ProcessDied();
  };
  return {
    before: () => {
      if (rig.isOpening) {
        if (faults.strikes('crash-in-recovery')) die();
        return;
      }
      if (faults.strikes('crash-before-commit')) die();
      if (faults.strikes('commit-busy')) throw commitError('busy');
      if (faults.strikes('disk-full')) throw commitError('full');
    },
    after: () => {
      if (rig.isOpening) {
        if (faults.strikes('crash-in-recovery')) die();
        return;
      }
      if (faults.strikes('crash-after-commit')) die();
      const release = faults.strikes('crash-in-release');
      if (release) {
        mortality.lastWords(drawBelow(release, MOST_LAST_WORDS));
        rig.kill();
      }
    },
  };
}

/** An I/O error, before or after the transaction took effect: nobody can tell which. */
export function failWithIoError(faults: Faults, gate: CommitGate, isOpening: () => boolean): CommitGate {
  let isDue = false;
  return {
    before: (store, batch) => {
      gate.before(store, batch);
      const random = isOpening() ? undefined : faults.strikes('io-error');
      isDue = random !== undefined && random() < IO_KEPT_PART;
      if (random && !isDue) throw commitError('io');
    },
    after: (store, batch) => {
      gate.after(store, batch);
      if (!isDue) return;
      isDue = false;
      throw commitError('io-kept');
    },
  };
}

/** Faults in handlers and tasks: never so many that a message is given up for them. */
export function meddleWithHandlers(faults: Faults): Meddler {
  const error = (): TroupeError =>
    new TroupeError('handler-failed', 'A failure the simulation has injected.', { retryable: true });
  return {
    failure: handled => {
      const { isTask } = handled;
      if (!maySpareAttempt(handled)) return undefined;
      return faults.strikes(isTask ? 'task-failure' : 'handler-failure') && error();
    },
    delayMs: (handled, when) => {
      const random = faults.strikes('task-delay');
      return random ? drawDelay(random, handled, when) : 0;
    },
    loses: handled => maySpareAttempt(handled) && faults.strikes('task-result-lost') !== undefined,
  };
}

/** An attempt that can be spared is now and then late for its timeout; any other has time enough. */
function drawDelay(random: Random, handled: Handled, when: 'before' | 'after'): number {
  const timeoutMs = handled.handler.task?.timeoutMs ?? Infinity;
  const isSpare = maySpareAttempt(handled);
  const longest = when === 'before' ? LONGEST_DELAY_MS : LONGEST_DELAY_MS * 2;
  const delayMs = 1 + drawBelow(random, isSpare ? longest : Math.min(longest, timeoutMs * HARMLESS_PART));
  return isSpare && timeoutMs < Infinity && random() < TIMEOUT_PART ? timeoutMs + delayMs : delayMs;
}

/** A first attempt, with more to come. */
function maySpareAttempt({ handler, attempt }: Handled): boolean {
  return attempt === 1 && (handler.retry?.attempts ?? DEFAULT_ATTEMPTS) >= FEWEST_ATTEMPTS;
}

const ARRIVED = -1;

/** Messages that take their time: by delivery, when it may arrive, in virtual ms. */
export class Delays {
  readonly #faults: Faults;
  readonly #rig: Rig;
  readonly #until = new Map<number, number>();

  constructor(faults: Faults, rig: Rig) {
    this.#faults = faults;
    this.#rig = rig;
  }

  begin(): void {
    this.#rig.withheld.add((_, delivery) => this.#isOnItsWay(delivery));
  }

  #isOnItsWay({ id }: Delivery): boolean {
    const { machine } = this.#rig;
    const known = this.#until.get(id);
    if (known !== undefined) return known > machine.monotonicMs;
    const random: Random | undefined = this.#faults.strikes('message-delay');
    if (!random) {
      // It has arrived: the next process, or who has put it aside, has it at once.
      this.#until.set(id, ARRIVED);
      return false;
    }
    const delayMs = 1 + drawBelow(random, LONGEST_DELAY_MS);
    this.#until.set(id, machine.monotonicMs + delayMs);
    this.#rig.later(delayMs, () => this.#rig.releaseWithheld());
    return true;
  }
}
