// The invariant `linearizable`: the replies of asks across crashes and duplicates have an order that explains them (H14).
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineActor, defineApp, defineCommand } from '../../src/index.ts';
import { linearizable, simulate, type Scenario } from '../../src/testing/index.ts';

const Append = defineCommand('ledger.append', {
  data: z.object({ ledger: z.string() }),
  key: data => data.ledger,
  reply: z.int(),
});

const length = {
  init: () => 0,
  step: (count: number, _: unknown, reply: number) => (reply === count + 1 ? reply : undefined),
};

const appOf = (next: (rows: number) => number) =>
  defineApp({
    actors: [
      defineActor('ledgers', { state: () => ({ rows: 0 }) }).on(Append, ctx => (ctx.state.rows = next(ctx.state.rows))),
    ],
  });

const scenario: Scenario = ({ client }) =>
  Promise.all(['a', 'b', 'a', 'a', 'b'].map(ledger => client.ask(Append, { ledger })));

const options = { seeds: 60, seedsFile: false, invariants: [linearizable(Append, length)] } as const;

describe('linearizable', () => {
  it('holds for a ledger that counts, whatever faults there are', async () => {
    const { runs } = await simulate(
      appOf(rows => rows + 1),
      scenario,
      options,
    );
    expect(runs).toBe(60);
  });

  it('names the address and the reply that has no place', async () => {
    const forgetful = appOf(rows => (rows === 2 ? 2 : rows + 1));
    await expect(simulate(forgetful, scenario, options)).rejects.toThrow(/ledger\.append is linearizable.*\n?.*a/);
  });
});
