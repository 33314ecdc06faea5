// Holds the refusal of a Node.js that is too old.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../../scripts/entries.mjs';
import { assertNodeVersion } from '../../../src/runtime/platform/node-version.ts';

describe('assertNodeVersion()', () => {
  it.each(['22.14.0', '22.18.1', '23.6.0', '24.0.0-nightly', '100.1.2'])('accepts %s', version => {
    expect(() => assertNodeVersion(version)).not.toThrow();
  });

  it.each([
    ['22.13.1', '22.14.0'],
    ['20.19.5', '22.14.0'],
    ['9.12.0', '22.14.0'],
    ['23.5.0', '23.6.0'],
  ])('refuses %s and asks for %s', (version, needed) => {
    const message = expect.stringContaining(`needs Node.js ${needed} or newer and this is ${version}.`);

    expect(() => assertNodeVersion(version)).toThrow(
      expect.objectContaining({ code: 'node-too-old', retryable: false, message }),
    );
  });

  it('accepts the running Node.js', () => {
    expect(() => assertNodeVersion()).not.toThrow();
  });

  it('asks for what package.json asks for', () => {
    const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

    expect(engines.node).toBe('^22.14 || >=23.6');
  });
});
