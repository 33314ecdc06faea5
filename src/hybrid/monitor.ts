// expect(event).leadsTo(outcomes): defines a process monitor, which sees that a flow nobody conducts gets somewhere.
import { TroupeError } from '../runtime/errors.ts';
import { checkName, MONITOR_PREFIX } from '../runtime/message/address.ts';
import type { AnyEvent, DataOf } from '../runtime/message/contract.ts';
import { toMs, type Duration } from '../runtime/message/duration.ts';

/** How to read the business key of events, by their type. */
export type MonitorKeys<E extends AnyEvent> = {
  readonly [T in E['type']]?: (data: DataOf<Extract<E, { readonly type: T }>>) => string;
};

/** How a monitor tells what belongs together, and how long it waits. */
export interface MonitorOptions<Start extends AnyEvent, Outcome extends AnyEvent> {
  /** Wall time from when the start was accepted; time while the process is down counts. */
  readonly within: Duration;
  /** Default: the types, like `order.placed -> order.shipped | order.cancelled`. */
  readonly name?: string | undefined;
  /** Which starts are watched. Default: all. */
  readonly where?: ((data: DataOf<Start>) => boolean) | undefined;
  /** The business key, by the type of the event, where it is not the key of its contract. */
  readonly correlate?: MonitorKeys<Start | Outcome> | undefined;
}

/** A process monitor: inert data for `defineApp({ monitors })` and `defineModule`. */
export interface Monitor {
  readonly kind: 'monitor';
  /** `expect` and its name; also the name in its addresses. */
  readonly name: string;
  readonly start: AnyEvent;
  readonly outcomes: readonly AnyEvent[];
  readonly withinMs: number;
  readonly where: ((data: never) => boolean) | undefined;
  readonly correlate: Readonly<Record<string, ((data: never) => string) | undefined>>;
}

/** An event that something has to follow. */
export interface Expectation<Start extends AnyEvent> {
  /**
   * Defines a monitor: each of these events has to be followed by one of `outcomes` with the same business key,
   * `within` a time. Else it publishes `FlowOverdue`, once.
   *
   * @throws TroupeError `invalid-definition`, `invalid-duration`
   */
  leadsTo<Outcome extends AnyEvent>(
    outcomes: Outcome | readonly Outcome[],
    options: MonitorOptions<Start, Outcome>,
  ): Monitor;
}

const OPTIONS: readonly string[] = ['within', 'name', 'where', 'correlate'];

/**
 * Says what an event has to lead to: bounded leads-to of temporal logic (Owicki and Lamport 1982), watched by the
 * runtime. Beside the `expect` of a test runner write `import { expect as monitor } from 'troupe'`.
 *
 * @example
 * ```ts
 * expect(OrderPlaced).leadsTo([OrderShipped, OrderCancelled], { within: '2d' })
 * ```
 *
 * @throws TroupeError `invalid-definition`
 */
export function expect<Start extends AnyEvent>(start: Start): Expectation<Start> {
  if (!isEvent(start)) throw refuse('expect', 'got no event', 'Pass what defineEvent returned.');
  return Object.freeze({
    leadsTo: (outcomes: AnyEvent | readonly AnyEvent[], options: MonitorOptions<never, never>) =>
      define(start, [outcomes].flat(), options),
  });
}

function define(start: AnyEvent, outcomes: readonly AnyEvent[], options: MonitorOptions<never, never>): Monitor {
  const what = `expect(${start.type})`;
  const types = checkOutcomes(what, start, outcomes);
  if (typeof options !== 'object' || options === null) {
    throw refuse(what, 'has no options', "Write .leadsTo([…], { within: '2d' }).");
  }
  const unknown = Object.keys(options).find(option => !OPTIONS.includes(option));
  if (unknown !== undefined) throw refuse(what, `has an unknown option '${unknown}'`, `Use ${OPTIONS.join(', ')}.`);
  const { name, within, where, correlate = {} } = options;
  const withinMs = Math.ceil(toMs(within, `${what}: within`));
  if (!Number.isFinite(withinMs)) throw refuse(what, 'waits for ever', "Write within: '2d'.");
  if (where !== undefined && typeof where !== 'function') throw refuse(what, 'has a where that is no function', WHERE);
  checkCorrelate(what, [start.type, ...types], correlate);
  const own = name === undefined ? `${start.type} -> ${types.join(' | ')}` : checkName(name, 'a monitor');
  return Object.freeze({
    kind: 'monitor',
    name: `${MONITOR_PREFIX}${own}`,
    start,
    outcomes: Object.freeze([...outcomes]),
    withinMs,
    where,
    correlate,
  });
}

const WHERE = 'Write where: order => order.cents > 0.';

function checkOutcomes(what: string, start: AnyEvent, outcomes: readonly AnyEvent[]): readonly string[] {
  if (outcomes.length === 0 || !outcomes.every(isEvent)) {
    throw refuse(what, 'leads to something that is no event', 'Pass one event or a list of what defineEvent returned.');
  }
  const types = outcomes.map(({ type }) => type);
  if (types.includes(start.type)) {
    throw refuse(what, 'leads to itself', 'A start that comes again is no outcome. Let an event of its own follow.');
  }
  const twice = types.find((type, at) => types.indexOf(type) !== at);
  if (twice !== undefined) throw refuse(what, `leads to ${twice} twice`, 'Name each outcome once.');
  return types;
}

function checkCorrelate(what: string, types: readonly string[], correlate: unknown): void {
  for (const [type, key] of Object.entries(correlate ?? {})) {
    if (!types.includes(type)) {
      throw refuse(what, `correlates ${type}, which it does not watch`, `It watches ${types.join(', ')}.`);
    }
    if (key === undefined || typeof key === 'function') continue;
    throw refuse(what, `correlates ${type} by no function`, `Write correlate: { '${type}': data => data.orderId }.`);
  }
}

const isEvent = (value: unknown): value is AnyEvent =>
  typeof value === 'function' && 'kind' in value && value.kind === 'event';

function refuse(what: string, problem: string, remedy: string): TroupeError {
  return new TroupeError('invalid-definition', `${what} ${problem}. ${remedy}`);
}
