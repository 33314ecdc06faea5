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
