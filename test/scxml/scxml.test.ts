// Plays the SCXML test framework on XState's own actor and on the durable step; `npm run scxml` prints the figures.
import { describe, expect, it } from 'vitest';
import { cases, documents, exclusions, losses, makeMachineOf } from './cases.ts';
import { play } from './interpreter.ts';

const durable = cases.filter(({ name }) => !losses.has(name));
const lost = cases.filter(({ name }) => losses.has(name));

describe('SCXML on the native actor', () => {
  it.each(cases)('passes $name', one => {
    play(one, 'native');
  });
});

describe('SCXML on the durable step, restored before every event', () => {
  it.each(durable)('passes $name', one => {
    play(one, 'durable');
  });

  it.each(lost)('refuses what JSON would lose of $name', one => {
    expect(() => play(one, 'durable')).toThrow(expect.objectContaining({ code: 'not-json' }));
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

  it.each(exclusions.filter(({ isRefused }) => isRefused === true))('are refused where $reason', ({ names }) => {
    for (const name of names) expect(makeMachineOf(name)).toThrow(Error);
  });

  it('lose nothing that is not a case', () => {
    expect(lost).toHaveLength(losses.size);
  });
});
