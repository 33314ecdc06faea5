import { describe, expect, it, vi } from 'vitest';
import { defineActor } from '../../../src/index.ts';
import { FaultyDatabase } from '../../support/faulty-database.ts';
import { commandOf, eventOf, launch } from '../../support/kernel-kit.ts';
import { crash } from '../../support/restart.ts';

const Placed = eventOf('hot.placed');
const Count = commandOf('hot.count');
const Note = commandOf('hot.note');

const counter = defineActor('counter', { state: () => ({ n: 0 }), sends: [Note] })
  .on(Count, ctx => {
    ctx.state.n += 1;
    ctx.send(Note, { key: ctx.key });
    return ctx.state.n;
  })
  .on(Note, () => null)
  .on(Placed, ctx => {
    ctx.state.n += 1;
  });

describe('the hot path', () => {
  it('prepares no SQL per message', async () => {
    const { runtime, run, store } = await launch({ actors: [counter] });
    const round = (size: number): Promise<unknown> =>
      Promise.all(
        Array.from({ length: size }, (_, n) => [
          runtime.ask(Count, { key: `k${n}` }),
          runtime.publish(Placed, { key: `k${n}` }),
        ]).flat(),
      );
    for (const size of [1, 10, 100, 1_000]) await run(round(size));

    const prepare = vi.spyOn(store.database, 'prepare');
    for (const size of [1_000, 100, 10, 1]) await run(round(size));

    expect(prepare).not.toHaveBeenCalled();
  });

  it('K8 arms nothing and wakes for nothing once there is nothing to do', async () => {
    const { runtime, run, platform, kernel } = await launch({ actors: [counter] });

    await run(runtime.ask(Count, { key: 'a' }));
    await run(runtime.publish(Placed, { key: 'a' }));
    const { drains } = kernel.scheduler;
    await platform.advance(3_600_000);

    expect(platform.pendingAlarms).toEqual([]);
    expect(platform.pendingTasks).toBe(0);
    expect(kernel.scheduler.drains).toBe(drains);
  });

  it('K22 names the running delivery and at most 256 in flight, however many wait', async () => {
    const flights: (readonly number[])[] = [];
    const { runtime, settled, kernel } = await launch({ actors: [counter] });
    const write = kernel.flight.write.bind(kernel.flight);
    vi.spyOn(kernel.flight, 'write').mockImplementation(flight => {
      flights.push(flight.deliveries);
      write(flight);
    });
    runtime.transaction(tx => {
      for (let n = 0; n < 1_500; n++) tx.send(Count, { key: `k${n}` });
    });
    const waiting = kernel.store.deliveries.all().map(({ id }) => id);
    await settled();

    expect(waiting).toHaveLength(1_500);
    expect(Math.max(...flights.map(({ length }) => length))).toBe(256);
    const named = new Set(flights.flat());
    expect(waiting.filter(id => !named.has(id))).toEqual([]);
  });

  it('K22 runs a suspect alone until its commit has worked', async () => {
    const alone: boolean[] = [];
    const look = (): boolean => alone.push(second.kernel.flight.read().alone) > 0;
    const looking = defineActor('looking').on(Count, () => (look(), null));
    const app = { actors: [looking] };
    const first = await launch(app);
    await first.settled();
    first.runtime.transaction(tx => ['a', 'b'].forEach(key => tx.send(Count, { key })));
    const [delivery] = first.store.deliveries.all();
    const database = new FaultyDatabase(first.runtime.serialize());
    const flight = { alone: false, deliveries: [delivery?.id ?? 0] };
    const second = await crash(first, app, { database: database.handle, flight });
    database.failCommit('SQLITE_BUSY');
    await second.platform.advance(1_000);

    expect(alone).toEqual([true, true, false]);
  });
});
