import { expect, it } from 'vitest';
import { checkHeaders, headerNames } from '../../../src/runtime/message/headers.ts';

it('copies and freezes headers', () => {
  const given = { [headerNames.traceparent]: '00-1-2-01', 'tenant-id': '7', absent: undefined };

  const headers = checkHeaders(given);
  given['tenant-id'] = '8';

  expect(headers).toEqual({ traceparent: '00-1-2-01', 'tenant-id': '7' });
  expect(Object.isFrozen(headers)).toBe(true);
});

it('gives no headers where there are none', () => {
  expect(checkHeaders(undefined)).toEqual({});
});

it.each<unknown>([
  { Tenant: '7' },
  { 'a b': '7' },
  { '': '7' },
  { ['x'.repeat(65)]: '7' },
  { tenant: 7 },
  { tenant: null },
  { tenant: 'a\r\nset-cookie: b' },
  { tenant: '\ud800' },
  'tenant=7',
  null,
  7,
])('refuses %j', headers => {
  expect(() => checkHeaders(headers)).toThrow(expect.objectContaining({ code: 'invalid-message' }));
});

it('refuses more than 8 KiB together, in bytes', () => {
  expect(checkHeaders({ a: 'x'.repeat(4000), b: 'y'.repeat(4190) })).toBeDefined();
  expect(() => checkHeaders({ a: 'x'.repeat(4000), b: 'y'.repeat(4191) })).toThrow(
    expect.objectContaining({ code: 'too-large' }),
  );
  expect(() => checkHeaders({ a: '€'.repeat(2731) })).toThrow(expect.objectContaining({ code: 'too-large' }));
});

it('never shows a value', () => {
  expect(() => checkHeaders({ token: 'secret\n' })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('secret') }),
  );
});
