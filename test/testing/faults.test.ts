// Each kind of fault of a simulation does what its name says, seen from outside (H1).
import { describe, expect, it } from 'vitest';
import { TroupeError } from '../../src/index.ts';
import { faultKinds, Faults, formatFault, parseFaults, type Fault } from '../../src/testing/faults.ts';
import type { SeenMessage } from '../../src/testing/invariants.ts';
import type { Scenario } from '../../src/testing/run-options.ts';
import { rigOf } from '../../src/testing/test-runtime.ts';
import { appOf, Count, Counted, counters, Fetch, fetchers, play, totals } from './simulation-kit.ts';

const a1 = { id: 'a', n: 1 };
const codeOf = (error: unknown): string => (error instanceof TroupeError ? error.code : String(error));

/** What a caller that tries once is told, and the count afterwards. */
async function callOnce(...planned: readonly Fault[]) {
  let told = '';
  let count: number | undefined;
  const scenario: Scenario = async ({ runtime, client }) => {
    told = await runtime.send(Count, a1).then(() => 'accepted', codeOf);
    await client.sleep('1m');
    count = runtime.state(counters, 'a')?.count;
  };
  const { problem, faults } = await play({ scenario, planned });
  return { told, count, problem, struck: faults.map(fault => formatFault(fault)) };
}

describe('H1 deaths', () => {
  it('keeps nothing of a commit before which the process dies', async () => {
    const outcome = await callOnce({ kind: 'crash-before-commit', nth: 1 });
    expect(outcome).toMatchObject({ told: 'crashed', count: undefined, struck: ['crash-before-commit#1'] });
  });

  it('keeps all of a commit after which the process dies, and tells nobody', async () => {
    const outcome = await callOnce({ kind: 'crash-after-commit', nth: 1 });
    expect(outcome).toMatchObject({ told: 'crashed', count: 1, problem: undefined });
  });

  it('tells some callers of a commit and not others when the process dies in the release', async () => {
    const mixed: string[] = [];
    for (let seed = 1; seed <= 40; seed++) {
      const told: string[] = [];
      const scenario: Scenario = ({ runtime }) =>
        Promise.all(
          [1, 2, 3].map(async n => told.push(await runtime.send(Count, { id: 'a', n }).then(() => 'told', codeOf))),
        );
      await play({ seed, scenario, planned: [{ kind: 'crash-in-release', nth: 1 }] });
      mixed.push([...new Set(told)].toSorted().join());
    }
    expect(new Set(mixed)).toEqual(new Set(['crashed', 'told', 'crashed,told']));
  });

  it('goes on in another process after one has died between turns', async () => {
    const ids: string[] = [];
    const scenario: Scenario = async ({ client }) => {
      for (const n of [1, 2]) ids.push((await client.send(Count, { id: 'a', n })).id.slice(0, 16));
    };
    const { problem } = await play({ scenario, planned: [{ kind: 'crash-between-turns', nth: 1 }] });
    expect(problem).toBeUndefined();
    expect(new Set(ids).size).toBe(2);
  });

  it.each([5, 6, 7, 8])('recovers from a death at point %i, in a recovery', async nth => {
    const planned: Fault[] = [
      { kind: 'crash-after-commit', nth: 1 },
      { kind: 'crash-in-recovery', nth },
    ];
    expect(await callOnce(...planned)).toMatchObject({
      count: 1,
      problem: undefined,
      struck: planned.map(formatFault),
    });
  });

  it('ends a transaction of the application with `crashed` where the process dies in its commit', async () => {
    let told = '';
    const scenario: Scenario = async ({ runtime }) => {
      try {
        runtime.transaction(tx => tx.send(Count, a1));
      } catch (error) {
        told = codeOf(error);
      }
    };
    let count: number | undefined;
    const { problem } = await play({
      scenario: async tools => {
        await scenario(tools);
        await tools.client.sleep('1m');
        count = tools.runtime.state(counters, 'a')?.count;
      },
      planned: [{ kind: 'crash-after-commit', nth: 1 }],
    });
    expect({ told, count, problem }).toEqual({ told: 'crashed', count: 1, problem: undefined });
  });

  it('stops cleanly for a restart', async () => {
    let clean: number | undefined;
    const scenario: Scenario = async ({ client, runtime }) => {
      await client.send(Count, a1);
      await client.sleep('1m');
      clean = rigOf(runtime).current.store.epochs[0]?.clean;
    };
    await play({ scenario, planned: [{ kind: 'restart', nth: 1 }] });
    expect(clean).toBe(1);
  });

  it.each([1, 2, 3, 4, 5, 6, 7])('survives a death while a process stops, at step %i', async nth => {
    const planned: Fault[] = [
      { kind: 'task-delay', nth: 1 },
      { kind: 'restart', nth: 1 },
      { kind: 'crash-between-turns', nth },
    ];
    const scenario: Scenario = ({ client }) => client.ask(Fetch, { id: 'f', n: 1 }, { timeout: '1d' });
    expect((await play({ scenario, planned })).problem).toBeUndefined();
  });
});

