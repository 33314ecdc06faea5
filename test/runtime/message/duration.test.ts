import { describe, expect, it } from 'vitest';
import { toMs, type Duration } from '../../../src/runtime/message/duration.ts';

describe('toMs', () => {
  it.each<[Duration, number]>([
    [0, 0],
    [-0, 0],
    [1500, 1500],
    [0.5, 0.5],
    ['0s', 0],
    ['250ms', 250],
    ['1.5s', 1500],
    ['0.1s', 100],
    ['1.1s', 1100],
    ['5m', 300_000],
    ['6h', 21_600_000],
    ['7d', 604_800_000],
  ])('reads %s as %d ms', (duration, ms) => {
    expect(Object.is(toMs(duration, 'timeout'), ms)).toBe(true);
  });

  it.each<unknown>([
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.MAX_SAFE_INTEGER * 4,
    '',
    '5',
    'ms',
    '-5s',
    '+5s',
    '5 s',
    ' 5s',
    '5s ',
    '1w',
    '1e3ms',
    '.5s',
    '1.s',
    '0x10ms',
    'Infinityms',
    '5S',
    '1h30m',
    '9'.repeat(400) + 's',
    null,
    undefined,
    {},
    5n,
  ])('refuses %s', duration => {
    expect(() => toMs(duration as Duration, 'timeout')).toThrow(
      expect.objectContaining({
        code: 'invalid-duration',
        message: expect.stringMatching(/^timeout is not a duration/),
      }),
    );
  });
});
