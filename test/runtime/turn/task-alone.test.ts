// Tasks that run alone after unclean exits, and wait meanwhile.
import { expect, it } from 'vitest';
import { defineActor } from '../../../src/index.ts';
import { commandOf, launch } from '../../support/kernel-kit.ts';

const Nap = commandOf('alone.nap');
const Quick = commandOf('alone.quick');

it('K22 blames no task for a crash while it sleeps, and lets others run meanwhile', async () => {
  const runs: string[] = [];
  const napper = defineActor('napper').task(Nap, async ctx => {
    await ctx.sleep('nap', '1h');
    runs.push('nap');
    return ctx.key;
  });
  const quick = defineActor('quick').task(Quick, async ctx => {
    runs.push('quick');
    return ctx.key;
  });
  const app = { actors: [napper, quick] };
  let launched = await launch(app);
  await launched.run(launched.runtime.send(Nap, { key: 'a' }));

  for (let exit = 0; exit < 6; exit++) {
    const { platform } = launched;
    // Not stopped: an unclean exit while the task sleeps.
    launched = await launch(app, { database: launched.runtime.serialize(), platform });
    await launched.settled();
  }
  await launched.run(launched.runtime.send(Quick, { key: 'b' }));

  expect(runs).toEqual(['quick']);
  expect(launched.runtime.deadLetters.list()).toEqual([]);

  await launched.platform.advance(3_600_000);

  expect(runs.filter(run => run === 'nap').length).toBeGreaterThan(0);
  expect(launched.runtime.info().tasks).toBe(0);
});

it('K22 suspects only the first task of a lane: the others cannot have been running', async () => {
  const napper = defineActor('napper').task(Nap, async ctx => {
    await ctx.sleep('nap', '1h');
    return ctx.key;
  });
  let launched = await launch({ actors: [napper] });
  await launched.run(launched.runtime.send(Nap, { key: 'a', n: 1 }));
  await launched.run(launched.runtime.send(Nap, { key: 'a', n: 2 }));

  for (let exit = 0; exit < 3; exit++) {
    const { platform } = launched;
    launched = await launch({ actors: [napper] }, { database: launched.runtime.serialize(), platform });
    await launched.settled();
  }

  expect(launched.store.tasks.all().map(({ crashes }) => crashes)).toEqual([3, 0]);
});
