import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkKey, checkName, formatAddress, parseAddress } from '../../../src/runtime/message/address.ts';

describe('addresses', () => {
  it('reads back what it formats, whatever the key', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_.-]{1,64}$/);
    const key = fc.string({ minLength: 1, maxLength: 128 }).filter(text => !/\p{Cc}/u.test(text));
    fc.assert(
      fc.property(name, key, (someName, someKey) => {
        expect(parseAddress(formatAddress(someName, someKey))).toEqual({ name: someName, key: someKey });
      }),
    );
  });

  it('splits at the first slash', () => {
    expect(parseAddress('payments/eu/42')).toEqual({ name: 'payments', key: 'eu/42' });
  });

  it.each(['', 'payments', '/key', 'payments/', 'pay ments/1', 'payments/a\nb', 'payments/\ud800'])(
    'refuses %j as an address',
    text => {
      expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: 'invalid-message' }));
    },
  );
});

describe('checkName', () => {
  it.each(['payments', 'eu.payments', 'a_b-C9', 'x'.repeat(64)])('accepts %s', name => {
    expect(checkName(name, 'an actor')).toBe(name);
  });

  it.each(['', 'a/b', 'a b', 'ä', 'x'.repeat(65), 7, undefined, null])('refuses %s', name => {
    expect(() => checkName(name, 'an actor')).toThrow(
      expect.objectContaining({ code: 'invalid-definition', message: expect.stringContaining('an actor') }),
    );
  });
});

describe('checkKey', () => {
  it.each(['1', 'a/b', 'ключ', '🙂', ' ', 'x'.repeat(256)])('accepts %s', key => {
    expect(checkKey(key, 'The key')).toBe(key);
  });

  it.each(['', 'x'.repeat(257), 'a\u0000b', 'a\u007f', 'a\u0085', '\udc00', 7, null, undefined, {}])(
    'refuses %j',
    key => {
      expect(() => checkKey(key, 'The key')).toThrow(expect.objectContaining({ code: 'invalid-message' }));
    },
  );

  it('never shows the key', () => {
    expect(() => checkKey('secret\n', 'The key')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    );
  });
});
