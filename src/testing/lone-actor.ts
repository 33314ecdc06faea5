// An actor without a bus: its compiled behavior, what would be routed to it, and the envelopes it is shown.
import type { Database } from 'better-sqlite3';
import type { Actor } from '../actors/actor.ts';
import { toActorBehavior } from '../actors/actor-behavior.ts';
import { Router } from '../runtime/delivery/router.ts';
import { Registration, Subscription } from '../runtime/delivery/subscription.ts';
import { TroupeError } from '../runtime/errors.ts';
import { checkKey, formatAddress } from '../runtime/message/address.ts';
import { acceptsOwnOutput, checkData, keyOf, type AnyContract } from '../runtime/message/contract.ts';
import { checkHeaders } from '../runtime/message/headers.ts';
import { fromJsonText, toJsonText, type Json } from '../runtime/message/json.ts';
import { ApplicationSql } from '../runtime/store/application-sql.ts';
import type { LoggedMessage } from '../runtime/store/records.ts';
import type { Behavior, Handler } from '../runtime/turn/behavior.ts';
import type { TaskEnd } from '../runtime/turn/decision.ts';
import { LoggedEnvelope, type Reader } from '../runtime/turn/logged-envelope.ts';

const INCARNATION_DIGITS = 16;

/** How a message of a test reaches the actor. */
export interface TestMessageOptions {
  /** The instance it concerns; default: the contract's key. */
  readonly key?: string | undefined;
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What `ctx.attempt` says, from 1. */
  readonly attempt?: number | undefined;
}

/** A message as the test gives it. */
export interface Given {
  readonly contract: AnyContract;
  readonly data: unknown;
}

/** Which messages meet which instance from now on. */
export interface Standing {
  /** Undefined until the first message decides it. */
  readonly key: string | undefined;
  /** Undefined: the actor's own `state()`. */
  readonly state: unknown;
  /** Of the message before; ids and randomness follow from it. */
  readonly position: number;
}

/** A message and those handlers of one instance that would get it. */
export interface Meeting {
  readonly message: LoggedMessage;
  readonly key: string;
  readonly handlers: readonly Subscription[];
  readonly attempt: number;
}

/** What a lone actor is made with. */
export interface LoneActorOptions {
  readonly seed: number;
  /** Ms since 1970, UTC. */
  readonly now: number;
  readonly database: Database | undefined;
}

export class LoneActor implements Reader {
  readonly behavior: Behavior;
  readonly router: Router = new Router();
  readonly seed: number;
  readonly now: number;
  readonly #database: Database | undefined;
  readonly #sql: ApplicationSql | undefined;

  constructor(actor: Actor, { seed, now, database }: LoneActorOptions) {
    this.seed = seed;
    this.now = now;
    this.behavior = toActorBehavior(actor);
    const registration = new Registration(this.behavior);
    this.behavior.handlers.forEach((handler, index) => {
      this.router.add(new Subscription({ id: index + 1, cursor: null }, registration, handler));
    });
    for (const contract of [...this.behavior.publishes, ...this.behavior.sends]) this.router.know(contract);
    this.#database = database;
    this.#sql = database && new ApplicationSql(database, UNWATCHED);
  }

  get name(): string {
    return this.behavior.name;
  }

  idOf(position: number): string {
    return `${this.seed.toString(16).padStart(INCARNATION_DIGITS, '0')}-${position}`;
  }

  data(message: LoggedMessage): Json {
    return message.data ?? null;
  }

  envelope(message: LoggedMessage): LoggedEnvelope {
    return new LoggedEnvelope(message, this);
  }

  /** A message as the log would hold it, and who would get it. Throws what publishing it would throw. */
  meet(standing: Standing, given: Given, options: TestMessageOptions): Meeting {
    const { contract } = given;
    this.router.assertSame(contract);
    const checked = checkData(contract, given.data);
    acceptsOwnOutput(contract, checked);
    const text = toJsonText(checked, 'data');
    const data = fromJsonText(text);
    const key =
      options.key === undefined ? keyOf(contract, data) : checkKey(options.key, `The key of ${contract.type}`);
    const headers = options.headers === undefined ? null : JSON.stringify(checkHeaders(options.headers));
    const { type, version, kind } = contract;
    const position = standing.position + 1;
    const message = { ...EDGE, type, version, kind, position, key, time: this.now, headers, text, data };
    const offers = this.#subscribers(contract).flatMap(subscription => this.#offer(subscription, message));
    const own = this.#instanceOf(standing, message, offers);
    const handlers = offers.filter(offer => offer.key === own).map(offer => offer.subscription);
    return { message, key: own, handlers, attempt: checkAttempt(options.attempt ?? 1) };
  }