describe('H1 commits that fail', () => {
  it('tries a busy commit again', async () => {
    expect(await callOnce({ kind: 'commit-busy', nth: 1 })).toMatchObject({ told: 'accepted', count: 1 });
  });

  it('refuses new work while the disk is full, and takes it again when it is not', async () => {
    const told: string[] = [];
    const scenario: Scenario = async ({ client, runtime }) => {
      for (let tries = 0; tries < 3; tries++) {
        told.push(await runtime.send(Count, a1).then(() => 'accepted', codeOf));
        await client.sleep('2s');
      }
    };
    await play({ scenario, planned: [{ kind: 'disk-full', nth: 1 }] });
    expect(told).toEqual(['store-full', 'accepted', 'accepted']);
  });

  it('leaves a caller in doubt after an I/O error, the commit kept or lost', async () => {
    const counts = new Set<number | undefined>();
    const told = new Set<string>();
    for (let seed = 1; seed <= 12; seed++) {
      const scenario: Scenario = async ({ runtime, client }) => {
        told.add(await runtime.send(Count, a1).then(() => 'accepted', codeOf));
        await client.sleep('1m');
        counts.add(runtime.state(counters, 'a')?.count);
      };
      await play({ seed, scenario, planned: [{ kind: 'io-error', nth: 1 }] });
    }
    expect({ counts, told }).toEqual({ counts: new Set([undefined, 1]), told: new Set(['commit-unknown']) });
  });

  it('has another process within an hour of every I/O error, also where one follows the other', async () => {
    const startMs = Date.UTC(2026, 0, 1);
    const planned = [2, 3].map(nth => ({ kind: 'io-error', nth }) as const);
    const scenario: Scenario = async ({ client }) => {
      await client.send(Count, a1);
      await client.sleep('7d');
    };
    const counted: number[] = [];
    const watch = { message: ({ type, time }: SeenMessage) => void (type === Counted.type && counted.push(time)) };
    const invariants = [{ name: 'watches', begin: () => watch }];
    for (let seed = 1; seed <= 8; seed++) {
      const { faults } = await play({ seed, scenario, planned, invariants, startMs });
      expect(faults).toEqual(planned);
    }
    expect(counted).toHaveLength(8);
    expect(Math.max(...counted) - startMs).toBeLessThan(2 * 3_600_000);
  });
});

describe('H1 handlers and tasks', () => {
  it('fails a handler before it runs, and lets it succeed at its next attempt', async () => {
    const attempts: number[] = [];
    const app = appOf({ onCount: ({ attempt }) => attempts.push(attempt) });
    const scenario: Scenario = ({ client }) => client.ask(Count, a1);
    const { problem } = await play({ app, scenario, planned: [{ kind: 'handler-failure', nth: 1 }] });
    expect({ attempts, problem }).toEqual({ attempts: [2], problem: undefined });
  });

  /** The bodies that ran, and what the simulation did to them. */
  async function fetchWith(kind: Fault['kind']) {
    const bodies: { readonly attempt: number; readonly at: number; readonly key: string }[] = [];
    const app = appOf({
      onFetch: ctx => bodies.push({ attempt: ctx.attempt, at: ctx.now(), key: ctx.idempotencyKey }),
    });
    const scenario: Scenario = ({ client }) => client.ask(Fetch, { id: 'f', n: 1 }, { timeout: '1d' });
    const { problem } = await play({ app, scenario, planned: [{ kind, nth: 1 }] });
    expect(problem).toBeUndefined();
    return bodies;
  }

  it('fails an attempt of a task before its body runs', async () => {
    expect(await fetchWith('task-failure')).toMatchObject([{ attempt: 2 }]);
  });

  it('runs a body again under the same key when its result is lost', async () => {
    const [first, second, ...others] = await fetchWith('task-result-lost');
    expect(first).toMatchObject({ attempt: 1 });
    expect(second).toMatchObject({ attempt: 2, key: first?.key });
    expect(others).toEqual([]);
  });

  it('lets a task begin later', async () => {
    const [body] = await fetchWith('task-delay');
    expect(body?.at).toBeGreaterThan(Date.UTC(2026, 0, 1));
  });

  it('delays no task for so long that its last attempts time out', async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const planned = Array.from({ length: 20 }, (_, index): Fault => ({ kind: 'task-delay', nth: index + 1 }));
      const scenario: Scenario = ({ client }) => client.ask(Fetch, { id: 'f', n: 1 }, { timeout: '1d' });
      const { problem } = await play({ seed, app: appOf({ timeout: '2s' }), scenario, planned });
      expect(problem).toBeUndefined();
    }
  });
});

