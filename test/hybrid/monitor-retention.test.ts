// What of a monitored conversation housekeeping keeps, and for how long.
import { describe, expect, it } from 'vitest';
import { launch, tables, type Launched } from '../support/kernel-kit.ts';
import { alerts, OrderCancelled, OrderPlaced, OrderShipped, shipped } from './monitor-kit.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

interface Setup extends Launched {
  readonly id: string;
  /** Lets time pass, then removes what retention allows. */
  readonly pass: (ms: number) => Promise<void>;
  readonly rows: (table: string) => number;
}

async function setup(): Promise<Setup> {
  const launched = await launch(
    { actors: [alerts], monitors: [shipped] },
    { retention: { log: '1h', tombstones: '10d' } },
  );
  const { id } = await launched.run(launched.runtime.publish(OrderPlaced, { orderId: '1' }));
  return {
    ...launched,
    id,
    pass: async ms => {
      await launched.platform.advance(ms);
      launched.runtime.prune();
    },
    rows: table => tables(launched.store)[table]?.length ?? 0,
  };
}

describe('K15 housekeeping', () => {
  it('keeps the conversation of an open monitor, and no other', async () => {
    const { id, pass, runtime, run } = await setup();
    const other = await run(runtime.publish(OrderCancelled, { orderId: '2' }));

    await pass(DAY);

    expect(runtime.conversations.get(id)?.monitors).toMatchObject([{ status: 'open' }]);
    expect(runtime.conversations.get(other.id)).toBeUndefined();
  });

  it('keeps an overdue conversation until its tombstone goes', async () => {
    const { id, pass, runtime } = await setup();
    await pass(11 * DAY);
    expect(runtime.conversations.get(id)?.status).toBe('overdue');

    await pass(2 * DAY);
    await pass(HOUR);

    expect(runtime.state(alerts)?.flows).toHaveLength(1);
    expect(runtime.conversations.get(id)).toBeUndefined();
    expect(runtime.conversations.list({ status: 'overdue' })).toEqual([]);
  });

  it('lets a completed conversation go with the log, and leaves no timer', async () => {
    const { id, pass, rows, runtime, run } = await setup();
    await run(runtime.publish(OrderShipped, { orderId: '1' }));
    expect(rows('timers')).toBe(0);

    await pass(DAY);

    expect(runtime.conversations.get(id)).toBeUndefined();
    expect(runtime.conversations.list({ status: 'completed' })).toEqual([]);
    expect(rows('states')).toBe(1);
    await pass(11 * DAY);
    expect(rows('states')).toBe(0);
  });
});
