// Awaited: what a saga has started and has no answer to, for whoever asks why it does not move.
import type { Awaited } from '../runtime/turn/behavior.ts';
import type { StartChild } from './child-contracts.ts';
import type { Program } from './program.ts';
import type { Call, SagaRecord } from './record.ts';

/** Commands and child saga, forward and back; the runtime knows of tasks itself. */
export function awaitedBy({ leaves }: Program, { calls }: SagaRecord): readonly Awaited[] {
  const definitions = new Map(leaves.map(({ src, definition }) => [src, definition]));
  return calls.flatMap(call => {
    const { src, undoes, status } = call;
    const definition = definitions.get(src);
    const isUndo = undoes !== null;
    if (status !== 'sent' || (definition?.kind === 'task' && !isUndo)) return [];
    const what = definition?.kind === 'saga' ? childOf(definition.saga.name, call) : `the reply to ${call.type}`;
    return [{ step: src, isUndo, what }];
  });
}

function childOf(name: string, { data }: Call): string {
  return `${name}/${(data as unknown as StartChild).key}`;
}
