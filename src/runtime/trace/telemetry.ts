// Telemetry: the table of lifecycle events; each is emitted after the commit it speaks of.
import type { TroupeError } from '../errors.ts';
import type { Envelope } from '../message/envelope.ts';

/** One turn has ended and is committed. */
export interface TurnEvent {
  readonly address: string;
  readonly handler: string;
  readonly messageId: string;
  readonly attempt: number;
  /** `done`, `failed`, `dead-letter`, `stashed`, `started`, `expired`, `cancelled`, `held`, `blocked`, `skipped`. */
  readonly outcome: string;
  readonly durationMs: number;
}

/** A message became a dead letter. */
export interface DeadLetterEvent {
  readonly id: number;
  readonly messageId: string;
  readonly name: string;
  readonly key: string;
  readonly handler: string;
  readonly reason: string;
  readonly error: { readonly name: string; readonly message: string };
}

/** Another message than the first wants a named effect for the same key. */
export interface EffectRepeatedEvent {
  readonly effect: string;
  readonly key: string;
  /** What becomes of the second: it goes on, does not run, or is a dead letter. */
  readonly policy: 'warn' | 'block' | 'dead-letter';
  /** The ids of the two messages. */
  readonly first: string;
  readonly second: string;
  /** The address and the handler that were first. */
  readonly by: string;
  readonly byHandler: string;
  /** The address and the handler of the second. */
  readonly address: string;
  readonly handler: string;
}

/** Every lifecycle event by name. */
export interface LifecycleEvents {
  /** Any message of the log: events, commands, replies, ends of tasks, ticks of timers. */
  readonly message: Envelope;
  readonly turn: TurnEvent;
  readonly 'dead-letter': DeadLetterEvent;
  readonly 'effect-repeated': EffectRepeatedEvent;
  /** An instance does not move until somebody acts. */
  readonly held: { readonly address: string; readonly reason: string; readonly error: string | undefined };
  /** A held or paused instance goes on. */
  readonly released: { readonly address: string };
  /** An actor got more events than fit in memory and reads them from the log. */
  readonly 'subscription-behind': { readonly name: string; readonly position: number };
  /** A handler failed ten times in a row and rests. */
  readonly 'breaker-opened': { readonly subscription: string; readonly until: number };
  readonly 'breaker-closed': { readonly subscription: string };
  readonly 'task-started': { readonly address: string; readonly type: string; readonly attempt: number };
  /** A schedule's slot was left out because its last run is not over. */
  readonly 'schedule-skipped': { readonly name: string; readonly slot: number };
  /** The wall clock moved without the monotonic clock, by this many ms. */
  readonly 'clock-jump': { readonly byMs: number };
  /** The handle is inside a foreign transaction or iterator for more than a second. */
  readonly 'store-busy': object;
  /** New messages are refused until there is space. */
  readonly 'store-full': { readonly error: TroupeError };
  /** A handler wrote SQL without declaring it. */
  readonly 'undeclared-sql': object;
  /** Nothing is left to run now. */
  readonly idle: object;
  /** The runtime stopped because the store failed. */
  readonly failed: { readonly error: TroupeError };
}

const NAMES: Readonly<Record<keyof LifecycleEvents, true>> = {
  message: true,
  turn: true,
  'dead-letter': true,
  'effect-repeated': true,
  held: true,
  released: true,
  'subscription-behind': true,
  'breaker-opened': true,
  'breaker-closed': true,
  'task-started': true,
  'schedule-skipped': true,
  'clock-jump': true,
  'store-busy': true,
  'store-full': true,
  'undeclared-sql': true,
  idle: true,
  failed: true,
};

/** The name of every lifecycle event. */
export const lifecycleNames: readonly string[] = Object.keys(NAMES);
