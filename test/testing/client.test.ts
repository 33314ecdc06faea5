// The client of a simulation, and the tally of its runs: how often a call is made, and which faults never struck.
import { describe, expect, it } from 'vitest';
import { TroupeError } from '../../src/index.ts';
import { Client, type ClientParts } from '../../src/testing/client.ts';
import { Tally } from '../../src/testing/tally.ts';
import { Count, play } from './simulation-kit.ts';

/** A client of a bus that answers as it is told; what it did is kept. */
function setup(answers: readonly unknown[], repeats = false) {
  const keys: (string | undefined)[] = [];
  const slept: number[] = [];
  const repeated: unknown[][] = [];
  const answer = (_: unknown, __: unknown, options?: { readonly idempotencyKey?: string | undefined }) => {
    keys.push(options?.idempotencyKey);
    const next = answers[Math.min(keys.length, answers.length) - 1];
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next as never);
  };
  const client = new Client({
    bus: { publish: answer, send: answer, ask: answer } as ClientParts['bus'],
    random: () => 0.5,
    sleep: async ms => void slept.push(ms),
    repeats: () => repeats,
    acknowledged: () => {},
    repeated: (...call) => repeated.push(call),
    asks: () => () => {},
  });
  return { client, keys, slept, repeated };
}

const failed = (code: 'crashed' | 'store-full' | 'invalid-options'): TroupeError => new TroupeError(code, 'told so');
const one = { id: 'a', n: 1 };

describe('the client of a simulation', () => {
  it('tries again with the same key, after a while, until it is answered', async () => {
    const { client, keys, slept } = setup([failed('crashed'), failed('store-full'), { count: 1 }]);
    expect(await client.ask(Count, one)).toEqual({ count: 1 });
    expect(keys).toEqual(['call-1', 'call-1', 'call-1']);
    expect(slept).toHaveLength(2);
  });

  it('has another key for each call, and keeps the one it is given', async () => {
    const { client, keys } = setup([{ count: 1 }]);
    await client.ask(Count, one);
    await client.send(Count, one, { idempotencyKey: 'mine' });
    await client.ask(Count, one);
    expect(keys).toEqual(['call-1', 'mine', 'call-3']);
  });

  it('does not repeat a mistake', async () => {
    const { client, keys } = setup([failed('invalid-options')]);
    await expect(client.ask(Count, one)).rejects.toMatchObject({ code: 'invalid-options' });
    expect(keys).toHaveLength(1);
  });

  it('gives up in the end', async () => {
    const { client, keys } = setup([failed('crashed')]);
    await expect(client.ask(Count, one)).rejects.toMatchObject({ code: 'crashed' });
    expect(keys).toHaveLength(100);
  });

  it('tells what a call that was made twice was answered', async () => {
    const { client, repeated } = setup([{ count: 1 }, failed('crashed'), { count: 2 }], true);
    await client.ask(Count, one);
    expect(repeated).toEqual([['call-1', { count: 1 }, { count: 2 }]]);
  });
});

describe('the tally of a simulation', () => {
  it('misses kinds that could have struck and never did, and no others', async () => {
    const tally = new Tally();
    tally.add(await play({ planned: [{ kind: 'restart', nth: 1 }] }));
    expect(tally.missed(['restart', 'disk-full', 'task-failure'])).toEqual(['disk-full', 'task-failure']);
    const idle = new Tally();
    idle.add(await play({ scenario: async () => {} }));
    expect(idle.missed(['task-failure', 'duplicate'])).toEqual([]);
  });
});
