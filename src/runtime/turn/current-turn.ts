// What a behavior sees of the kernel during one turn, and the log lines it holds back until the commit.
import type { Database } from 'better-sqlite3';
import type { Envelope } from '../message/envelope.ts';
import type { LoggedMessage } from '../store/records.ts';
import type { Handler, Turn, TurnLog } from './behavior.ts';
import type { Drain } from './drain.ts';
import type { Handling } from './handling.ts';
import { LoggedEnvelope } from './logged-envelope.ts';

/** One turn from the behavior's side. */
export class CurrentTurn implements Turn {
  readonly handler: Handler;
  readonly key: string;
  readonly state: unknown;
  readonly status: string | null;
  readonly attempt: number;
  readonly #on: Handling;
  #ids = 0;
  #envelope: Envelope | undefined = undefined;
  #log: HeldLog | undefined = undefined;

  constructor(on: Handling) {
    const { instance, delivery } = on;
    this.#on = on;
    this.handler = delivery.subscription.handler;
    this.key = instance.key;
    this.state = instance.state;
    this.status = instance.status;
    this.attempt = delivery.attempts + 1;
  }

  get kind(): LoggedMessage['kind'] {
    return this.#on.message.kind;
  }

  get data(): unknown {
    return this.#on.drain.kernel.data(this.#on.message);
  }

  get envelope(): Envelope {
    this.#envelope ??= new LoggedEnvelope(this.#on.message, this.#on.drain.kernel);
    return this.#envelope;
  }

  get origin(): Envelope {
    const { drain, message } = this.#on;
    const origin = drain.kernel.originOf(drain, message);
    return origin === message ? this.envelope : new LoggedEnvelope(origin, drain.kernel);
  }

  get isBehind(): boolean {
    return this.#on.instance.registration.isBehind;
  }

  get effectKey(): string {
    const { drain, delivery } = this.#on;
    return `${drain.kernel.idOf(delivery.position)}-${delivery.subscription.id}`;
  }

  get log(): TurnLog {
    this.#log ??= new HeldLog(this.#on.drain, { address: this.#on.instance.address });
    return this.#log;
  }

  now(): number {
    return this.#on.drain.now;
  }

  random(): number {
    return this.#on.drain.kernel.platform.random();
  }

  id(): string {
    this.#ids += 1;
    return `${this.effectKey}-${this.#ids}`;
  }

  sql<T>(make: (database: Database) => T): T {
    return this.#on.drain.kernel.applicationSql.inTurn(make);
  }

  /** The turn is dropped: its lines are written at once, marked. */
  dropLog(): void {
    this.#log?.drop();
  }
}

/** Log lines of a turn: written after the commit, or at once and marked when the turn is dropped (K7). */
class HeldLog implements TurnLog {
  readonly #drain: Drain;
  readonly #fixed: object;
  readonly #lines: (readonly [level: 'info' | 'warn' | 'error', fields: object, message: string | undefined])[] = [];
  #dropped = false;

  constructor(drain: Drain, fixed: object) {
    this.#drain = drain;
    this.#fixed = fixed;
    drain.afterCommit.push(() => this.#write({}));
    drain.undo(() => this.drop());
  }

  info(fields: object | string, message?: string): void {
    this.#hold('info', fields, message);
  }

  warn(fields: object | string, message?: string): void {
    this.#hold('warn', fields, message);
  }

  error(fields: object | string, message?: string): void {
    this.#hold('error', fields, message);
  }

  drop(): void {
    this.#write({ dropped: true });
    this.#dropped = true;
  }

  #hold(level: 'info' | 'warn' | 'error', fields: object | string, message: string | undefined): void {
    this.#lines.push(typeof fields === 'string' ? [level, {}, fields] : [level, fields, message]);
  }

  #write(extra: object): void {
    if (this.#dropped) return;
    for (const [level, fields, message] of this.#lines) {
      this.#drain.kernel.logger[level]({ ...this.#fixed, ...fields, ...extra }, message);
    }
  }
}
