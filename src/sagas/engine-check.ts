// The engine check: whether the installed XState still works the way the step relies on.
import { createMachine, setup } from 'xstate';
import { TroupeError } from '../runtime/errors.ts';
import type { Json } from '../runtime/message/json.ts';
import { makeLeaf } from './leaf.ts';
import { step } from './step.ts';
import type { StepEffect } from './step-message.ts';

let isTested = false;

/** Fails with a clear error where an XState release has moved what the step relies on; runs once per process. */
export function assertEngine(): void {
  if (isTested) return;
  isTested = true;
  const kid = createMachine({
    initial: 'a',
    states: { a: { invoke: { id: 'leaf', src: 'leaf', onDone: 'b' } }, b: { type: 'final' } },
    output: ({ event }) => event,
  }).provide({ actors: { leaf: makeLeaf(undefined) as never } });
  const machine = setup({ actors: { kid }, actions: { note: () => {} } }).createMachine({
    initial: 'a',
    states: {
      a: { after: { 1000: 'b' }, invoke: { id: 'kid', src: 'kid', onDone: 'b' } },
      b: { type: 'final', entry: 'note' },
    },
  });
  const first = step(machine, { snapshot: null, seq: 1 }, { kind: 'init', input: undefined });
  const start = first.effects.find(({ kind }) => kind === 'start');
  if (start?.kind !== 'start' || start.src !== 'kid/leaf') throw moved('a step that starts is not seen');
  if (!wants(first.effects, 'arm')) throw moved('a timer is not seen');
  const snapshot = JSON.parse(JSON.stringify(first.snapshot)) as Json;
  const { path, token } = start;
  const cold = step(machine, { snapshot, seq: 2 }, { kind: 'settle', path, token, end: { ok: true, output: 1 } });
  if (cold.status !== 'done' || !cold.handled) throw moved('a stored step does not go on');
  if (!wants(cold.effects, 'cancel') || !wants(cold.effects, 'action')) throw moved('an action is not seen');
}

const wants = (effects: readonly StepEffect[], kind: StepEffect['kind']): boolean =>
  effects.some(effect => effect.kind === kind);

function moved(what: string): TroupeError {
  return new TroupeError(
    'saga-refused',
    `This release of xstate works differently from what sagas rely on: ${what}. Use a version that ` +
      'troupe was tested with.',
  );
}
