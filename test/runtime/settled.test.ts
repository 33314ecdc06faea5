// settled(): resolves when nothing is left to run now.
import { describe, expect, it } from 'vitest';
import { defineActor } from '../../src/index.ts';
import { eventOf, launch } from '../support/kernel-kit.ts';

const Placed = eventOf('settled.placed');
const Noted = eventOf('settled.noted');

describe('settled()', () => {
  it('waits for what messages cause and for running tasks, not for timers', async () => {
    let finish = (): void => {};
    const chain = defineActor('chain', { publishes: [Noted] }).on(Placed, (ctx, data) => ctx.publish(Noted, data));
    const slow = defineActor('slow', { state: () => ({ ended: false }) }).task(Noted, {
      run: () => new Promise<void>(resolve => (finish = resolve)),
      done: ctx => {
        ctx.state.ended = true;
      },
    });
    const { runtime, platform } = await launch({ actors: [chain, slow] });
    void runtime.publish(Placed, { key: 'a' });
    void runtime.publish(Placed, { key: 'later' }, { delay: '1h' });
    let isSettled = false;
    const waiting = runtime.settled().then(() => (isSettled = true));

    await platform.settle();
    expect(isSettled).toBe(false);
    finish();
    await platform.settle();
    await waiting;

    expect(runtime.state(slow, 'a')).toEqual({ ended: true });
  });

  it('resolves at once when nothing is to do, and when the runtime has stopped', async () => {
    const { runtime } = await launch({});

    await expect(runtime.settled()).resolves.toBeUndefined();
    await runtime.stop();
    await expect(runtime.settled()).resolves.toBeUndefined();
  });
});
