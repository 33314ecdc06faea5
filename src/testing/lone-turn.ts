// What an actor sees of a test while it handles one message: a clock that stands still, seeded ids, and kept log lines.
import type { Database } from 'better-sqlite3';
import type { Envelope } from '../runtime/message/envelope.ts';
import type { Subscription } from '../runtime/delivery/subscription.ts';
import type { LoggedMessage } from '../runtime/store/records.ts';
import type { Handler, Turn, TurnLog } from '../runtime/turn/behavior.ts';
import type { LoneActor } from './lone-actor.ts';
import type { Random } from './seeded-random.ts';

/** A line a handler has logged. */
export interface TestLogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string | undefined;
}

/** Keeps lines instead of writing them. */
export class KeptLog implements TurnLog {
  readonly #lines: TestLogLine[];

  constructor(lines: TestLogLine[]) {
    this.#lines = lines;
  }

  info(fields: object | string, message?: string): void {
    this.#keep('info', fields, message);
  }

  warn(fields: object | string, message?: string): void {
    this.#keep('warn', fields, message);
  }

  error(fields: object | string, message?: string): void {
    this.#keep('error', fields, message);
  }

  #keep(level: TestLogLine['level'], fields: object | string, message: string | undefined): void {
    this.#lines.push(
      typeof fields === 'string' ? { level, fields: {}, message: fields } : { level, fields: { ...fields }, message },
    );
  }
}

/** Everything a turn or a task of a test takes from around it. */
export interface Surroundings {
  readonly subscription: Subscription;
  readonly key: string;
  readonly state: unknown;
  readonly attempt: number;
  readonly random: Random;
  readonly log: TurnLog;
  /** Ms since 1970, UTC. */
  readonly now: () => number;
}

/** One turn of a test. */
export class LoneTurn implements Turn {
  readonly handler: Handler;
  readonly key: string;
  readonly state: unknown;
  readonly status: null = null;
  readonly attempt: number;
  readonly isBehind: boolean = false;
  readonly effectKey: string;
  readonly log: TurnLog;
  readonly #actor: LoneActor;
  readonly #message: LoggedMessage;
  readonly #origin: LoggedMessage;
  readonly #around: Surroundings;
  #ids = 0;

  constructor(
    actor: LoneActor,
    messages: readonly [message: LoggedMessage, origin: LoggedMessage],
    around: Surroundings,
  ) {
    this.#actor = actor;
    [this.#message, this.#origin] = messages;
    this.#around = around;
    this.handler = around.subscription.handler;
    this.key = around.key;
    this.state = around.state;
    this.attempt = around.attempt;
    this.log = around.log;
    this.effectKey = `${actor.idOf(this.#message.position)}-${around.subscription.id}`;
  }

  get kind(): LoggedMessage['kind'] {
    return this.#message.kind;
  }

  get data(): unknown {
    return this.#actor.data(this.#message);
  }

  get envelope(): Envelope {
    return this.#actor.envelope(this.#message);
  }

  get origin(): Envelope {
    return this.#actor.envelope(this.#origin);
  }

  now(): number {
    return this.#around.now();
  }

  random(): number {
    return this.#around.random();
  }

  id(): string {
    this.#ids += 1;
    return `${this.effectKey}-${this.#ids}`;
  }

  sql<T>(make: (database: Database) => T): T {
    return this.#actor.sql(make);
  }
}
