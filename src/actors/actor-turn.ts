// The ctx of one turn: collects what the handler wants into a decision, and is dead when the turn ends (K7).
import type { Database } from 'better-sqlite3';
import { TroupeError } from '../runtime/errors.ts';
import { checkKey } from '../runtime/message/address.ts';
import { checkData, checkReply, keyOf, type AnyContract } from '../runtime/message/contract.ts';
import { toMs } from '../runtime/message/duration.ts';
import type { Envelope } from '../runtime/message/envelope.ts';
import { checkHeaders } from '../runtime/message/headers.ts';
import { toJsonText } from '../runtime/message/json.ts';
import type { Turn, TurnLog } from '../runtime/turn/behavior.ts';
import { Decision, type Outgoing } from '../runtime/turn/decision.ts';
import { StateDraft } from '../runtime/turn/draft.ts';
import type { ActorContext, SendOptions, TimerOptions } from './context.ts';

/** What a handler may publish and send, and how `ctx.sql` is made. */
export interface Declared {
  readonly name: string;
  readonly publishes: ReadonlySet<AnyContract>;
  readonly sends: ReadonlySet<AnyContract>;
  /** The id of the handler that has the task, by its contract. */
  readonly tasks: ReadonlyMap<AnyContract, string>;
  readonly sql: ((database: Database) => unknown) | undefined;
}

/** What `deferReply` returns at run time. */
const DEFERRED: unique symbol = Symbol('deferred');

export class ActorTurn implements ActorContext<unknown, string, string, unknown> {
  readonly decision: Decision = new Decision();
  readonly #turn: Turn;
  readonly #declared: Declared;
  #draft: StateDraft | undefined = undefined;
  #open = true;

  constructor(turn: Turn, declared: Declared) {
    this.#turn = turn;
    this.#declared = declared;
  }

  get key(): string {
    return this.#turn.key;
  }

  get message(): Envelope {
    return this.#turn.origin;
  }

  get attempt(): number {
    return this.#turn.attempt;
  }

  get log(): TurnLog {
    this.#assertOpen();
    return this.#turn.log;
  }

  now(): number {
    return this.#turn.now();
  }

  random(): number {
    return this.#turn.random();
  }

  id(): string {
    this.#assertOpen();
    return this.#turn.id();
  }

  get state(): unknown {
    this.#assertOpen();
    this.#draft ??= new StateDraft(this.#turn.state);
    return this.#draft.value;
  }

  set state(value: unknown) {
    this.#assertOpen();
    this.#draft ??= new StateDraft(this.#turn.state);
    this.#draft.value = value;
  }

  get sql(): unknown {
    this.#assertOpen();
    const { sql, name } = this.#declared;
    if (!sql) {
      throw new TroupeError(
        'undeclared',
        `The actor ${name} uses ctx.sql without declaring it. Add sql: true to defineActor.`,
      );
    }
    return this.#turn.sql(sql);
  }

  publish(event: AnyContract, data: unknown, options?: SendOptions): void {
    this.#assertOpen();
    if (!this.#declared.publishes.has(event)) {
      throw new TroupeError(
        'undeclared',
        `${this.#declared.name} publishes ${event.type} without declaring it. Add it to publishes.`,
      );
    }
    (this.decision.outgoing ??= []).push(toOutgoing(event, data, options));
  }

  send(command: AnyContract, data: unknown, options?: SendOptions): void {
    this.#assertOpen();
    this.#assertSends(command);
    (this.decision.outgoing ??= []).push(toOutgoing(command, data, options));
  }

  start(contract: AnyContract, data: unknown): void {
    this.#assertOpen();
    const { type, version, kind } = contract;
    const { name, tasks } = this.#declared;
    const handler = tasks.get(contract);
    if (handler === undefined) {
      throw new TroupeError('undeclared', `${name} has no task for ${type}. Add .task(${type}, …).`);
    }
    const checked = checkData(contract, data);
    (this.decision.starts ??= []).push({
      handler,
      type,
      version,
      kind,
      data: checked,
      text: toJsonText(checked, 'data'),
    });
  }

  schedule(command: AnyContract, data: unknown, options: TimerOptions): void {
    this.#assertOpen();
    this.#assertSends(command);
    const id = options.id === undefined ? this.#turn.id() : checkKey(options.id, 'The id of a timer');
    const delayMs = toMs(options.after, 'schedule: after');
    (this.decision.timers ??= []).push({ id, delayMs, clock: 'wall', send: toOutgoing(command, data, options) });
  }

  cancel(timerId: string): void {
    this.#assertOpen();
    (this.decision.cancelled ??= []).push(timerId);
    this.decision.timers = this.decision.timers?.filter(({ id }) => id !== timerId);
  }

  get replyTicket(): string {
    return this.#turn.origin.id;
  }

  deferReply(): never {
    this.#assertOpen();
    this.decision.deferred = true;
    return DEFERRED as never;
  }

  reply(command: AnyContract, ticket: string, reply: unknown): void {
    this.#assertOpen();
    (this.decision.replies ??= []).push({ ticket, contract: command, value: checkReply(command, reply) });
  }

  stop(): void {
    this.#assertOpen();
    this.decision.stopped = true;
  }

  /** Takes the handler's return value and the draft into the decision. */
  finish(contract: AnyContract | undefined, returned: unknown): Decision {
    const { decision } = this;
    if (isThenable(returned)) {
      // Its rejection would be nobody's and end the process.
      if (returned instanceof Promise) returned.catch(() => {});
      throw new TroupeError(
        'async-handler',
        `A handler of ${this.#declared.name} returned a promise. .on handlers are synchronous: use .task for ` +
          'asynchronous work.',
      );
    }
    if (returned === DEFERRED) {
      if (contract?.kind !== 'command') {
        throw new TroupeError(
          'undeclared',
          `${this.#declared.name} defers a reply, but nobody asked: an event has no reply.`,
        );
      }
    } else {
      decision.deferred = false;
      if (contract) decision.reply = checkReply(contract, returned);
    }
    if (this.#draft) {
      const { state, changed } = this.#draft.finish();
      decision.state = state;
      decision.changed = changed;
    }
    return decision;
  }

  close(): void {
    this.#open = false;
    this.#draft?.revoke();
  }

  #assertSends(command: AnyContract): void {
    if (this.#declared.sends.has(command)) return;
    throw new TroupeError(
      'undeclared',
      `${this.#declared.name} sends ${command.type} without declaring it. Add it to sends.`,
    );
  }

  #assertOpen(): void {
    if (!this.#open) {
      throw new TroupeError(
        'ctx-closed',
        `The ctx of ${this.#declared.name} was used after its turn. Keep values, not ctx.`,
      );
    }
  }
}

function toOutgoing(contract: AnyContract, data: unknown, options: SendOptions | undefined): Outgoing {
  const checked = checkData(contract, data);
  return {
    contract,
    data: checked,
    text: toJsonText(checked, 'data'),
    key: options?.key === undefined ? keyOf(contract, checked) : checkKey(options.key, `The key of ${contract.type}`),
    delayMs: options?.delay === undefined ? undefined : toMs(options.delay, `${contract.type}: delay`),
    ttlMs: options?.ttl === undefined ? undefined : toMs(options.ttl, `${contract.type}: ttl`),
    headers: options?.headers === undefined ? undefined : JSON.stringify(checkHeaders(options.headers)),
    token: undefined,
  };
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
