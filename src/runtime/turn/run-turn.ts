// One turn: one message at one address, from the mailbox to a decision that the drain keeps or drops.
import type { Database } from 'better-sqlite3';
import type { Delivery } from '../delivery/mailbox.ts';
import { TroupeError } from '../errors.ts';
import type { Envelope } from '../message/envelope.ts';
import type { LoggedMessage } from '../store/store.ts';
import { apply, checkDecision } from './apply.ts';
import type { Handler, Turn, TurnLog } from './behavior.ts';
import type { Decision } from './decision.ts';
import type { Drain } from './drain.ts';
import { deadLetter, fail } from './failure.ts';
import { holdInstance } from './holds.ts';
import type { Instance } from './instance.ts';
import { LoggedEnvelope } from './logged-envelope.ts';
import { settle } from './settle.ts';

const ERROR_CHARS = 500;

/** What a behavior sees of the kernel while it handles one message. */
class CurrentTurn implements Turn {
  readonly handler: Handler;
  readonly envelope: Envelope;
  readonly message: LoggedMessage;
  readonly key: string;
  readonly state: unknown;
  readonly status: string | null;
  readonly attempt: number;
  readonly #drain: Drain;
  readonly #delivery: Delivery;
  #ids = 0;
  #log: HeldLog | undefined = undefined;

  constructor(drain: Drain, instance: Instance, delivery: Delivery, message: LoggedMessage) {
    this.#drain = drain;
    this.#delivery = delivery;
    this.handler = delivery.subscription.handler;
    this.message = message;
    this.envelope = new LoggedEnvelope(message, drain.kernel);
    this.key = instance.key;
    this.state = instance.state;
    this.status = instance.status;
    this.attempt = delivery.attempts + 1;
  }

  get kind(): LoggedMessage['kind'] {
    return this.message.kind;
  }

  get origin(): Envelope {
    const origin = this.#drain.kernel.originOf(this.#drain, this.message);
    return origin === this.message ? this.envelope : new LoggedEnvelope(origin, this.#drain.kernel);
  }

  get effectKey(): string {
    return `${this.#drain.kernel.idOf(this.#delivery.position)}-${this.#delivery.subscription.id}`;
  }

  get log(): TurnLog {
    this.#log ??= new HeldLog(this.#drain, {
      address: `${this.#delivery.subscription.registration.behavior.name}/${this.key}`,
    });
    return this.#log;
  }

  now(): number {
    return this.#drain.now;
  }

  random(): number {
    return this.#drain.kernel.platform.random();
  }

  id(): string {
    this.#ids += 1;
    return `${this.effectKey}-${this.#ids}`;
  }

  sql<T>(make: (database: Database) => T): T {
    return this.#drain.kernel.applicationSql.inTurn(make);
  }

  dropLog(): void {
    this.#log?.drop();
  }
}

/** Log lines of a turn: written after the commit, or at once and marked when the turn is dropped (KERNEL K7). */
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

/** Runs the next message of an instance. */
export function runTurn(drain: Drain, instance: Instance, delivery: Delivery): void {
  const { kernel } = drain;
  const startedAt = drain.monotonic;
  drain.touch(instance);
  const message = delivery.message ?? drain.message(delivery.position);
  const outcome = message ? handle(drain, instance, delivery, message) : lost(drain, instance, delivery);
  drain.monotonic = kernel.clock.monotonic();
  drain.now = kernel.clock.at(drain.monotonic);
  drain.turns.push({
    message: delivery.position,
    turn: kernel.unique(),
    subscription: delivery.subscription.id,
    attempt: outcome === 'failed' || outcome === 'dead-letter' ? delivery.attempts : delivery.attempts + 1,
    key: message && message.key === instance.key ? null : instance.key,
    at: drain.now,
    queueUs: Math.max(0, Math.round((startedAt - delivery.queuedAt) * 1000)),
    runUs: Math.round((drain.monotonic - startedAt) * 1000),
    outcome,
    error: outcome === 'failed' || outcome === 'dead-letter' ? errorOf(delivery) : null,
  });
  if (kernel.bus.hears('turn')) announce(drain, instance, delivery, outcome);
}

