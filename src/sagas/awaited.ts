// Awaited: what a saga has no answer to, and the events its state accepts, for whoever asks why it does not move.
import type { Awaited } from '../runtime/turn/behavior.ts';
import type { StartChild } from './child-contracts.ts';
import { configurationOf } from './configuration.ts';
import { takes } from './machine-parts.ts';
import type { Program } from './program.ts';
import type { Call, SagaRecord } from './record.ts';
import type { Saga } from './saga.ts';
import { readTree } from './stored-machine.ts';

/** Commands and child sagas, forward and back, then events; the runtime knows of tasks itself. */
export function awaitedBy({ bindings }: Saga, program: Program, record: SagaRecord): readonly Awaited[] {
  const types = bindings.map(({ contract }) => contract.type).filter(type => isAccepted(program, record, type));
  return [...stepsOf(program, record), ...(types.length === 0 ? [] : [{ kind: 'event', types } as const])];
}

function stepsOf({ leaves }: Program, { calls }: SagaRecord): readonly Awaited[] {
  const definitions = new Map(leaves.map(({ src, definition }) => [src, definition]));
  return calls.flatMap(call => {
    const { src, undoes, status } = call;
    const definition = definitions.get(src);
    const isUndo = undoes !== null;
    if (status !== 'sent' || (definition?.kind === 'task' && !isUndo)) return [];
    const what = definition?.kind === 'saga' ? childOf(definition.saga.name, call) : `the reply to ${call.type}`;
    return [{ kind: 'step', step: src, isUndo, what }];
  });
}

function childOf(name: string, { data }: Call): string {
  return `${name}/${(data as unknown as StartChild).key}`;
}

/** Whether a transition of an active state is for this event; what its guard says is not asked. */
function isAccepted({ machine }: Program, { snapshot, ending }: SagaRecord, type: string): boolean {
  const tree = readTree(snapshot);
  if (!tree || ending !== null) return false;
  const { active } = configurationOf(machine, tree.value);
  return [...active].some(({ transitions }) => [...transitions.keys()].some(one => takes(one, type)));
}
