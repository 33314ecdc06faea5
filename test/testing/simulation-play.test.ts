// The play of a simulation: SQL of the application, limits, and runs compared at their ends (H2).
import { describe, expect, it } from 'vitest';
import { defineActor, defineApp } from '../../src/index.ts';
import { always, faultKinds, simulate, type SimulateOptions } from '../../src/testing/index.ts';
import { commandOf, eventOf } from '../support/kernel-kit.ts';

const Add = commandOf('run.add');
const Added = eventOf('run.added');
const ledger = defineActor('ledger', { state: () => ({ sum: 0 }), sql: true, single: true, publishes: [Added] }).on(
  Add,
  (ctx, { n }) => {
    ctx.sql.prepare('insert into entries (n) values (?)').run(n);
    ctx.state.sum += n;
    ctx.publish(Added, { n });
    return n;
  },
);
const audit = defineActor('audit', { state: () => ({ by: {} as Record<string, number> }), single: true }).on(
  Added,
  (ctx, { n }) => void (ctx.state.by[`n${n}`] = n),
);
const app = defineApp({
  actors: [ledger, audit],
  migrate: database => void database.exec('create table if not exists entries (n integer)'),
});

function play(options: SimulateOptions) {
  return simulate(app, ({ client }) => Promise.all([1, 2, 3].map(n => client.send(Add, { n }))), {
    seedsFile: false,
    ...options,
  });
}

describe('the play of a simulation', () => {
  it('lets an invariant read tables of the application in a transaction that no fault strikes', async () => {
    const inTable = always('table and state agree', t => {
      const read = 'select coalesce(sum(n), 0) from entries';
      return t.transaction(({ sql }) => sql.prepare(read).pluck().get()) === (t.state(ledger)?.sum ?? 0);
    });
    const { runs, faults } = await play({ seeds: 60, invariants: [inTable] });

    expect(runs).toBe(60);
    expect(faultKinds.filter(kind => kind.startsWith('crash-') && faults[kind]?.struck === 0)).toEqual([]);
  });

  it('ends the same with a crash where only the order of names differs', async () => {
    const { runs } = await play({ explore: 'every-commit', pairs: 20, end: t => t.state(audit)?.by ?? null });

    expect(runs).toBeGreaterThan(20);
  });

  it('ends the same with a crash however the names of its end are ordered', async () => {
    const { runs } = await play({ explore: 'every-commit', end: t => ({ sum: t.state(ledger)?.sum ?? 0, also: 1 }) });

    expect(runs).toBeGreaterThan(20);
  });

  it('ends differently with a crash where the order of a list differs', async () => {
    const differs = play({
      explore: 'every-commit',
      pairs: 20,
      end: t => t.published(Added).map(({ n }) => n),
      seed: 3,
    });

    await expect(differs).rejects.toMatchObject({
      code: 'simulation-failed',
      invariant: 'the same end with a crash',
    });
  });

  it('passes limits to the runtime', async () => {
    const { runs } = await play({ seeds: 20, limits: { mailboxPerActor: 1, cachedInstances: 1 } });

    expect(runs).toBe(20);
    await expect(play({ seeds: 1, limits: { mailboxPerActor: 0 } })).rejects.toMatchObject({ code: 'invalid-options' });
  });
});
