// Holds the refusal of a Node.js that is too old.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../../scripts/entries.mjs';
import { assertNodeVersion } from '../../../src/runtime/platform/node-version.ts';

describe('assertNodeVersion()', () => {
  it.each(['22.12.0', '22.18.1', '23.0.0', '24.0.0-nightly', '100.1.2'])('accepts %s', version => {
    expect(() => assertNodeVersion(version)).not.toThrow();
  });

  it.each(['20.19.5', '22.11.9', '18.0.0', '9.12.0'])('refuses %s and names both versions', version => {
    expect(() => assertNodeVersion(version)).toThrow(
      expect.objectContaining({
        code: 'node-too-old',
        retryable: false,
        message: expect.stringMatching(new RegExp(`Node\\.js 22\\.12\\.0 or newer and this is ${version}`)),
      }),
    );
  });

  it('accepts the running Node.js', () => {
    expect(() => assertNodeVersion()).not.toThrow();
  });

  it('asks for what package.json asks for', () => {
    const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

    expect(engines.node).toBe('>=22.12');
  });
});
