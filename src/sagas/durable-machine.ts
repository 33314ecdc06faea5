// The machine as the runtime steps it: promises under a name become tasks, in nested machines too.
import type { AnyStateMachine } from 'xstate';
import { TroupeError } from '../runtime/errors.ts';
import { makeLeaf, type TaskArgs } from './leaf.ts';
import { logicKind } from './logic-kind.ts';

const converted = new WeakMap<AnyStateMachine, AnyStateMachine>();

/** The machine itself where nothing in it has to change. */
export function toDurable(machine: AnyStateMachine): AnyStateMachine {
  const known = converted.get(machine);
  if (known) return known;
  // A machine may invoke itself: it then finds itself as it is.
  converted.set(machine, machine);
  const actors: Readonly<Record<string, unknown>> = machine.implementations.actors;
  const changed = Object.entries(actors).flatMap(([name, logic]) => {
    const durable = toDurableLogic(logic);
    return durable === logic ? [] : [[name, durable] as const];
  });
  const durable = changed.length === 0 ? machine : machine.provide({ actors: Object.fromEntries(changed) as never });
  durable.options = machine.options;
  converted.set(machine, durable);
  converted.set(durable, durable);
  return durable;
}

function toDurableLogic(logic: unknown): unknown {
  const kind = logicKind(logic);
  if (kind === 'machine') return toDurable(logic as AnyStateMachine);
  if (kind !== 'promise') return logic;
  const { config } = logic as { readonly config: (args: object) => Promise<unknown> };
  const run = ({ input, signal, idempotencyKey }: TaskArgs<never>): Promise<unknown> =>
    config({ input, signal, self: { id: idempotencyKey, sessionId: idempotencyKey }, system: {}, emit: refuse });
  return makeLeaf({ kind: 'task', run, timeout: undefined, retry: undefined, compensate: undefined });
}

const refuse = (): never => {
  throw new TroupeError('saga-refused', 'A promise cannot emit: it runs as a task. Emit from the machine in onDone.');
};
