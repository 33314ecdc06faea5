// Messages kept on their way: the order of a sender, and that each is let go in the end, whatever happens meanwhile (P5).
import { describe, expect, it } from 'vitest';
import { createTestRuntime } from '../../src/testing/index.ts';
import { appOf, Count, Counted, counters } from './simulation-kit.ts';

async function setup() {
  const totalled: number[] = [];
  const t = await createTestRuntime(appOf({ onTotal: ({ n }) => totalled.push(n) }));
  return { t, totalled };
}

describe('P5 withheld messages', () => {
  it('lets nothing of the same sender pass while what it sent before is being released', async () => {
    const { t, totalled } = await setup();
    await using _ = t;
    const held = t.hold(Counted);
    await t.send(Count, { id: 'a', n: 1 });
    const second = t.send(Count, { id: 'a', n: 2 });
    await Promise.all([held.release(), second]);
    expect(totalled).toEqual([1, 2]);
  });

  it('lets go of what was withheld between the request and its commit', async () => {
    const { t, totalled } = await setup();
    await using _ = t;
    const commands = t.hold(Count);
    const events = t.hold(Counted);
    await t.send(Count, { id: 'a', n: 1 });
    const both = [t.send(Count, { id: 'b', n: 2 }), commands.release()];
    await Promise.all(both);
    await events.release();
    expect(totalled.toSorted((a, b) => a - b)).toEqual([1, 2]);
    expect(t.imbalances()).toEqual([]);
  });

  it.each(['busy', 'full', 'io'] as const)(
    'lets go of everything where the commit of the release fails (%s)',
    async how => {
      const { t, totalled } = await setup();
      await using _ = t;
      const held = t.hold(Counted);
      await t.send(Count, { id: 'a', n: 1 });
      await t.send(Count, { id: 'b', n: 2 });
      t.failCommit(1, how);
      await held.release().catch(() => {});
      if (how === 'io') await t.restart();
      await t.advance('1m');
      expect(totalled.toSorted((a, b) => a - b)).toEqual([1, 2]);
      expect(t.imbalances()).toEqual([]);
    },
  );

  it('lets go of what the drain that releases it has made itself', async () => {
    // How many turns a drain runs is drawn: some of these seeds make the message and release it in one.
    for (let seed = 1; seed <= 30; seed++) {
      const totalled: number[] = [];
      await using t = await createTestRuntime(appOf({ onTotal: ({ n }) => totalled.push(n) }), { seed });
      const held = t.hold(Counted);
      await t.send(Count, { id: 'a', n: 1 });
      await Promise.all([t.send(Count, { id: 'a', n: 2 }), held.release()]);

      expect(totalled, `seed ${seed}`).toEqual([1, 2]);
    }
  });

  it('asks anew for what is withheld when another process starts', async () => {
    const { t, totalled } = await setup();
    await using _ = t;
    const held = t.hold(Counted);
    await t.send(Count, { id: 'a', n: 1 });
    await t.crash();
    expect({ totalled, count: t.state(counters, 'a')?.count }).toEqual({ totalled: [], count: 1 });
    await held.release();
    expect(totalled).toEqual([1]);
  });
});