  /** The message that tells the end of a task. */
  endOf({ message, key }: Meeting, end: TaskEnd, position: number): LoggedMessage {
    const text = toJsonText(end as Json, 'result');
    const source = formatAddress(this.name, key);
    const type = `${message.type}.end`;
    const cause = message.position;
    const parts = { type, version: 1, kind: 'end', position, key, source, cause, correlation: cause } as const;
    return { ...message, ...parts, text, data: fromJsonText(text) };
  }

  /** Runs `work` in a transaction of the database, where the test has given one. */
  inTransaction<T>(work: () => T): T {
    return this.#database ? this.#database.transaction(work).immediate() : work();
  }

  /** Runs one turn in its own savepoint. */
  inTurn<T>(turn: () => T): T {
    try {
      const result = turn();
      this.#sql?.keep();
      return result;
    } catch (error) {
      this.#sql?.drop(error);
      throw error;
    }
  }

  sql<T>(make: (database: Database) => T): T {
    if (this.#sql) return this.#sql.inTurn(make);
    throw new TroupeError(
      'invalid-options',
      `The actor ${this.name} uses ctx.sql, and the test has no database. Give it one that has its tables: ` +
        `testActor(${this.name}, { database }).`,
    );
  }

  #subscribers(contract: AnyContract): readonly Subscription[] {
    const { type, kind } = contract;
    const owner = this.router.owner(type);
    const found = kind === 'event' ? this.router.subscribers(type) : owner ? [owner] : [];
    if (found.length > 0) return found;
    throw new TroupeError(
      'unknown-definition',
      `The actor ${this.name} has no handler for ${type}. Add .on(${type}, …) to it, or test the actor that has one.`,
    );
  }

  #offer(subscription: Subscription, message: LoggedMessage): readonly Offer[] {
    const { where, key: own }: Handler = subscription.handler;
    const { type, data, key } = message;
    if (where && !where(data as never)) return [];
    if (this.behavior.single) return [{ subscription, key: 'default' }];
    return [{ subscription, key: own ? keyOf({ type, key: own }, data) : key }];
  }

  /** The instance this test is about: the one it names, or the one its first message concerns. */
  #instanceOf(standing: Standing, message: LoggedMessage, offers: readonly Offer[]): string {
    const [first = message.key, ...others] = new Set(offers.map(offer => offer.key));
    const own = standing.key ?? first;
    const isClear = standing.key === undefined ? others.length === 0 : [first, ...others].includes(own);
    if (isClear || offers.length === 0) return own;
    const found = [first, ...others].map(key => formatAddress(this.name, key)).join(' and ');
    const about = standing.key === undefined ? 'one instance' : formatAddress(this.name, own);
    throw new TroupeError(
      'invalid-options',
      `${message.type} concerns ${found}; this test is about ${about}. Give it data of that key, or name the ` +
        `instance: testActor(${this.name}, { key }).`,
    );
  }
}

/** One handler and the instance of it that would get a message. */
interface Offer {
  readonly subscription: Subscription;
  readonly key: string;
}

/** The test holds the handle too, and may write its tables as it likes. */
const UNWATCHED = { isShared: false, foreignChanges: (): number => 0, onUndeclared: (): void => {} };

/** What is the same of all messages from the edge. */
const EDGE = {
  source: 'edge',
  correlation: null,
  cause: null,
  hops: 0,
  direct: 0,
  expires: null,
  idempotencyKey: null,
  replyTo: null,
} as const;

function checkAttempt(attempt: number): number {
  if (Number.isInteger(attempt) && attempt >= 1) return attempt;
  throw new TroupeError('invalid-options', `The attempt is ${attempt}. Use a whole number from 1.`);
}
