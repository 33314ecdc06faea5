// One simulated run: the same for the same seed everywhere, and what it says of scenarios and apps that go wrong (H1).
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defineActor, defineApp, defineSchedule } from '../../src/index.ts';
import { faultKinds, formatFault, type Fault } from '../../src/testing/faults.ts';
import { always } from '../../src/testing/index.ts';
import { shrink } from '../../src/testing/shrink.ts';
import type { RunOptions, Scenario } from '../../src/testing/run-options.ts';
import { app, appOf, Count, counters, Fetch, play, Remind, scenario, totals } from './simulation-kit.ts';

const HOUR_MS = 3_600_000;
const seeds = [1, 2, 3, 4, 5, 6];

async function fingerprints(of: readonly number[]): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  for (const seed of of) found.set(seed, (await play({ seed, kinds: faultKinds })).fingerprint);
  return found;
}

describe('a run', () => {
  it('is the same for the same seed, whatever was played before it (P16)', async () => {
    const forwards = await fingerprints(seeds);
    expect(await fingerprints(seeds.toReversed())).toEqual(new Map([...forwards].toReversed()));
  });

  it('is another for another seed', async () => {
    expect(new Set((await fingerprints(seeds)).values()).size).toBe(seeds.length);
  });

  it('is the same in another process (P16)', { timeout: 30_000 }, async () => {
    const child = join(import.meta.dirname, 'simulation-child.ts');
    const env = { ...process.env, NODE_OPTIONS: '' };
    const { stdout, stderr } = spawnSync(process.execPath, [child, ...seeds.map(String)], { encoding: 'utf8', env });
    expect(JSON.parse(stdout), stderr).toEqual([...(await fingerprints(seeds))]);
  });

  it('is the same side by side with others (P16)', async () => {
    const alone = await fingerprints(seeds);
    const together = await Promise.all(seeds.map(seed => play({ seed, kinds: faultKinds })));
    expect(together.map(({ fingerprint }) => fingerprint)).toEqual([...alone.values()]);
  });

  it('is the same with its drawn faults as a list', async () => {
    for (const seed of seeds) {
      const drawn = await play({ seed, kinds: faultKinds });
      const planned = await play({ seed, kinds: faultKinds, planned: drawn.faults });
      expect(planned.fingerprint).toBe(drawn.fingerprint);
    }
  });

  it('has a turn and a commit for what happens in it, and faults it was dealt', async () => {
    const { commits, turns, faults } = await play({ planned: [{ kind: 'crash-after-commit', nth: 3 }] });
    expect(commits).toBeGreaterThan(10);
    expect(turns).toBeGreaterThan(10);
    expect(faults.map(formatFault)).toEqual(['crash-after-commit#3']);
  });
});

describe('a scenario that goes wrong', () => {
  const problemOf = async (options: Partial<RunOptions>) => (await play(options)).problem;

  it('is named where it throws, with what it threw', async () => {
    const throws: Scenario = async ({ client }) => {
      await client.sleep('1m');
      throw new Error('no such shelf');
    };
    expect(await problemOf({ scenario: throws })).toMatchObject({
      invariant: 'the scenario ends',
      problem: expect.stringContaining('no such shelf'),
    });
  });

  it('is named where it throws at once', async () => {
    const throws = (): never => {
      throw new Error('no promise at all');
    };
    expect(await problemOf({ scenario: throws })).toMatchObject({ invariant: 'the scenario ends' });
  });

  it('is named where it waits for ever', async () => {
    expect(await problemOf({ scenario: () => new Promise(() => {}) })).toMatchObject({
      invariant: 'the scenario ends',
      problem: 'A client of the scenario waits, and nothing is armed. Await only what client and runtime return.',
    });
  });

  it('is named where it goes on past the horizon', async () => {
    const endless: Scenario = async ({ client }) => {
      for (;;) await client.sleep('1h');
    };
    expect(await problemOf({ scenario: endless, horizonMs: 10 * HOUR_MS })).toMatchObject({
      invariant: 'the scenario ends',
      problem: `A client of the scenario still waits after ${10 * HOUR_MS} ms, the horizon. Raise horizon.`,
    });
  });

  it.each(['restart', 'crash'] as const)('goes on where it asks for a %s itself', async how => {
    const replacing: Scenario = async ({ client, runtime }) => {
      await client.send(Fetch, { id: 'f', n: 1 });
      await runtime[how]();
      await client.send(Count, { id: 'a', n: 1 });
    };
    for (let seed = 1; seed <= 20; seed++) {
      expect(await problemOf({ scenario: replacing, kinds: faultKinds, seed }), `seed ${seed}`).toBeUndefined();
    }
  });

  it('is ended where it fails while its process stops', async () => {
    const failing: Scenario = async ({ client, runtime }) => {
      void runtime.restart().catch(() => {});
      await client.sleep('1s');
      throw new Error('in between');
    };
    const planned: Fault[] = [{ kind: 'task-delay', nth: 1 }];
    expect(await problemOf({ scenario: failing, planned })).toMatchObject({ invariant: 'the scenario ends' });
  });

  it('shows the timeline of what happened until then', async () => {
    const { timeline } = await play({ invariants: [always('nothing', t => t.published.length === 0)] });
    expect(timeline).toMatch(/^seed 1/);
    expect(timeline).toContain('counters');
  });
});

