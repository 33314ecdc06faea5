// A turn without a kernel: what code of a saga may ask of its turn when nothing of it is kept.
import { TroupeError } from '../runtime/errors.ts';
import type { Envelope } from '../runtime/message/envelope.ts';
import type { Handler, Turn, TurnLog } from '../runtime/turn/behavior.ts';

/** One message at one instance. */
export interface PureTurnOptions {
  readonly handler: Handler;
  readonly kind: Turn['kind'];
  readonly envelope: Envelope;
  /** What a task was started by, where the message is its end. */
  readonly origin: Envelope;
  readonly key: string;
  readonly state: unknown;
  readonly status: string | null;
  /** In ms since 1970, UTC. */
  readonly at: number;
}

const SILENT: TurnLog = { info: () => {}, warn: () => {}, error: () => {} };
/** No jitter to either side. */
const MIDDLE = 0.5;

export class PureTurn implements Turn {
  readonly handler: Handler;
  readonly kind: Turn['kind'];
  readonly envelope: Envelope;
  readonly origin: Envelope;
  readonly key: string;
  readonly state: unknown;
  readonly status: string | null;
  readonly attempt: number = 1;
  readonly isBehind: boolean = false;
  readonly log: TurnLog = SILENT;
  readonly #at: number;

  constructor({ handler, kind, envelope, origin, key, state, status, at }: PureTurnOptions) {
    this.handler = handler;
    this.kind = kind;
    this.envelope = envelope;
    this.origin = origin;
    this.key = key;
    this.state = state;
    this.status = status;
    this.#at = at;
  }

  get data(): unknown {
    return this.envelope.data;
  }

  get effectKey(): string {
    return this.envelope.id;
  }

  now(): number {
    return this.#at;
  }

  random(): number {
    return MIDDLE;
  }

  id(): string {
    return this.envelope.id;
  }

  sql(): never {
    throw new TroupeError('invariant', 'A turn without a kernel has no database.');
  }
}
