// Invariants of the user: each passes where it holds, and names what broke it where it does not.
import { describe, expect, it } from 'vitest';
import type { Duration } from '../../src/index.ts';
import { always, each, eventually, leadsTo, noDeadLetters, once, type Invariant } from '../../src/testing/index.ts';
import type { Scenario } from '../../src/testing/run-options.ts';
import { Count, Counted, counters, Fetch, play, Remind } from './simulation-kit.ts';

const twice: Scenario = async ({ client }) => {
  await client.send(Count, { id: 'a', n: 1 });
  await client.sleep('10m');
  await client.send(Count, { id: 'a', n: 2 });
};

async function problemOf(invariant: Invariant, scenario: Scenario = twice) {
  return (await play({ scenario, invariants: [invariant] })).problem;
}

describe('always', () => {
  it('passes where it holds after every commit', async () => {
    expect(await problemOf(always('few', t => (t.state(counters, 'a')?.count ?? 0) <= 2))).toBeUndefined();
  });

  it('names itself where it does not hold for a while only', async () => {
    const invariant = always('not one', t => t.state(counters, 'a')?.count !== 1);
    expect(await problemOf(invariant)).toEqual({ invariant: 'always not one', problem: 'it does not hold' });
  });

  it('says what an assertion in it says', async () => {
    const invariant = always('equal', t => expect(t.published(Counted).length, 'counted').toBeLessThan(2));
    expect(await problemOf(invariant)).toMatchObject({ problem: expect.stringMatching(/^counted: expected 2/) });
  });
});

describe('a condition that returns a promise', () => {
  const problem = expect.stringMatching(/^(counted of a: )?it returned a promise/);
  const conditions = [
    always('one', async () => true),
    eventually('one', () => Promise.reject(new Error('nobody hears of it'))),
    each(Counted, 'one', async () => true),
  ];

  it.each(conditions)('breaks the invariant $name, whatever comes of it', async invariant => {
    expect(await problemOf(invariant)).toEqual({ invariant: invariant.name, problem });
  });
});

describe('eventually', () => {
  it('says which timer would fire after the horizon', async () => {
    const scenario: Scenario = ({ client }) => client.send(Count, { id: 'a', n: 1 });
    const invariants = [eventually('reminded', t => t.state(counters, 'a')?.reminded === 1)];
    const { problem } = await play({ scenario, invariants, horizonMs: 60_000 });
    expect(problem?.problem).toBe(
      'it does not hold\nThe run ended at its horizon; counters/a has the timer reminder, ' +
        'due 2026-01-01T00:20:00.000Z. A longer horizon lets it fire.',
    );
    expect((await play({ scenario, invariants })).problem).toBeUndefined();
  });

  it('passes where it holds at the end, though not before', async () => {
    expect(await problemOf(eventually('two', t => t.state(counters, 'a')?.count === 2))).toBeUndefined();
  });

  it('names itself where it does not hold at the end', async () => {
    const invariant = eventually('three', t => t.state(counters, 'a')?.count === 3);
    expect(await problemOf(invariant)).toEqual({ invariant: 'eventually three', problem: 'it does not hold' });
  });
});

describe('each', () => {
  it('passes where it holds for the data of every message', async () => {
    expect(await problemOf(each(Counted, 'counts up', ({ n }) => n > 0))).toBeUndefined();
  });

  it('names the message it does not hold for', async () => {
    const problem = await problemOf(each(Count, 'is one', ({ n }) => expect(n).toBe(1)));
    expect(problem).toMatchObject({
      invariant: 'each count is one',
      problem: expect.stringContaining('of a: expected 2'),
    });
  });
});

describe('once', () => {
  it('passes for one message per conversation', async () => {
    expect(await problemOf(once(Counted).per('correlation'))).toBeUndefined();
  });

  it('names the key that had two', async () => {
    expect(await problemOf(once(Counted).per('key'))).toEqual({
      invariant: 'once counted per key',
      problem: 'counted happened twice for key a',
    });
  });
});

describe('leadsTo', () => {
  it('passes where the later message comes', async () => {
    expect(await problemOf(leadsTo(Counted, Counted), async () => {})).toBeUndefined();
  });

  it('names the key that nothing followed for', async () => {
    expect(await problemOf(leadsTo(Counted, []))).toMatchObject({ problem: 'counted of a led to nothing' });
  });

  const reminder = (within: Duration): Invariant => leadsTo(Counted, { type: Remind.type } as never, { within });

  it('passes where the later message comes in time', async () => {
    expect(await problemOf(reminder('30m'))).toBeUndefined();
  });

  it('names the key that had to wait too long', async () => {
    expect(await problemOf(reminder('29m'))).toMatchObject({
      problem: 'counted of a waited 1800000 ms for remind',
    });
  });
});

describe('noDeadLetters', () => {
  it('passes where every message is handled', async () => {
    expect(await problemOf(noDeadLetters())).toBeUndefined();
  });

  it('names the first message that was given up', async () => {
    const scenario: Scenario = ({ client }) => client.send(Count, { id: 'c', n: 13 });
    expect(await problemOf(noDeadLetters(), scenario)).toMatchObject({
      problem: 'count of counters/c was given up: attempts-exhausted',
    });
  });
});

describe('an invariant that throws', () => {
  const broken = (): never => {
    throw new Error('a mistake of the test');
  };

  it.each(['message', 'step', 'end'] as const)('is named where its %s throws, and no commit is blamed', async when => {
    const scenario: Scenario = ({ client }) => client.ask(Fetch, { id: 'f', n: 1 }, { timeout: '1d' });
    const problem = await problemOf({ name: 'broken', begin: () => ({ [when]: broken }) }, scenario);
    expect(problem).toMatchObject({ invariant: 'broken', problem: expect.stringContaining('a mistake of the test') });
  });
});

describe('an invariant of nothing', () => {
  it.each<[() => unknown, RegExp]>([
    [() => once(undefined as never), /once needs a contract\. Pass what defineEvent/],
    [() => once(Counted).per('kee' as never), /once\(counted\)\.per got 'kee'\. Use 'correlation' or 'key'/],
  ])('is refused (%#)', (make, message) => {
    const said = { code: 'invalid-options', message: expect.stringMatching(message) as unknown };
    expect(make).toThrow(expect.objectContaining(said));
  });
});
