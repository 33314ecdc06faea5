import { describe, expect, it } from 'vitest';
import { defineActor } from '../../src/index.ts';
import { FaultyDatabase } from './faulty-database.ts';
import { commandOf, eventOf, launch, memory, tables } from './kernel-kit.ts';

const Added = eventOf('kit.added');
const Add = commandOf('kit.add');
const counter = defineActor('counter', { state: () => ({ sum: 0 }), publishes: [Added] })
  .on(Add, (ctx, { key, n }) => {
    ctx.state.sum += n;
    ctx.publish(Added, { key, n });
    return ctx.state.sum;
  })
  .on(Added, ctx => void (ctx.state.sum += 100));

describe('the kernel kit', () => {
  it('runs a runtime without a real clock', async () => {
    const { runtime, run, store, kernel } = await launch({ actors: [counter] });

    expect(await run(runtime.ask(Add, { key: 'a', n: 1 }))).toBe(1);
    expect(runtime.state(counter, 'a')).toEqual({ sum: 101 });
    expect(memory(kernel)).toEqual({ 'counter/a': { sum: 101 } });
    expect(tables(store)['states']).toEqual([{ address: 'counter/a', data: '{"sum":101}', status: null }]);
  });

  it('rings alarms at their time', async () => {
    const { runtime, run, platform } = await launch({ actors: [counter] });
    await run(runtime.send(Add, { key: 'a', n: 1 }, { delay: '10s' }));

    await platform.advance(9_999);
    expect(runtime.state(counter, 'a')).toBeUndefined();
    await platform.advance(1);
    expect(runtime.state(counter, 'a')).toEqual({ sum: 101 });
  });

  it('fails the commits it is told to', async () => {
    const database = new FaultyDatabase();
    const { runtime, run } = await launch({ actors: [counter] }, { database: database.handle });
    database.failCommit('SQLITE_FULL');

    await expect(run(runtime.send(Add, { n: 1 }))).rejects.toMatchObject({ code: 'store-full' });
    expect(database.handle.inTransaction).toBe(false);
  });
});
