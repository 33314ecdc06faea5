// Instance: the live cell of one address, with its mailbox, cached state and the mark an aborted drain returns to.
import { Mailbox, type Delivery } from '../delivery/mailbox.ts';
import type { Registration } from '../delivery/subscription.ts';
import type { LoggedMessage } from '../store/records.ts';

/** Why an instance does not move until somebody acts. */
export interface Hold {
  readonly reason: string;
  readonly error: string | undefined;
  readonly since: number;
}

/** What a drain may change and an abort puts back. */
export interface Cell {
  readonly loaded: boolean;
  readonly rowId: number;
  readonly state: unknown;
  readonly status: string | null;
  readonly incarnation: number;
  readonly conversation: number | string | null;
  readonly hold: Hold | undefined;
}

/** Whether a saga is told something that is not of its own conversation. */
export function isVisit({ registration, conversation }: Instance, { correlation, position }: LoggedMessage): boolean {
  return registration.behavior.kind === 'saga' && (correlation ?? position) !== conversation;
}

const EMPTY: Omit<Cell, 'hold'> = {
  loaded: false,
  rowId: 0,
  state: undefined,
  status: null,
  incarnation: 0,
  conversation: null,
};

export class Instance {
  readonly address: string;
  readonly key: string;
  readonly registration: Registration;
  readonly mailbox: Mailbox = new Mailbox();
  loaded = false;
  /** 0: no row yet. */
  rowId = 0;
  state: unknown = undefined;
  status: string | null = null;
  incarnation = 0;
  conversation: number | string | null = null;
  hold: Hold | undefined = undefined;
  /** In the ring of ready instances. */
  queued = false;
  /** A wake-up at this time is armed; 0: none. */
  wakesAt = 0;
  /** State row to be written by the drain of this number. */
  dirtyIn = 0;
  /** Touched by the drain of this number. */
  touchedIn = 0;
  /** Used since the cache last looked for something to evict. */
  warm = true;
  #delayed: Set<Delivery> | undefined = undefined;
  #saved: Cell | undefined = undefined;

  constructor(address: string, key: string, registration: Registration) {
    this.address = address;
    this.key = key;
    this.registration = registration;
  }

  /** Retries that gave up their place in the mailbox until they are due. */
  get delayed(): Set<Delivery> {
    this.#delayed ??= new Set();
    return this.#delayed;
  }

  /** Remembers what the drain `number` finds; true at its first touch. */
  touch(number: number): boolean {
    if (this.touchedIn === number) return false;
    this.touchedIn = number;
    this.warm = true;
    const { loaded, rowId, state, status, incarnation, conversation, hold } = this;
    this.#saved = { loaded, rowId, state, status, incarnation, conversation, hold };
    this.mailbox.mark();
    return true;
  }

  /** The drain was committed: what it found is of no use any more. */
  settle(): void {
    this.#saved = undefined;
  }

  restore(): void {
    if (this.#saved) Object.assign(this, this.#saved);
    this.mailbox.restore();
    this.dirtyIn = 0;
  }

  /** Forgets the state: the next turn loads or creates it. */
  unload(): void {
    Object.assign(this, EMPTY);
  }
}
