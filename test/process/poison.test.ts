import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { defineActor, defineApp } from '../../src/index.ts';
import { commandOf, launch } from '../support/kernel-kit.ts';
import { crash } from '../support/restart.ts';

const folder = mkdtempSync(join(tmpdir(), 'troupe-poison-'));
const child = join(import.meta.dirname, 'poison-child.ts');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a message that kills the process', () => {
  it.each(['delayed', 'timer', 'caused', 'resumed', 'task'])(
    'K22 is given up after a bounded number of starts, its neighbours unharmed: %s',
    { timeout: 60_000 },
    mode => {
      const file = join(folder, `${mode}.db`);
      let runs = 0;
      let ended = { status: null as number | null, stdout: '', stderr: '' };
      while (ended.status !== 0 && runs < 10) {
        ended = spawnSync(process.execPath, [child, file, mode], { cwd: folder, encoding: 'utf8', timeout: 20_000 });
        runs += 1;
      }

      expect(JSON.parse(ended.stdout || '{}'), ended.stderr).toEqual({
        letter: { reason: 'crashed', crashes: 3 },
        states: [{ n: 1 }, { n: 1 }, { n: 1 }],
      });
      expect(runs).toBeLessThanOrEqual(7);
    },
  );
});

describe('tasks in flight', () => {
  const Work = commandOf('poison.task');

  it('K22 through five kills: a hundred of them dead-letter nobody', async () => {
    const gate = { open: false };
    const worker = defineActor('worker', { state: () => ({ n: 0 }) }).task(Work, {
      run: async () => {
        if (!gate.open) await new Promise<never>(() => {});
        return 1;
      },
      done: ctx => (ctx.state.n += 1),
    });
    const app = defineApp({ actors: [worker] });
    let launched = await launch(app);
    const keys = Array.from({ length: 100 }, (_, n) => `k${n}`);
    await launched.run(Promise.all(keys.map(key => launched.runtime.send(Work, { key }))));
    for (let kill = 0; kill < 5; kill++) {
      launched = await crash(launched, app);
      await launched.settled();
    }
    gate.open = true;
    launched = await crash(launched, app);
    await launched.settled();

    expect(launched.runtime.deadLetters.list()).toEqual([]);
    expect(keys.map(key => launched.runtime.state(worker, key)?.n)).toEqual(keys.map(() => 1));
  });

  it('K22 that were started alone in vain three times are given up', async () => {
    const app = defineApp({ actors: [defineActor('worker').task(Work, () => new Promise<never>(() => {}))] });
    let launched = await launch(app);
    await launched.run(launched.runtime.send(Work, { key: 'a' }));
    for (let kill = 0; kill < 4; kill++) {
      launched = await crash(launched, app);
      await launched.settled();
      expect(launched.runtime.deadLetters.list()).toEqual([]);
    }
    launched = await crash(launched, app);
    await launched.settled();

    expect(launched.runtime.deadLetters.list()).toMatchObject([{ reason: 'crashed', crashes: 3 }]);
  });

  it('K22 that only wait when the process dies are not to blame, and do not hold up the others', async () => {
    const Other = commandOf('poison.other');
    const worker = defineActor('worker', { state: () => ({ n: 0 }) }).task(Work, {
      run: async ctx => {
        await ctx.sleep('long', '1h');
        return ctx.ask('other', Other, { key: 'b' }, { timeout: '10m' });
      },
      done: (ctx, result) => (ctx.state.n = Number(result)),
    });
    const helper = defineActor('helper').task(Other, async () => 7);
    const app = defineApp({ actors: [worker, helper] });
    let launched = await launch(app);
    await launched.run(launched.runtime.send(Work, { key: 'a' }));
    for (let kill = 0; kill < 9; kill++) {
      launched = await crash(launched, app);
      await launched.settled();
    }
    expect(await launched.run(launched.runtime.ask(Other, { key: 'c' }))).toBe(7);
    await launched.platform.advance(3_600_000);

    expect(launched.runtime.deadLetters.list()).toEqual([]);
    expect(launched.runtime.state(worker, 'a')).toEqual({ n: 7 });
    expect(launched.runtime.info()).toMatchObject({ tasks: 0, runningTasks: 0 });
  });

  it('K22 that run alone let the others start when they end', async () => {
    const started: string[] = [];
    const open: (() => void)[] = [];
    const worker = defineActor('worker').task(Work, async (_ctx, { key }) => {
      started.push(key);
      await new Promise<void>(resolve => open.push(resolve));
      return 1;
    });
    const app = defineApp({ actors: [worker] });
    let launched = await launch(app);
    await launched.run(Promise.all(['a', 'b'].map(key => launched.runtime.send(Work, { key }))));
    launched = await crash(await crash(launched, app), app);
    started.length = 0;
    open.length = 0;
    await launched.run(launched.runtime.send(Work, { key: 'c' }));
    for (let n = 0; n < 3; n++) {
      expect(started).toHaveLength(n + 1);
      open[n]?.();
      await launched.settled();
    }

    expect(started).toEqual(['a', 'b', 'c']);
    expect(launched.runtime.info()).toMatchObject({ tasks: 0, runningTasks: 0 });
  });
});
