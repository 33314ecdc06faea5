// Subscription: the durable link from a contract or pattern to one handler; Registration: all of one behavior.
import { keyOf } from '../message/contract.ts';
import type { LoggedMessage } from '../store/records.ts';
import type { Behavior, Handler } from '../turn/behavior.ts';
import { Breaker } from './breaker.ts';
import type { EffectRule } from './effect-rule.ts';
import { toRetryRule, type RetryRule } from './retry.ts';

/** One registered handler. `cursor` null means live: routed as messages are appended (K13). */
export class Subscription {
  readonly id: number;
  readonly registration: Registration;
  readonly handler: Handler;
  readonly breaker: Breaker = new Breaker();
  readonly rule: RetryRule;
  /** What the ledger keeps of its work; undefined: nothing, and no turn looks further. */
  effects: readonly EffectRule[] | undefined = undefined;
  cursor: number | null;
  paused = false;

  constructor(
    row: { readonly id: number; readonly cursor: number | null },
    registration: Registration,
    handler: Handler,
  ) {
    this.id = row.id;
    this.registration = registration;
    this.handler = handler;
    this.cursor = row.cursor;
    this.rule = toRetryRule(handler.retry, `${registration.behavior.name}:${handler.id}`);
  }

  /** Whether messages reach it by their type; without, only who names it delivers to it. */
  get isRouted(): boolean {
    return this.handler.contract !== undefined || this.handler.pattern !== undefined;
  }

  /** Which key its handler takes a message under, where an actor has more than one instance. */
  keyOf({ type, key }: Pick<LoggedMessage, 'type' | 'key'>, data: unknown): string {
    return this.handler.key ? keyOf({ type, key: this.handler.key }, data) : key;
  }

  /** For messages and the trace. */
  get name(): string {
    return `${this.registration.behavior.name}:${this.handler.id}`;
  }
}

/** One behavior with its subscriptions and what of it is in memory. */
export class Registration {
  readonly behavior: Behavior;
  readonly subscriptions: Subscription[] = [];
  /** Takes what an address sends itself. */
  self: Subscription | undefined = undefined;
  paused = false;
  /** Deliveries in memory; past the window the whole behavior reads from the log, so that its order survives. */
  pending = 0;
  #behind = false;

  constructor(behavior: Behavior) {
    this.behavior = behavior;
  }

  /** True while any routed subscription reads from the log instead of being routed to. */
  get isBehind(): boolean {
    return this.#behind;
  }

  refresh(): void {
    this.#behind = this.subscriptions.some(subscription => subscription.cursor !== null);
  }
}
