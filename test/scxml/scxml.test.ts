// Plays the SCXML test framework on XState's own actor and on the durable step; `npm run scxml` prints the figures.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { cases, documents, exclusions, losses, makeMachineOf } from './cases.ts';
import { play } from './interpreter.ts';

const durable = cases.filter(({ name }) => !losses.has(name));
const lost = cases.filter(({ name }) => losses.has(name));

describe('SCXML on the native actor', () => {
  beforeEach(() => {
    // XState's development build tells of events that come too late; some documents are about these.
    vi.spyOn(console, 'warn').mockImplementation(() => {});
  });

  it.each(cases)('passes $name', one => {
    play(one, 'native');
  });
});

describe.each(['durable', 'spread'] as const)('SCXML on the %s step, restored before every message', mode => {
  it.each(durable)('passes $name', one => {
    play(one, mode);
  });

  it.each(lost)('refuses what JSON would lose of $name', one => {
    expect(() => play(one, mode)).toThrow(expect.objectContaining({ code: 'not-json' }));
  });
});

describe('the cases', () => {
  it('are all that XState enables in its own repository', () => {
    expect(cases.filter(one => one.isEnabledInXState)).toHaveLength(169);
  });

  it('leave out no document without a reason, and none for two', () => {
    const excluded = exclusions.flatMap(({ names }) => [...names]);
    expect([...excluded, ...cases.map(({ name }) => name)].toSorted()).toEqual(documents);
  });

  it.each(exclusions.filter(({ refusal }) => refusal !== undefined))('are refused where $reason', exclusion => {
    for (const name of exclusion.names) expect(makeMachineOf(name)).toThrow(exclusion.refusal);
  });

  it('lose nothing that is not a case', () => {
    expect(lost).toHaveLength(losses.size);
  });
});
