// The engine check: whether the installed XState still works the way the step relies on.
import { createMachine } from 'xstate';
import { TroupeError } from '../runtime/errors.ts';
import type { Json } from '../runtime/message/json.ts';
import { makeLeaf } from './leaf.ts';
import { step, type StepMessage } from './step.ts';

let isTested = false;

/** Fails with a clear error where an XState release has moved what this file relies on; runs once per process. */
export function assertEngine(): void {
  if (isTested) return;
  isTested = true;
  const machine = createMachine({
    initial: 'a',
    states: { a: { after: { 1000: 'b' }, invoke: { id: 'i', src: 'step', onDone: 'b' } }, b: { type: 'final' } },
  }).provide({ actors: { step: makeLeaf(undefined) as never } });
  const first = step(machine, { snapshot: null, seq: 1 }, { kind: 'init', input: undefined });
  const start = first.effects.find(({ kind }) => kind === 'start');
  if (start?.kind !== 'start' || !first.effects.some(({ kind }) => kind === 'arm')) {
    throw moved('a step that starts is not seen');
  }
  const end: StepMessage = { kind: 'settle', child: start.child, token: start.token, end: { ok: true, output: 1 } };
  const snapshot = JSON.parse(JSON.stringify(first.snapshot)) as Json;
  const cold = step(machine, { snapshot, seq: 2 }, end);
  const isRight = cold.status === 'done' && cold.handled && cold.effects.some(({ kind }) => kind === 'cancel');
  if (!isRight) throw moved('a stored step does not go on');
}

function moved(what: string): TroupeError {
  return new TroupeError(
    'saga-refused',
    `This release of xstate works differently from what sagas rely on: ${what}. Use a version that ` +
      'troupe was tested with.',
  );
}
