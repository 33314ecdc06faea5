// Delays of a simulation: a message is late once, and one that has arrived never again.
import { expect, it } from 'vitest';
import { Faults, type FaultKind } from '../../src/testing/faults.ts';
import { Delays } from '../../src/testing/meddling.ts';
import type { Withholding } from '../../src/testing/withheld.ts';

const kinds: readonly FaultKind[] = ['message-delay'];

function setup(nth: number) {
  const rules: Withholding[] = [];
  const machine = { monotonicMs: 0 };
  const rig = { machine, withheld: { add: (rule: Withholding) => rules.push(rule) }, later: () => {} };
  const faults = new Faults(1, kinds, [{ kind: 'message-delay', nth }]);
  new Delays(faults, rig as never).begin();
  const isLate = (id: number): boolean => rules.some(rule => rule({} as never, { id } as never));
  return { faults, machine, isLate };
}

it('delays no message that has arrived, whoever asks for it again', () => {
  const { faults, isLate } = setup(2);
  expect([isLate(7), isLate(7), isLate(7)]).toEqual([false, false, false]);
  expect(faults.opportunities.get('message-delay')).toBe(1);
  expect(isLate(8)).toBe(true);
});

it('lets a late message arrive when its time has come', () => {
  const { machine, isLate } = setup(1);
  expect(isLate(7)).toBe(true);
  machine.monotonicMs = 10_000;
  expect(isLate(7)).toBe(false);
});
