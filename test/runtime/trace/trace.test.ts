// The trace as data: causes, turns, attempts and what is open.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineActor, defineCommand } from '../../../src/index.ts';
import { launch } from '../../support/kernel-kit.ts';
import { openShop, OrderPlaced } from './conversation.ts';

describe('runtime.trace', () => {
  it('gives each turn its queue time, run time, attempt, outcome and error', async () => {
    const { runtime, platform, run } = await openShop();
    const { correlationId } = await run(runtime.publish(OrderPlaced, { orderId: '1' }));
    await platform.advance(5_000);

    const charge = runtime.trace(correlationId).roots[0]?.children[0];

    expect(charge?.type).toBe('payment.charge');
    expect(charge?.turns).toMatchObject([
      {
        address: 'payments/1',
        attempt: 1,
        outcome: 'failed',
        queueMs: 3,
        runMs: 2,
        error: 'Error: card reader offline',
      },
      { address: 'payments/1', attempt: 2, outcome: 'done', runMs: 2, error: undefined },
    ]);
  });

  it('shows each attempt of a task once, with its duration', async () => {
    const { runtime, platform, run } = await openShop();
    const { correlationId } = await run(runtime.publish(OrderPlaced, { orderId: '1' }));
    await platform.advance(5_000);

    const charged = runtime.trace(correlationId).roots[0]?.children[0]?.children[0];

    expect(charged?.turns.map(({ outcome, runMs }) => [outcome, runMs])).toEqual([
      ['started', 0],
      ['task-done', 340],
    ]);
    expect(charged?.children.map(({ type }) => type)).toEqual(['payment.charged.end']);
  });

  it('lists timers that are still to fire', async () => {
    const { runtime, run, platform } = await openShop();
    const { correlationId } = await run(runtime.publish(OrderPlaced, { orderId: '1' }));

    const { timers } = runtime.trace(correlationId);

    const due = 1_800_000_000_000 + 2 * 86_400_000;
    expect(timers).toEqual([{ address: 'orders/1', id: 'remind', type: 'mail.remind', due }]);
    await platform.advance(3 * 86_400_000);
    expect(runtime.trace(correlationId).timers).toEqual([]);
  });

  it('finds a conversation by the name its caller gave it', async () => {
    const { runtime, run } = await openShop();
    await run(runtime.publish(OrderPlaced, { orderId: '1' }, { correlationId: 'my-order' }));

    const { roots } = runtime.trace('my-order');

    expect(roots.map(({ type }) => type)).toEqual(['order.placed']);
    expect(roots[0]?.children).toHaveLength(2);
  });

  it('survives a conversation of ten thousand messages in one chain', async () => {
    const Step = defineCommand('walk.step', { data: z.object({ left: z.number() }) });
    const walker = defineActor('walker', { sends: [Step] }).on(Step, (ctx, { left }) => {
      if (left > 0) ctx.send(Step, { left: left - 1 });
    });
    const { runtime, run } = await launch({ actors: [walker] });
    const { correlationId } = await run(runtime.send(Step, { left: 10_500 }));

    const trace = runtime.trace(correlationId);

    expect(trace.truncated).toBe(true);
    expect(trace.roots).toHaveLength(1);
  });

  it('is empty for a conversation that does not exist', async () => {
    const { runtime } = await openShop();

    expect(runtime.trace('nowhere')).toMatchObject({ correlationId: 'nowhere', roots: [], timers: [] });
  });
});
