import { describe, expect, it } from 'vitest';
import { defineActor } from '../../../src/index.ts';
import { commandOf, launch } from '../../support/kernel-kit.ts';

const Do = commandOf('breaker.do');
const Other = commandOf('breaker.other');

/** A handler that fails while `down`, with other handlers beside it; and the events of its breaker. */
async function setup(how: 'on' | 'task') {
  const world = { down: true, ran: 0 };
  const body = (): number => {
    world.ran += 1;
    if (world.down) throw new Error('down');
    return 1;
  };
  const base = defineActor('worker', { retry: { attempts: 1_000, delay: 0 } }).on(Other, () => 2);
  const worker = how === 'on' ? base.on(Do, body) : base.task(Do, async () => body());
  const launched = await launch({ actors: [worker] });
  const events: string[] = [];
  launched.runtime.tap('breaker-opened', ({ subscription }) => events.push(`opened ${subscription}`));
  launched.runtime.tap('breaker-closed', ({ subscription }) => events.push(`closed ${subscription}`));
  return { ...launched, world, events };
}

describe.each(['on', 'task'] as const)('the breaker of an %s handler', how => {
  it('K28 opens after ten failures in a row, and lets one probe through after each pause', async () => {
    const { runtime, run, platform, world, events } = await setup(how);
    await run(runtime.send(Do, { key: 'a' }));
    expect(world.ran).toBe(10);
    expect(events).toEqual([`opened worker:${Do.type}`]);

    await platform.advance(999);
    expect(world.ran).toBe(10);
    await platform.advance(1);
    expect(world.ran).toBe(11);
    await platform.advance(2_000);
    expect(world.ran).toBe(12);
  });

  it('K28 closes with the first success, and lets the others go on', async () => {
    const { runtime, run, platform, world, events } = await setup(how);
    await run(Promise.all(['a', 'b', 'c'].map(key => runtime.send(Do, { key }))));
    const before = world.ran;
    expect(runtime.why({ name: 'worker' }, 'a').status).toBe('waiting');

    world.down = false;
    await platform.advance(1_000);

    expect(world.ran).toBe(before + 3);
    expect(events).toEqual([`opened worker:${Do.type}`, `closed worker:${Do.type}`]);
    expect(runtime.info().deadLetters).toBe(0);
  });

  it('K28 leaves the other handlers of the actor alone', async () => {
    const { runtime, run } = await setup(how);
    await run(runtime.send(Do, { key: 'a' }));

    expect(await run(runtime.ask(Other, { key: 'b' }))).toBe(2);
  });
});

describe('the breaker', () => {
  it('K28 does not open for one error in a thousand', async () => {
    const flaky = defineActor('flaky', { retry: { attempts: 1 } }).on(Do, (_ctx, { n }) => {
      if (n % 1_000 === 0) throw new Error('rarely');
      return n;
    });
    const { runtime, run } = await launch({ actors: [flaky] });
    const opened: unknown[] = [];
    runtime.tap('breaker-opened', event => opened.push(event));
    for (let n = 0; n < 20_000; n += 1_000) {
      await run(Promise.all(Array.from({ length: 1_000 }, (_, i) => runtime.send(Do, { key: `k${i % 7}`, n: n + i }))));
    }

    expect(opened).toEqual([]);
    expect(runtime.info().deadLetters).toBe(20);
  });
});
