import { describe, expect, it } from 'vitest';
import { createRuntime, defineActor, defineApp } from '../../../src/index.ts';
import { systemPlatform } from '../../../src/runtime/platform/system-platform.ts';
import { FaultyDatabase } from '../../support/faulty-database.ts';
import { commandOf, launch } from '../../support/kernel-kit.ts';
import { VirtualPlatform } from '../../support/virtual-platform.ts';

const Loop = commandOf('task.loop');

/** An actor that sends to itself until `limit`, calling `step` at each turn. */
const looping = (limit: number, step: () => void) =>
  defineActor('loop', { sends: [Loop] }).on(Loop, (ctx, { n }) => {
    step();
    if (n < limit) ctx.send(Loop, { n: n + 1 });
    return null;
  });

/** A platform on which every commit takes `commitMs`. */
class SlowDisk extends VirtualPlatform {
  readonly database: FaultyDatabase = new FaultyDatabase();

  constructor(commitMs: number) {
    super();
    const prepare = this.database.handle.prepare.bind(this.database.handle);
    this.database.handle.prepare = ((sql: string) => {
      const statement = prepare(sql);
      if (sql !== 'commit') return statement;
      const run = statement.run.bind(statement);
      statement.run = () => {
        this.block(commitMs);
        return run();
      };
      return statement;
    }) as typeof prepare;
  }
}

describe('K8 the scheduler', () => {
  it('lets runtimes of one process take turns', async () => {
    const order: string[] = [];
    const start = (name: string) =>
      createRuntime(defineApp({ actors: [looping(300, () => order.push(name))] }), { database: ':memory:' });
    const [a, b] = await Promise.all([start('a'), start('b')]);
    await Promise.all([a.ask(Loop, { n: 0 }), b.ask(Loop, { n: 0 })]);
    while (order.length < 602) await new Promise(resolve => setImmediate(resolve));
    await Promise.all([a.stop(), b.stop()]);

    const firstOfB = order.indexOf('b');
    expect(firstOfB).toBeLessThan(order.lastIndexOf('a'));
  });

  it('gives each macrotask one drain, in turn', async () => {
    const order: string[] = [];
    const run = (name: string, left: number): void => {
      systemPlatform.defer(() => {
        order.push(name);
        if (left > 1) run(name, left - 1);
      });
    };
    run('a', 3);
    run('b', 3);
    while (order.length < 6) await new Promise(resolve => setImmediate(resolve));

    expect(order).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
  });

  it('does not starve the timers of the process, however much there is to do', async () => {
    let isOver = false;
    const run = (): void => systemPlatform.defer(() => (isOver ? undefined : run()));
    run();
    await new Promise<void>(resolve => void setTimeout(resolve, 0));
    isOver = true;

    expect(isOver).toBe(true);
  });

  it('ends a drain at its bound of turns', async () => {
    let turns = 0;
    const { runtime, platform } = await launch({ actors: [looping(9, () => (turns += 1))] }, { turns: 2 });
    void runtime.send(Loop, { n: 0 });
    const counts: number[] = [];
    while (platform.step()) counts.push(turns);
    await platform.settle();

    expect(counts.slice(0, 3)).toEqual([2, 4, 6]);
    expect(turns).toBe(10);
  });

  it('checks its bound of milliseconds after every turn', async () => {
    const platform = new VirtualPlatform();
    let turns = 0;
    const actor = looping(9, () => {
      turns += 1;
      platform.block(3);
    });
    const { runtime, kernel } = await launch({ actors: [actor] }, { platform });
    Object.assign(kernel, { limits: { ...kernel.limits, msPerDrain: 4 } });
    void runtime.send(Loop, { n: 0 });
    platform.step();

    expect(turns).toBe(2);
    await platform.finish();
    expect(turns).toBe(10);
  });

  it('waits one commit time between drains when commits are slow', async () => {
    const platform = new SlowDisk(40);
    const times: number[] = [];
    const { runtime } = await launch(
      { actors: [looping(5, () => times.push(platform.monotonicMs()))] },
      { platform, turns: 1, database: platform.database.handle },
    );
    void runtime.send(Loop, { n: 0 });
    await platform.settle();
    expect(times).toEqual([]);
    await platform.finish();

    expect(times.map((time, at) => time - (times[at - 1] ?? time))).toEqual([0, 80, 80, 80, 80, 80]);
    expect(runtime.info().commitMs).toBe(40);
  });

  it('does not wait when commits are fast', async () => {
    const platform = new SlowDisk(1);
    let turns = 0;
    const { runtime } = await launch(
      { actors: [looping(5, () => (turns += 1))] },
      { platform, turns: 1, database: platform.database.handle },
    );
    void runtime.send(Loop, { n: 0 });
    await platform.settle();

    expect(turns).toBe(6);
  });

  it('releases acks and replies, then taps, then tasks on a macrotask of their own', async () => {
    const order: string[] = [];
    const Work = commandOf('task.work');
    const actor = defineActor('order')
      .on(Loop, (ctx, data) => {
        ctx.start(Work, data);
        return 1;
      })
      .task(Work, async () => {
        order.push('task');
        return 2;
      });
    const { runtime, platform } = await launch({ actors: [actor] });
    runtime.tap(Loop, () => order.push('tap'));
    void runtime.ask(Loop, {}).then(() => order.push('reply'));
    platform.step();
    expect(order).toEqual(['tap']);
    for (let i = 0; i < 10; i++) await Promise.resolve();
    expect(order).toEqual(['tap', 'reply']);
    await platform.settle();
    expect(order).toEqual(['tap', 'reply', 'task']);
  });
});
