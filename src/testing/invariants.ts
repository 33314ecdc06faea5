// Invariants of an application, checked in every run of a simulation: always, eventually, once, leads to.
import { TroupeError } from '../runtime/errors.ts';
import type { AnyContract, AnyEvent, DataOf } from '../runtime/message/contract.ts';
import { toMs, type Duration } from '../runtime/message/duration.ts';
import type { AskedCommand } from './client.ts';
import type { TestRuntime } from './test-runtime.ts';

/** A message as it was committed. */
export interface SeenMessage {
  readonly type: string;
  readonly key: string;
  readonly correlationId: string;
  readonly data: unknown;
  /** Virtual ms since 1970, UTC. */
  readonly time: number;
}

/** Watches one run. What it returns is the problem it has found. */
export interface InvariantCheck {
  /** A message was committed. */
  readonly message?: ((message: SeenMessage) => string | undefined) | undefined;
  /** A client of the scenario begins an ask; what it returns is told the reply. */
  readonly asks?: ((asked: AskedCommand) => (reply: unknown) => void) | undefined;
  /** Something was committed, and what it released has run. */
  readonly step?: ((runtime: TestRuntime) => string | undefined) | undefined;
  /** Nothing is left to happen; `now` is the virtual time. */
  readonly end?: ((runtime: TestRuntime, now: number) => string | undefined) | undefined;
}

/** Something that holds in every run, whatever happens. */
export interface Invariant {
  readonly name: string;
  /** Makes the check of one run. */
  readonly begin: () => InvariantCheck;
}

/** A synchronous condition on the runtime: false, or an error it throws, breaks the invariant. */
export type Condition = (runtime: TestRuntime) => unknown;

/** Holds after every commit. */
export function always(name: string, condition: Condition): Invariant {
  return { name: `always ${name}`, begin: () => ({ step: runtime => look(condition, runtime) }) };
}

/** Holds when nothing is left to happen and faults are over. */
export function eventually(name: string, condition: Condition): Invariant {
  return { name: `eventually ${name}`, begin: () => ({ end: runtime => look(condition, runtime) }) };
}

/** Holds for every message of a contract: false, or an error it throws, breaks the invariant. */
export function each<C extends AnyContract>(
  contract: C,
  name: string,
  condition: (data: DataOf<C>) => unknown,
): Invariant {
  return {
    name: `each ${contract.type} ${name}`,
    begin: () => ({
      message: ({ type, key, data }) => {
        if (type !== contract.type) return undefined;
        const problem = failing(() => condition(data));
        return problem && `${type} of ${key}: ${problem}`;
      },
    }),
  };
}

/** What an event or command happens at most once per. */
export interface Once {
  /** Per conversation, or per key of the contract. */
  per(what: 'correlation' | 'key'): Invariant;
}

/**
 * At most one message of this contract: once per conversation, or per key.
 *
 * @throws TroupeError `invalid-options`
 */
export function once(contract: AnyContract): Once {
  const { type: wanted } = checkContract('once', contract);
  return {
    per: what => {
      if (!['correlation', 'key'].includes(what)) {
        throw refuse(`once(${wanted}).per got '${what}'`, "Use 'correlation' or 'key'.");
      }
      return { name: `once ${wanted} per ${what}`, begin: () => onceOf(wanted, what) };
    },
  };
}

function onceOf(wanted: string, what: 'correlation' | 'key'): InvariantCheck {
  const seen = new Set<string>();
  return {
    message: ({ type, key, correlationId }) => {
      if (type !== wanted) return undefined;
      const of = what === 'key' ? key : correlationId;
      if (seen.has(of)) return `${type} happened twice for ${what} ${of}`;
      seen.add(of);
      return undefined;
    },
  };
}

/** An invariant of nothing would hold in every run. */
function checkContract<C extends AnyContract>(what: string, contract: C): C {
  const given: unknown = contract;
  if (typeof given === 'function' && 'type' in given && 'schema' in given) return contract;
  throw refuse(`${what} needs a contract`, 'Pass what defineEvent or defineCommand returned.');
}

function refuse(problem: string, remedy: string): TroupeError {
  return new TroupeError('invalid-options', `${problem}. ${remedy}`);
}

/**
 * After each `first` comes one of `later` with the same key, at the end or `within` a virtual time.
 *
 * @throws TroupeError `invalid-duration`
 */
export function leadsTo(
  first: AnyEvent,
  later: AnyEvent | readonly AnyEvent[],
  options: { readonly within?: Duration | undefined } = {},
): Invariant {
  const types = [later].flat().map(({ type }) => type);
  const withinMs = options.within === undefined ? Infinity : toMs(options.within, 'within');
  return {
    name: `${first.type} leads to ${types.join(' or ')}`,
    begin: () => {
      const waiting = new Map<string, number>();
      const late = (key: string, since: number, now: number): string | undefined =>
        now - since > withinMs
          ? `${first.type} of ${key} waited ${now - since} ms for ${types.join(' or ')}`
          : undefined;
      return {
        message: ({ type, key, time }) => {
          if (type === first.type && !waiting.has(key)) waiting.set(key, time);
          const since = types.includes(type) ? waiting.get(key) : undefined;
          if (since === undefined) return undefined;
          waiting.delete(key);
          return late(key, since, time);
        },
        end: () => {
          const [key] = waiting.keys();
          return key === undefined ? undefined : `${first.type} of ${key} led to nothing`;
        },
      };
    },
  };
}

/** No message is ever given up. */
export function noDeadLetters(): Invariant {
  return {
    name: 'no dead letters',
    begin: () => ({
      end: runtime => {
        const [letter] = runtime.deadLetters.list();
        return letter && `${letter.type} of ${letter.address} was given up: ${letter.reason}`;
      },
    }),
  };
}

const look = (condition: Condition, runtime: TestRuntime): string | undefined => failing(() => condition(runtime));

function failing(condition: () => unknown): string | undefined {
  try {
    const outcome = condition();
    // What it comes to would be known too late, and a promise is never false.
    if (outcome instanceof Promise) {
      outcome.catch(() => {});
      return 'it returned a promise. Make the condition synchronous: await nothing in it.';
    }
    return outcome === false ? 'it does not hold' : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