describe('H1 messages and clocks', () => {
  it('P5 reorders messages of different senders, and never those of one', async () => {
    const orders = new Set<string>();
    for (let seed = 1; seed <= 60; seed++) {
      const seen: { readonly id: string; readonly n: number }[] = [];
      const scenario: Scenario = async ({ client }) => {
        for (const n of [1, 2, 3]) {
          await client.send(Count, { id: 'a', n });
          await client.send(Count, { id: 'b', n });
        }
      };
      await play({ seed, app: appOf({ onTotal: data => seen.push(data) }), scenario, kinds: ['message-delay'] });
      for (const sender of ['a', 'b']) {
        expect(seen.filter(({ id }) => id === sender).map(({ n }) => n)).toEqual([1, 2, 3]);
      }
      orders.add(seen.map(({ id, n }) => id + n).join());
    }
    expect(orders.size).toBeGreaterThan(5);
  });

  it('makes an answered call once more, which is not done twice', async () => {
    let count: number | undefined;
    const scenario: Scenario = async ({ client, runtime }) => {
      await client.ask(Count, a1);
      count = runtime.state(counters, 'a')?.count;
    };
    const { checked, problem } = await play({ scenario, planned: [{ kind: 'duplicate', nth: 1 }] });
    expect({ count, problem }).toEqual({ count: 1, problem: undefined });
    expect(checked.get('answered once')).toBe(1);
  });

  /** How long a minute's sleep takes by the clock of the machine and by that of the runtime, in ms. */
  async function minuteWith(kind: 'clock-forward' | 'clock-back') {
    const passed = { machine: 0, runtime: 0 };
    const scenario: Scenario = async ({ client, runtime }) => {
      const { machine } = rigOf(runtime);
      const before = { machine: machine.wallMs, runtime: runtime.now() };
      await client.sleep('1m');
      passed.machine = machine.wallMs - before.machine;
      passed.runtime = runtime.now() - before.runtime;
    };
    await play({ scenario, planned: [{ kind, nth: 1 }] });
    return passed;
  }

  it('sets the clock forward', async () => {
    const { machine, runtime } = await minuteWith('clock-forward');
    expect(machine).toBeGreaterThan(60_000);
    expect(runtime).toBe(machine);
  });

  it('sets the clock back, and the runtime never goes back with it', async () => {
    const { machine, runtime } = await minuteWith('clock-back');
    expect(machine).toBeLessThan(60_000);
    expect(runtime).toBe(60_000);
  });
});

describe('lists of faults', () => {
  it('reads what it writes', () => {
    const faults: readonly Fault[] = faultKinds.map((kind, index) => ({ kind, nth: index + 1 }));
    expect(parseFaults(faults.map(formatFault).join(','))).toEqual(faults);
  });

  it.each(['crash', 'restart#0', 'restart#x', 'restart#1.5', 'nothing#1'])('refuses %s', text => {
    expect(() => parseFaults(text)).toThrow(expect.objectContaining({ code: 'invalid-options' }));
  });

  it('draws other faults for other seeds', () => {
    const drawn = (seed: number): string => {
      const faults = new Faults(seed, faultKinds);
      for (let nth = 0; nth < 200; nth++) for (const kind of faultKinds) faults.strikes(kind);
      return faults.struck.map(formatFault).join();
    };
    expect(drawn(1)).toBe(drawn(1));
    expect(new Set([1, 2, 3, 4, 5].map(drawn)).size).toBe(5);
  });

  it('strikes no more once faults are over', () => {
    const faults = new Faults(1, faultKinds, [{ kind: 'restart', nth: 1 }]);
    faults.enabled = false;
    expect(faults.strikes('restart')).toBeUndefined();
  });
});

describe('the app of these tests', () => {
  it('counts what every handler was told', async () => {
    const end = { all: 0, fetched: 0 };
    await play({
      scenario: async ({ client, runtime }) => {
        await client.ask(Fetch, { id: 'f', n: 1 }, { timeout: '1d' });
        await client.ask(Count, a1);
        await client.sleep('1m');
        Object.assign(end, { all: runtime.state(totals)?.all, fetched: runtime.state(fetchers, 'f')?.fetched });
      },
    });
    expect(end).toEqual({ all: 1, fetched: 1 });
  });
});
