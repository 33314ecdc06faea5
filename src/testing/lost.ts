// Lost messages: whether every message of the log was handled by each handler that wanted it, was given up, or is open.
import type { Subscription } from '../runtime/delivery/subscription.ts';
import type { LoggedMessage } from '../runtime/store/records.ts';
import type { Kernel } from '../runtime/turn/kernel.ts';
import type { Audit } from './audit.ts';

interface LastTurn {
  readonly message: number;
  readonly subscription: number;
  readonly outcome: string;
}

/** After these the message is still to be handled, so something of it must be open. */
const UNFINISHED: ReadonlySet<string> = new Set(['failed', 'held', 'started', 'stashed', 'task-failed']);

const LAST_TURNS = `select message, subscription, outcome, max(turn) as turn from troupe_turns
  where message >= ? group by message, subscription`;
const MESSAGES = `select position, type, version, kind, key, cause, direct, data as text from troupe_messages
  where position >= ? order by position`;

/** What became of the messages of a log. */
class Accounts {
  /** `message/subscription` of what is open or given up. */
  readonly #held: ReadonlySet<string>;
  readonly #turns: ReadonlyMap<string, string>;
  /** Messages something is known of. */
  readonly #known: ReadonlySet<number>;
  /** Messages whose task has told its end. */
  readonly #ended: ReadonlySet<number>;

  constructor(audit: Audit, messages: readonly LoggedMessage[]) {
    const turns = audit.rows<LastTurn>(LAST_TURNS, audit.from);
    const letters = audit.rows<LastTurn>('select message, subscription from troupe_dead_letters');
    const held = [...audit.deliveries, ...audit.tasks, ...letters];
    const idOf = ({ message, subscription }: Omit<LastTurn, 'outcome'>): string => `${message}/${subscription}`;
    this.#held = new Set(held.map(idOf));
    this.#turns = new Map(turns.map(turn => [idOf(turn), turn.outcome]));
    this.#known = new Set([...held, ...turns].map(({ message }) => message));
    this.#ended = new Set(messages.flatMap(({ kind, cause }) => (kind === 'end' && cause !== null ? [cause] : [])));
  }

  isKnown({ position }: LoggedMessage): boolean {
    return this.#known.has(position);
  }

  /** Why a handler will never have handled a message; undefined where it has or will. */
  problem({ position }: LoggedMessage, { id, name }: Subscription): string | undefined {
    const key = `${position}/${id}`;
    if (this.#held.has(key)) return undefined;
    const outcome = this.#turns.get(key);
    if (outcome === undefined) return `never came to ${name}`;
    if (!UNFINISHED.has(outcome) || this.#ended.has(position)) return undefined;
    return `is lost: '${outcome}' by ${name}, and nothing of it is open`;
  }
}

/** Messages that somebody wanted and nobody has handled, given up or will handle. */
export function findLost(audit: Audit): readonly string[] {
  const messages = audit.rows<LoggedMessage>(MESSAGES, audit.from);
  const accounts = new Accounts(audit, messages);
  const { kernel } = audit;
  return messages.flatMap(message => {
    const label = `${message.type} at ${message.position}`;
    const isRouted = message.direct === 0 && (message.kind === 'event' || message.kind === 'command');
    if (!isRouted) return accounts.isKnown(message) ? [] : [`${label} (${message.kind}) never came to anybody`];
    return takersOf(kernel, message).flatMap(taker => {
      const problem = accounts.problem(message, taker);
      return problem === undefined ? [] : [`${label} ${problem}`];
    });
  });
}

/** Who had to get a message by now: not who reads it from the log later, nor whose filter refuses it. */
export function takersOf(kernel: Kernel, message: LoggedMessage): readonly Subscription[] {
  const owner = kernel.router.owner(message.type);
  const all = message.kind === 'event' ? kernel.router.subscribers(message.type) : owner ? [owner] : [];
  return all.filter(({ cursor, handler }) => {
    if (cursor !== null && cursor < message.position) return false;
    return !handler.where || wants(handler.where, kernel.data(message));
  });
}

/** A filter that throws wants the message: it then is a dead letter. */
function wants(where: (data: never) => boolean, data: unknown): boolean {
  try {
    return where(data as never);
  } catch {
    return true;
  }
}
