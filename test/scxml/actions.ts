// Binds executable content and conditions to XState: actions that run a block, guards that evaluate a condition.
import { and, enqueueActions, log, not, or, stateIn, type EventObject } from 'xstate';
import { Block, type Port } from './content.ts';
import { copyData, type Data } from './datamodel.ts';
import { toKey } from './events.ts';
import type { Session } from './session.ts';
import type { Element } from './xml.ts';

/** The context of a converted machine. */
export interface Context {
  readonly data: Data;
  /** How many ids have been made for events that are sent. */
  readonly sent: number;
}

export interface Arguments {
  readonly context: Context;
  readonly event: EventObject;
}

type Guard = ReturnType<typeof stateIn>;

/** A session, and the keys of the states its machine has. */
export interface Scope {
  readonly session: Session;
  readonly stateKeys: ReadonlySet<string>;
  /** How long an event takes to this session itself and to a child, in ms; 0 is at once. */
  readonly latencyMs: number;
}

/** An action that runs one block of executable content. */
export function toAction({ session, stateKeys, latencyMs }: Scope, elements: readonly Element[]): unknown {
  return enqueueActions<Context, EventObject, undefined>(({ context, event, self, enqueue, check }) => {
    const data = copyData(context.data);
    let { sent } = context;
    const port: Port = {
      self: self.id,
      raise: raised => enqueue.raise(raised),
      cancel: sendId => enqueue.cancel(sendId),
      log: (label, value) => enqueue(log(() => value, label)),
      nextId: () => `sent.${(sent += 1)}`,
      send: (destination, event, { id, delayMs }) => {
        // A child that ends takes its timers along: what it tells its parent is never late.
        const delay = delayMs || (destination.to === 'parent' ? 0 : latencyMs);
        const options = { ...(id === undefined ? {} : { id }), ...(delay === 0 ? {} : { delay }) };
        if (destination.to === 'parent') enqueue.sendParent(event, options);
        else enqueue.sendTo(destination.to === 'child' ? destination.id : self, event, options);
      },
    };
    const isIn = (state: string): boolean => stateKeys.has(toKey(state)) && check(stateIn(`#${toKey(state)}`));
    new Block(session, port, { data, event, isIn }).run(elements);
    enqueue.assign({ data, sent });
  });
}

/** A value of a machine (a child's input, the output of a final state) computed from the variables. */
export function valueOf<T>(
  { session }: Scope,
  { context, event }: Arguments,
  compute: (evaluate: (expression: string) => unknown) => T,
): T {
  const view = session.view({ data: copyData(context.data), event, isIn: () => false });
  return compute(expression => session.datamodel.evaluate(expression, view));
}

/**
 * A guard for `cond`. XState knows active states only through `stateIn`, so a condition with `In(…)` becomes one
 * guard for each answer these can give.
 */
export function toGuard(scope: Scope, cond: string): Guard {
  const states = [...cond.matchAll(/\bIn\(\s*(['"])(.+?)\1\s*\)/g)].map(([, , state = '']) => state);
  const known = states.filter(state => scope.stateKeys.has(toKey(state)));
  return guardFor(known, []);

  function guardFor([state, ...rest]: readonly string[], active: readonly string[]): Guard {
    if (state === undefined) return holds(scope, cond, active);
    const inState = stateIn(`#${toKey(state)}`);
    return or([and([inState, guardFor(rest, [...active, state])]), and([not(inState), guardFor(rest, active)])]);
  }
}

/** Whether a condition holds; an error means it does not. */
function holds({ session }: Scope, cond: string, active: readonly string[]): Guard {
  return ({ context, event }) => {
    const { data } = context as Context;
    const view = session.view({ data: copyData(data), event, isIn: state => active.includes(state) });
    try {
      return Boolean(session.datamodel.evaluate(cond, view));
    } catch {
      return false;
    }
  };
}
