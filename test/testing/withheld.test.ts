import { describe, expect, it } from 'vitest';
import { defineActor, defineApp } from '../../src/index.ts';
import { createTestRuntime, simulate } from '../../src/testing/index.ts';
import { commandOf, eventOf } from '../support/kernel-kit.ts';

const Say = commandOf('withheld.say');
const Said = eventOf('withheld.said');
const state = () => ({ seen: [] as number[] });
const mouth = defineActor('mouth', { state, publishes: [Said] }).on(Say, (ctx, { key, n }) => {
  ctx.publish(Said, { key, n });
  return n;
});
const ear = defineActor('ear', { state }).on(Said, (ctx, { n }) => void ctx.state.seen.push(n));
const app = defineApp({ actors: [mouth, ear] });

describe('withheld messages', () => {
  it('are released with those that came behind them in the meantime: P5', async () => {
    await using t = await createTestRuntime(app);
    const held = t.hold(Said);
    await t.send(Say, { n: 1 });
    await Promise.all([t.send(Say, { n: 2 }), held.release()]);

    expect(t.state(ear)?.seen).toEqual([1, 2]);
  });

  it('stay in front of what their sender sends while the commit that releases them fails: P5', async () => {
    const scenario = simulate(
      app,
      ({ client }) => Promise.all([1, 2, 3, 4, 5].map(n => client.send(Say, { n }))),
      { seeds: 300, faults: ['message-delay', 'commit-busy'], seedsFile: false },
    );

    await expect(scenario).resolves.toMatchObject({ runs: 300 });
  });
});
