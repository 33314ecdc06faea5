// Retracing: which states a committed turn of a saga entered and which transitions it took, by taking it once more.
import type { Envelope } from '../runtime/message/envelope.ts';
import type { Behavior, Turn } from '../runtime/turn/behavior.ts';
import type { Decision } from '../runtime/turn/decision.ts';
import type { TurnDetail } from './history.ts';
import { Inventory } from './inventory.ts';
import { lineOf } from './lint-chart.ts';
import { PureTurn } from './pure-turn.ts';
import type { Saga } from './saga.ts';
import { toPureBehavior } from './saga-behavior.ts';
import type { Sight } from './step-message.ts';

/** An instance between two turns. */
export interface Standing {
  readonly state: unknown;
  readonly status: string | null;
}

/** The row of an instance. */
export interface StoredStanding {
  /** JSON. */
  readonly data: string;
  readonly version: number;
  readonly status: string | null;
}

/** A turn as it was committed. */
export interface PastTurn {
  readonly handler: string;
  readonly kind: Turn['kind'];
  readonly envelope: Envelope;
  readonly origin: Envelope;
  readonly key: string;
  readonly at: number;
  /** As stored: JSON, or null where nothing changed. */
  readonly detail: string | null;
}

/** What a turn did, by the names of the inventory. */
export interface Retraced {
  readonly states: ReadonlySet<string>;
  readonly transitions: ReadonlySet<string>;
  /** How the instance stands after it; undefined: what was committed cannot be come to again. */
  readonly standing: Standing | undefined;
}

/**
 * A commit keeps the state before and after, which do not tell the transitions between them: guards choose. A machine
 * is a pure function of its snapshot and a message, so the turn is taken again with somebody looking on. Code that is
 * not pure shows in another state than the committed one; nothing of such a turn counts but the states it stood in.
 */
export class Retracer {
  readonly inventory: Inventory;
  readonly #behavior: Behavior;
  #states = new Set<string>();
  #transitions = new Set<string>();

  constructor(saga: Saga) {
    this.inventory = new Inventory(saga);
    this.#behavior = toPureBehavior(saga, sight => this.#note(sight));
  }

  /** How a stored instance stands; undefined where the code of today cannot read it. */
  standing({ data, version, status }: StoredStanding): Standing | undefined {
    try {
      return { state: this.#behavior.restore(JSON.parse(data), version), status };
    } catch {
      return undefined;
    }
  }

  /** `from` undefined: how the instance stood is not known. */
  retrace(from: Standing | undefined, turn: PastTurn): Retraced {
    const detail = turn.detail === null ? undefined : (JSON.parse(turn.detail) as TurnDetail);
    const standing = detail && detail.from === undefined ? UNBORN : from;
    const decision = standing && this.#decide(standing, turn);
    if (!standing || !decision || !isTheSame(decision, detail)) {
      return { states: this.inventory.namesIn(detail?.to), transitions: NONE, standing: undefined };
    }
    const { changed, state, status } = decision;
    const after = changed ? { state, status: status ?? standing.status } : standing;
    return { states: this.#states, transitions: this.#transitions, standing: after };
  }

  #decide({ state, status }: Standing, turn: PastTurn): Decision | undefined {
    const handler = this.#behavior.handlers.find(({ id }) => id === turn.handler);
    this.#states = new Set();
    this.#transitions = new Set();
    try {
      return handler && this.#behavior.handle(new PureTurn({ ...turn, handler, state, status }));
    } catch {
      return undefined;
    }
  }

  #note({ src, active, taken }: Sight): void {
    const transitions = taken.map(one => this.inventory.transitionName(src, one));
    for (const name of transitions) if (name !== undefined) this.#transitions.add(name);
    // What it left may have been entered and left again with nobody looking.
    const nodes = [...taken.flatMap(({ source }) => lineOf(source)), ...active];
    const states = nodes.map(node => this.inventory.stateName(src, node));
    for (const name of states) if (name !== undefined) this.#states.add(name);
  }
}

const NONE: ReadonlySet<string> = new Set();
/** Before its first turn. */
const UNBORN: Standing = { state: undefined, status: null };

/** Compares what was committed with what came out now, as far as the states go. */
function isTheSame({ detail }: Decision, then: TurnDetail = {}): boolean {
  const now = (detail ?? {}) as TurnDetail;
  return JSON.stringify([now.from, now.to]) === JSON.stringify([then.from, then.to]);
}
