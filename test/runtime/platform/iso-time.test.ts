import { expect, it } from 'vitest';
import { toIso } from '../../../src/runtime/platform/iso-time.ts';

it('formats milliseconds as UTC', () => {
  expect(toIso(0)).toBe('1970-01-01T00:00:00.000Z');
  expect(toIso(1_774_749_600_123)).toBe('2026-03-29T02:00:00.123Z');
});
