// Invariants of an application, checked in every run of a simulation: always, eventually, once, leads to.
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

/** A condition on the runtime, not async: false, or an error it throws, breaks the invariant. */
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

/** At most one message of this contract: once per conversation, or per key. */
export function once(contract: AnyContract): Once {
  return {
    per: what => ({
      name: `once ${contract.type} per ${what}`,
      begin: () => {
        const seen = new Set<string>();
        return {
          message: ({ type, key, correlationId }) => {
            if (type !== contract.type) return undefined;
            const of = what === 'key' ? key : correlationId;
            if (seen.has(of)) return `${type} happened twice for ${what} ${of}`;
            seen.add(of);
            return undefined;
          },
        };
      },
    }),
  };
}

/** After each `first` comes one of `later` with the same key, at the end or `within` a virtual time. */
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
    const answer = condition();
    if (answer instanceof Promise) {
      answer.catch(() => {});
      return 'its condition returned a promise, which nobody waits for. Look at the runtime, and return at once';
    }
    return answer === false ? 'it does not hold' : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
