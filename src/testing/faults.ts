// Faults: what a simulation may do to a run, when it does so, and how a list of them names a run that can be repeated.
import { TroupeError } from '../runtime/errors.ts';
import { drawBelow, randomStream, type Random } from './seeded-random.ts';

/** Everything a simulation may inject. */
export const faultKinds = [
  'crash-before-commit',
  'crash-after-commit',
  'crash-in-release',
  'crash-between-turns',
  'crash-in-recovery',
  'restart',
  'commit-busy',
  'disk-full',
  'io-error',
  'handler-failure',
  'task-failure',
  'task-result-lost',
  'task-delay',
  'message-delay',
  'duplicate',
  'clock-forward',
  'clock-back',
] as const;

/** One kind of fault. */
export type FaultKind = (typeof faultKinds)[number];

/** One fault of a run: at the how manieth opportunity, counted from 1. */
export interface Fault {
  readonly kind: FaultKind;
  readonly nth: number;
}

/** A process that dies this often on one message gives the message up, so a run crashes less often (K22). */
const MOST_CRASHES = 3;
const MOST_FAULTS = 12;
const RATES = [0.004, 0.02, 0.1];
const ENABLED_PART = 0.5;

const isCrash = (kind: FaultKind): boolean => kind.startsWith('crash-') || kind === 'io-error';

/** Decides at every opportunity whether a fault strikes: drawn from the seed, or from a list. */
export class Faults {
  readonly #seed: number;
  readonly #planned: ReadonlySet<string> | undefined;
  readonly #rates = new Map<FaultKind, { readonly rate: number; readonly random: Random }>();
  readonly #counts = new Map<FaultKind, number>();
  readonly #struck: Fault[] = [];
  #left: number;
  #crashesLeft = MOST_CRASHES;
  /** Off: nothing strikes any more. */
  enabled = true;

  /** Without `planned` each run has a drawn part of the kinds at drawn rates ("Swarm Testing", Groce et al. 2012). */
  constructor(seed: number, kinds: readonly FaultKind[], planned?: readonly Fault[]) {
    this.#seed = seed;
    this.#planned = planned && new Set(planned.map(fault => formatFault(fault)));
    const swarm = randomStream(seed, 'swarm');
    this.#left = 1 + drawBelow(swarm, MOST_FAULTS);
    for (const kind of faultKinds) {
      const isEnabled = swarm() < ENABLED_PART;
      const rate = RATES[drawBelow(swarm, RATES.length)] ?? 0;
      if (isEnabled && kinds.includes(kind)) this.#rates.set(kind, { rate, random: randomStream(seed, kind) });
    }
  }

  /** What has struck so far. */
  get struck(): readonly Fault[] {
    return this.#struck;
  }

  /** Opportunities by kind. */
  get opportunities(): ReadonlyMap<FaultKind, number> {
    return this.#counts;
  }

  /** An opportunity: the randomness of the fault if it strikes, the same whenever the same one strikes. */
  strikes(kind: FaultKind): Random | undefined {
    if (!this.enabled) return undefined;
    const nth = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, nth);
    const fault = { kind, nth };
    if (!(this.#planned ? this.#planned.has(formatFault(fault)) : this.#draw(kind))) return undefined;
    this.#struck.push(fault);
    return randomStream(this.#seed, formatFault(fault));
  }

  #draw(kind: FaultKind): boolean {
    const drawn = this.#rates.get(kind);
    if (!drawn || drawn.random() >= drawn.rate || this.#left === 0) return false;
    if (isCrash(kind)) {
      if (this.#crashesLeft === 0) return false;
      this.#crashesLeft -= 1;
    }
    this.#left -= 1;
    return true;
  }
}

/** `crash-after-commit#17` */
export function formatFault({ kind, nth }: Fault): string {
  return `${kind}#${nth}`;
}

/**
 * Reads a list as `formatFault` writes it, separated by commas.
 *
 * @throws TroupeError `invalid-options`
 */
export function parseFaults(text: string): readonly Fault[] {
  return text
    .split(',')
    .filter(part => part !== '')
    .map(part => {
      const [name, count] = part.split('#');
      const kind = faultKinds.find(one => one === name);
      const nth = Number(count);
      if (kind && Number.isInteger(nth) && nth > 0) return { kind, nth };
      throw new TroupeError(
        'invalid-options',
        `'${part}' names no fault. Write a kind and its opportunity, like crash-after-commit#17.`,
      );
    });
}