/** What the newest failure says, short enough for a trace. */
function errorOf(delivery: Delivery): string | null {
  const last = delivery.failures.at(-1);
  if (last) return `${last.name}: ${last.message}`.slice(0, ERROR_CHARS);
  return delivery.crashes > 0 ? `the process died on it ${delivery.crashes} times` : null;
}

function announce(drain: Drain, instance: Instance, delivery: Delivery, outcome: string): void {
  const event = {
    address: instance.address,
    handler: delivery.subscription.handler.id,
    messageId: drain.kernel.idOf(delivery.position),
    attempt: delivery.attempts,
    outcome,
    durationMs: (drain.turns.at(-1)?.runUs ?? 0) / 1000,
  };
  drain.afterCommit.push(() => drain.kernel.bus.emit('turn', event));
}

function handle(drain: Drain, instance: Instance, delivery: Delivery, message: LoggedMessage): string {
  const { kernel } = drain;
  if (message.expires !== null && message.expires <= drain.now && delivery.attempts === 0) {
    return skip(drain, instance, delivery, 'expired', message);
  }
  if (delivery.timer !== null && !kernel.timers.isCurrent(delivery)) {
    return skip(drain, instance, delivery, 'cancelled', undefined);
  }
  if (delivery.crashes >= kernel.limits.crashes) {
    take(drain, instance, delivery);
    deadLetter(
      drain,
      delivery,
      message,
      'crashed',
      new TroupeError('handler-failed', 'The process died three times on this message alone.'),
    );
    return 'dead-letter';
  }
  const { task } = delivery.subscription.handler;
  try {
    kernel.load(drain, instance);
  } catch (error) {
    holdInstance(drain, instance, 'unloadable', error instanceof Error ? error.message : String(error));
    return 'held';
  }
  if (task && message.kind !== 'end') {
    take(drain, instance, delivery);
    kernel.tasks.start(drain, instance, delivery.subscription, message);
    return 'started';
  }
  return decide(drain, instance, delivery, message);
}

function decide(drain: Drain, instance: Instance, delivery: Delivery, message: LoggedMessage): string {
  const { kernel } = drain;
  const { registration, breaker } = delivery.subscription;
  const turn = new CurrentTurn(drain, instance, delivery, message);
  let decision: Decision;
  try {
    if (delivery.verdict !== undefined) throw delivery.verdict;
    kernel.inTurn = true;
    kernel.watch?.begin(delivery.position, delivery.subscription.id, instance.key);
    decision = registration.behavior.handle(turn);
    checkDecision(drain, instance, message, decision);
  } catch (error) {
    kernel.applicationSql.drop(error);
    turn.dropLog();
    return fail(drain, instance, delivery, error) === 'retry' ? 'failed' : 'dead-letter';
  } finally {
    kernel.watch?.end();
    kernel.inTurn = false;
  }
  kernel.applicationSql.keep();
  take(drain, instance, delivery);
  if (breaker.succeeded()) {
    drain.afterCommit.push(() => kernel.bus.emit('breaker-closed', { subscription: delivery.subscription.name }));
  }
  return apply(drain, instance, delivery, message, decision);
}

function take(drain: Drain, instance: Instance, delivery: Delivery): void {
  instance.mailbox.shift();
  drain.addPending(delivery.subscription.registration, -1);
  drain.close(delivery);
}

function skip(
  drain: Drain,
  instance: Instance,
  delivery: Delivery,
  outcome: string,
  command: LoggedMessage | undefined,
): string {
  take(drain, instance, delivery);
  if (command) {
    const error = { name: 'TroupeError', message: `${command.type} expired before it was handled.`, code: 'expired' };
    settle(drain, command, { ok: false, error });
  }
  return outcome;
}

/** The log row is gone: retention never removes what is open, so somebody else did. */
function lost(drain: Drain, instance: Instance, delivery: Delivery): string {
  take(drain, instance, delivery);
  drain.kernel.logger.error(
    { address: instance.address, position: delivery.position },
    'message of an open delivery is missing',
  );
  return 'lost';
}