describe('an app that goes wrong', () => {
  it('is named where another process cannot start on what one has left', async () => {
    const app = defineApp({ actors: [counters], migrate: database => void database.exec('create table notes (n)') });
    const { problem } = await play({ app, scenario: ({ client }) => client.send(Count, { id: 'a', n: 1 }) });
    expect(problem).toMatchObject({ invariant: 'the run goes on', problem: expect.stringMatching(/notes/) });
  });

  it('is told of where a task waits for the real world', async () => {
    const app = appOf({
      onFetch: () =>
        new Promise<void>(resolve => {
          let left = 100;
          const again = (): void => void (left-- > 0 ? setImmediate(again) : resolve());
          again();
        }),
    });
    const { uncontrolled, problem } = await play({
      app,
      scenario: ({ client }) => client.ask(Fetch, { id: 'f', n: 1 }, { timeout: '1d' }),
    });
    expect({ uncontrolled, problem }).toEqual({ uncontrolled: ['fetchers/f fetch'], problem: undefined });
  });

  it('ends after a time in which an app that never comes to rest has shown what it does', async () => {
    const beating = defineActor('beating', { state: () => ({}), sends: [Remind] }).on(Remind, (ctx, data) =>
      ctx.schedule(Remind, data, { after: '1h', id: 'next' }),
    );
    const { turns, problem } = await play({
      app: defineApp({ actors: [beating] }),
      scenario: ({ client }) => client.send(Remind, { id: 'a', n: 1 }),
      horizonMs: 24 * HOUR_MS,
    });
    expect(problem).toBeUndefined();
    // A day with faults, a day to come to rest, a day after the last start.
    expect(turns).toBeGreaterThanOrEqual(3 * 23);
    expect(turns).toBeLessThanOrEqual(3 * 25);
  });

  it('ends where nothing but schedules is left: a scenario that wants their slots sleeps', async () => {
    const hourly = defineApp({
      actors: [counters, totals],
      schedules: [defineSchedule('tick', Count, () => ({ id: 'a', n: 1 }), { every: '1h' })],
    });
    const { turns, problem } = await play({ app: hourly, scenario: ({ client }) => client.sleep('10h') });
    expect(problem).toBeUndefined();
    // Two turns for each slot, and its reminder.
    expect(turns).toBeGreaterThanOrEqual(3 * 9);
    expect(turns).toBeLessThanOrEqual(3 * 11);
  });
});

describe('shrinking', () => {
  it('leaves the one crash that a bug needs', async () => {
    let bodies = 0;
    const fragile = (): RunOptions['app'] => {
      bodies = 0;
      return appOf({ onFetch: () => (bodies += 1) });
    };
    const options = (seed: number): RunOptions => ({
      app: fragile(),
      scenario: async ({ client }) => {
        bodies = 0;
        await scenario({ client } as never);
      },
      seed,
      kinds: [
        'crash-between-turns',
        'crash-after-commit',
        'commit-busy',
        'clock-forward',
        'duplicate',
        'message-delay',
      ],
      invariants: [always('one body', () => bodies < 2)],
      startMs: 0,
      horizonMs: 30 * 24 * HOUR_MS,
    });
    let shrunk = 0;
    for (let seed = 1; seed <= 60 && shrunk < 3; seed++) {
      const failed = await play(options(seed));
      if (!failed.problem || failed.faults.length < 2) continue;
      const { faults, problem } = await shrink(options(seed), failed);
      expect(problem?.invariant).toBe('always one body');
      expect(faults).toHaveLength(1);
      expect(faults[0]?.kind).toMatch(/^crash-/);
      shrunk += 1;
    }
    expect(shrunk).toBe(3);
  });

  it('leaves no fault where the interleaving does it', async () => {
    const options: RunOptions = {
      app,
      scenario,
      seed: 1,
      kinds: faultKinds,
      planned: [{ kind: 'crash-after-commit', nth: 2 }],
      invariants: [always('nothing', t => t.published.length === 0)],
      startMs: 0,
      horizonMs: HOUR_MS,
    };
    expect((await shrink(options, await play(options))).faults).toEqual([]);
  });
});
