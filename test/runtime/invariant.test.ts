import { expect, it } from 'vitest';
import { invariant } from '../../src/runtime/invariant.ts';

it('passes when the condition holds', () => {
  expect(() => invariant(1 === 1, 'one is one')).not.toThrow();
});

it('throws invariant with what is broken', () => {
  expect(() => invariant(undefined, 'position grows')).toThrow(
    expect.objectContaining({ code: 'invariant', message: expect.stringContaining('position grows') }),
  );
});
